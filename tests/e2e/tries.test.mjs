// Which servers and routes the tries of a request go to, and what is told of them.
import assert from 'node:assert/strict';
import test from 'node:test';
import { eventually, route, startGateway } from './support/gateway.mjs';
import { connect, get, post, request, send } from './support/raw_client.mjs';
import { answers, groupOf, startNamed } from './support/server_groups.mjs';
import { answering, deadPort, gate, startUpstream } from './support/upstream.mjs';

const timeout = 90_000;
const many = 20_000;

const toGroup = (name, fields) => ({ ...route('', { upstream: name, ...fields }), target_host: undefined });
const saying = (status, fields = '') => answering((asked, connection) => connection.write(`HTTP/1.1 ${status} No\r\nContent-Length: 3\r\n${fields}\r\nbad`));
const logged = (access_format) => ({ logging: { access_format } });
const deadHost = async () => `127.0.0.1:${await deadPort()}`;
const numbered = (count, make) => Array.from({ length: count }, (_, index) => make(index));

test('thousands of routes whose servers are all configured down are passed over', { timeout }, async (t) => {
  const [good] = await startNamed(t, 'good');
  const gateway = await startGateway(t, {
    upstreams: [{ name: 'gone', servers: [{ host: await deadHost(), down: true }] }],
    routes: [...numbered(many, (index) => toGroup('gone', { route_id: `gone-${index}` })), route(good.host, { route_id: 'good', priority: 200, match_method: 'GET' })],
  });
  assert.equal((await send(t, gateway.port, get('/'))).text, 'good');
  assert.equal((await send(t, gateway.port, post('/', 'x'))).status, 503);
});

test('thousands of routes that refuse are passed over', { timeout }, async (t) => {
  const dead = await deadHost();
  const gateway = await startGateway(t, {
    routes: [route(dead, { route_id: 'first', priority: 1 }), ...numbered(many, (index) => route(dead, { route_id: `small-${index}`, max_body_size: 1 }))],
  });
  assert.equal((await send(t, gateway.port, post('/', 'more than that'))).status, 502);
});

test('each server of a large group is tried once, then the next route', { timeout }, async (t) => {
  const [good] = await startNamed(t, 'good');
  for (const count of [63, 64, 65, 70, 100]) {
    const dead = await deadHost();
    const gateway = await startGateway(t, {
      ...logged('$retries $status'),
      upstreams: [{ name: 'dead', servers: numbered(count, () => ({ host: dead })), max_fails: 0 }],
      routes: [toGroup('dead', { route_id: 'dead', priority: 1, retry_count: 100 }), route(good.host, { route_id: 'good' })],
    });
    assert.equal((await send(t, gateway.port, post('/', 'x'))).text, 'good');
    assert.equal(await gateway.accessLine(0), `${count} 200`);
  }
});

test('upstream_status is that of the last try, not of one before', { timeout }, async (t) => {
  const bad = await startUpstream(t, saying(503));
  const gateway = await startGateway(t, { ...logged('$upstream_status $retries $status'), routes: [route(bad.host, { route_id: 'bad', priority: 1 }), route(await deadHost(), { route_id: 'dead', retry_count: 0 })] });
  assert.equal((await send(t, gateway.port, get('/'))).status, 502);
  assert.equal(await gateway.accessLine(0), '- 1 502');
});

test('retries counts what was sent again, not the routes that were passed over', { timeout }, async (t) => {
  const [good] = await startNamed(t, 'good');
  const dead = await deadHost();
  const gateway = await startGateway(t, {
    ...logged('$retries $status'),
    upstreams: [{ name: 'gone', servers: [{ host: dead, down: true }] }],
    routes: [
      toGroup('gone', { route_id: 'gone', priority: 1 }), toGroup('gone', { route_id: 'gone-too', priority: 2 }), route(good.host, { route_id: 'good', priority: 3, match_path: '/good' }),
      { route_id: 'fixed', match_path: '/fixed', auth: 'none', respond: { status: 200, body: 'fixed' } },
    ],
  });
  assert.equal((await send(t, gateway.port, get('/good'))).text, 'good');
  assert.equal((await send(t, gateway.port, get('/fixed'))).text, 'fixed');
  assert.deepEqual([await gateway.accessLine(0), await gateway.accessLine(1)], ['0 200', '0 200']);
});

