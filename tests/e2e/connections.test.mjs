// Client connections: keep-alive, pipelining, HTTP/1.0, half-closes.
import assert from 'node:assert/strict';
import test from 'node:test';
import { configOf, gatewayTo, route } from './support/gateway.mjs';
import { connect, get, post } from './support/raw_client.mjs';
import { answering, gate, startUpstream } from './support/upstream.mjs';

const timeout = 20_000;
const echoTarget = answering((asked, connection) => connection.answer(asked.target));

test('one connection carries many requests', { timeout }, async (t) => {
  const upstream = await startUpstream(t, echoTarget);
  const gateway = await gatewayTo(t, upstream);
  const client = await connect(t, gateway.port);
  for (let number = 0; number < 50; number++) {
    assert.equal((await client.request(get(`/${number}`))).text, `/${number}`);
  }
  assert.equal(upstream.connections.length, 1);
});

test('pipelined requests are answered in their order', { timeout }, async (t) => {
  const upstream = await startUpstream(t, echoTarget);
  const gateway = await gatewayTo(t, upstream);
  const client = await connect(t, gateway.port);
  const targets = Array.from({ length: 30 }, (_, number) => `/${number}`);
  await client.write(targets.map((target, number) => (number % 3 ? get(target) : post(target, 'x'.repeat(number * 50)))).join(''));
  for (const target of targets) assert.equal((await client.response()).text, target);
});

test('pipelined requests wait for the one before', { timeout }, async (t) => {
  const first = gate();
  const upstream = await startUpstream(t, answering(async (asked, connection) => {
    if (asked.target === '/first') await first.opened;
    await connection.answer(asked.target);
  }));
  const gateway = await gatewayTo(t, upstream);
  const client = await connect(t, gateway.port);
  await client.write(get('/first') + get('/second'));
  await upstream.requestAt(0);
  assert.equal(client.source.total, 0);
  first.open();
  assert.equal((await client.response()).text, '/first');
  assert.equal((await client.response()).text, '/second');
});

test('Connection: close is obeyed', { timeout }, async (t) => {
  const gateway = await gatewayTo(t, await startUpstream(t, echoTarget));
  const client = await connect(t, gateway.port);
  const answer = await client.request(get('/', { Connection: 'close' }));
  assert.match(answer.header('connection'), /close/i);
  assert.equal(await client.closed(), 'end');
});

test('the upstream closing its connection does not close the client\'s', { timeout }, async (t) => {
  const upstream = await startUpstream(t, async (connection) => {
    await connection.request();
    await connection.answer('bye', 'Connection: close\r\n');
    connection.end();
  });
  const gateway = await gatewayTo(t, upstream);
  const client = await connect(t, gateway.port);
  for (let round = 0; round < 3; round++) {
    const answer = await client.request(get('/'));
    assert.equal(answer.text, 'bye');
    assert.doesNotMatch(answer.header('connection') ?? '', /close/i);
  }
});

test('an HTTP/1.0 client gets the answer and the end of the connection', { timeout }, async (t) => {
  const gateway = await gatewayTo(t, await startUpstream(t, echoTarget));
  for (const head of ['GET /old HTTP/1.0\r\n\r\n', 'GET /old HTTP/1.0\r\nHost: a\r\n\r\n']) {
    const client = await connect(t, gateway.port);
    assert.equal((await client.request(head)).text, '/old');
    assert.equal(await client.closed(), 'end');
  }
});

test('an HTTP/1.0 client gets a chunked answer without chunks', { timeout }, async (t) => {
  const upstream = await startUpstream(t, answering((asked, connection) => connection.write(
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n')));
  const gateway = await gatewayTo(t, upstream);
  const client = await connect(t, gateway.port);
  const answer = await client.request('GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n');
  assert.equal(answer.header('transfer-encoding'), undefined);
  assert.equal(answer.text, 'hello');
});

test('HTTP/1.0 with keep-alive stays open where the length is known', { timeout }, async (t) => {
  const gateway = await gatewayTo(t, await startUpstream(t, echoTarget));
  const client = await connect(t, gateway.port);
  for (let round = 0; round < 2; round++) {
    const answer = await client.request('GET /k HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n');
    assert.match(answer.header('connection'), /keep-alive/i);
    assert.equal(answer.text, '/k');
  }
});

test('empty lines before a request are skipped', { timeout }, async (t) => {
  const gateway = await gatewayTo(t, await startUpstream(t, echoTarget));
  const client = await connect(t, gateway.port);
  assert.equal((await client.request(`\r\n\r\n${get('/a')}`, 'GET')).text, '/a');
});

test('a client that asks for the end of the connection still gets a late answer', { timeout }, async (t) => {
  const held = gate();
  const upstream = await startUpstream(t, answering(async (asked, connection) => {
    await held.opened;
    await connection.answer('late');
  }));
  const gateway = await gatewayTo(t, upstream);
  const client = await connect(t, gateway.port);
  await client.write(get('/', { Connection: 'close' }));
  await upstream.requestAt(0);
  held.open();
  assert.equal((await client.response()).text, 'late');
});

test('an answer before the request\'s end is passed on, and nothing is mixed up after it', { timeout }, async (t) => {
  const upstream = await startUpstream(t, async (connection) => {
    await connection.head();
    await connection.write('HTTP/1.1 401 Unauthorized\r\nContent-Length: 4\r\nConnection: close\r\n\r\nstop');
    connection.end();
  });
  const gateway = await gatewayTo(t, upstream);
  const client = await connect(t, gateway.port);
  await client.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\npart of it');
  const answer = await client.response();
  assert.equal(answer.status, 401);
  assert.equal(answer.text, 'stop');
});

test('an idle connection is closed after keepalive_timeout', { timeout }, async (t) => {
  const gateway = await gatewayTo(t, await startUpstream(t, echoTarget), { server: { keepalive_timeout: '200ms' } });
  const client = await connect(t, gateway.port);
  assert.equal((await client.request(get('/'))).status, 200);
  assert.equal(await client.closed(), 'end');
});

test('a connection is taken with its first bytes, or as soon as it stands where `defer_accept` is off', { timeout }, async (t) => {
  const upstream = await startUpstream(t, echoTarget);
  const gateway = await gatewayTo(t, upstream);
  // How many connections were taken by the time of a request that comes after a silent one: itself, and the silent one or not.
  const takenWithSilent = async () => {
    const taken = async () => Number((await (await fetch(`${gateway.url}/metrics`, { headers: { Connection: 'close' } })).text()).match(/^fastgate_connections_accepted_total (\d+)/m)[1]);
    const before = await taken();
    const silent = await connect(t, gateway.port);
    const more = await taken() - before;
    assert.equal((await silent.request(get('/at-last'))).text, '/at-last');
    silent.destroy();
    return more;
  };
  // A second that passes between the two, on a busy system, brings the silent one too.
  const isHeldBack = async () => {
    for (let attempt = 0; attempt < 5; attempt++) if (await takenWithSilent() === 1) return true;
    return false;
  };
  const configured = (defer_accept) => gateway.reload(configOf({ server: { defer_accept }, routes: [route(upstream.host)] }));
  assert.ok(await isHeldBack());
  await configured(false);
  assert.equal(await takenWithSilent(), 2);
  await configured(true);
  assert.ok(await isHeldBack());
});