test('a server that is out is left alone where another route can serve', { timeout }, async (t) => {
  const [good] = await startNamed(t, 'good');
  const busy = await startUpstream(t, saying(503));
  const ill = await startUpstream(t, answering((asked, connection) => (asked.target === '/health'
    ? connection.write('HTTP/1.1 500 Ill\r\nContent-Length: 0\r\nConnection: close\r\n\r\n') : connection.answer('ill'))));
  const group = { name: 'group', max_fails: 0, servers: [{ host: busy.host }, { host: ill.host }], health_check: { interval: '50ms', timeout: '5s', expect_status: 503, unhealthy_after: 1 } };
  const routes = (...more) => [toGroup('group', { route_id: 'group', priority: 1 }), ...more];
  for (const [more, expected] of [[[route(good.host, { route_id: 'good' })], [200, 'good']], [[], [503, 'bad']]]) {
    const gateway = await startGateway(t, { upstreams: [group], routes: routes(...more) });
    await gateway.logLine('upstream server is down');
    const seen = ill.requests.filter(({ target }) => target !== '/health').length;
    const answer = await send(t, gateway.port, get('/'));
    assert.deepEqual([answer.status, answer.text], expected);
    assert.equal(ill.requests.filter(({ target }) => target !== '/health').length, seen);
    await gateway.kill();
  }
});

test('a wait that total_timeout would cut is not begun: the answer is the client\'s', { timeout }, async (t) => {
  const busy = await startUpstream(t, saying(429, 'Retry-After: 5\r\n'));
  const gateway = await startGateway(t, { routes: [route(busy.host, { retry_on: ['429'], total_timeout: '1s' })] });
  const answer = await send(t, gateway.port, get('/'));
  assert.deepEqual([answer.status, answer.text, answer.header('retry-after')], [429, 'bad', '5']);
});

test('a server that is out is not told to be up by an answer from before', { timeout }, async (t) => {
  const late = gate();
  const [other] = await startNamed(t, 'other');
  const bad = await startUpstream(t, async (connection) => {
    const asked = await connection.request();
    if (asked.target !== '/late') return connection.reset();
    await late.opened;
    return connection.answer('late');
  });
  const gateway = await groupOf(t, [bad, other], { group: { max_fails: 2, fail_timeout: '1h' } });
  const slow = send(t, gateway.port, get('/late'));
  await eventually(() => bad.requests.length === 1, 'the late one to begin');
  for (let round = 0; round < 4; round++) await send(t, gateway.port, get('/'));
  await gateway.logLine('upstream server is down');
  late.open();
  assert.equal((await slow).text, 'late');
  await send(t, gateway.port, get('/'));
  assert.deepEqual(gateway.logs('upstream server is up again'), []);
});

for (const balance of ['round_robin', 'least_conn', 'random2']) {
  test(`slow_start holds after fail_timeout and for weights of 1: ${balance}`, { timeout }, async (t) => {
    let fails = true;
    const back = await startUpstream(t, async (connection) => {
      for (;;) {
        await connection.request();
        if (fails) return connection.reset();
        await connection.answer('back');
      }
    });
    const [other] = await startNamed(t, 'other');
    const gateway = await groupOf(t, [back, other], { group: { balance, max_fails: 1, fail_timeout: '300ms', slow_start: '1h' } });
    await answers(t, gateway, 10);
    assert.equal(back.requests.length, 1);
    fails = false;
    await eventually(async () => (await answers(t, gateway, 50)).back, 'the server to be back');
    const shares = await answers(t, gateway, 1000);
    assert.ok(shares.back > 0 && shares.back < 100, JSON.stringify(shares));
  });
}

test('hash: requests without what they are told apart by are spread', { timeout }, async (t) => {
  const servers = await startNamed(t, 'a', 'b', 'c');
  for (const hash_by of ['header:X-User', 'key']) {
    const gateway = await groupOf(t, servers, { group: { balance: 'hash', hash_by } });
    const shares = await answers(t, gateway, 300);
    assert.deepEqual(Object.keys(shares).sort(), ['a', 'b', 'c']);
    for (const share of Object.values(shares)) assert.ok(share > 50, JSON.stringify(shares));
  }
});

test('a request that waits is not overtaken by those that a busy client has sent ahead', { timeout }, async (t) => {
  const order = [];
  const door = gate();
  const upstream = await startUpstream(t, answering(async (asked, connection) => {
    order.push(asked.target);
    await door.opened;
    return connection.answer('x');
  }));
  const gateway = await startGateway(t, { routes: [route(upstream.host, { max_concurrency: 1, queue: { max_wait: '30s' } })] });
  const busy = await connect(t, gateway.port);
  await busy.write(numbered(20, (index) => get(`/busy/${index}`)).join(''));
  await eventually(() => order.length === 1, 'the first to begin');
  const waiting = await connect(t, gateway.port);
  await waiting.write(get('/waiting'));
  // A full turn of the gateway's loop lies between.
  await send(t, gateway.port, get('/health'));
  door.open();
  assert.equal((await waiting.response()).status, 200);
  for (let round = 0; round < 20; round++) assert.equal((await busy.response()).status, 200);
  assert.ok(order.indexOf('/waiting') <= 2, `in the order ${order}`);
});
