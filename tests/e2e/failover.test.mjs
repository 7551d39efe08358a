// Servers that fail, and those that take over: under load, by routes, by groups; what may be sent twice and what not.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import test from 'node:test';
import { startBackend } from './support/backend.mjs';
import { eventually, route, startGateway } from './support/gateway.mjs';
import { chunked, ConnectionLost } from './support/http1.mjs';
import { connect, get, post, request, send } from './support/raw_client.mjs';
import { answers, groupOf, routesTo, startNamed } from './support/server_groups.mjs';
import { answering, deadPort, startUpstream } from './support/upstream.mjs';

const timeout = 90_000;

// ------------------------------------------------------------------------------------ under load

// `count` kept-alive connections that ask on, half of them by GET, half by POST.
class Traffic {
  constructor(t, gateway) {
    this.t = t;
    this.gateway = gateway;
    this.sent = [];
    this.running = [];
    this.stopping = false;
  }

  start(count) {
    for (let number = 0; number < count; number++) this.running.push(this.askOn(number, number % 2 ? 'POST' : 'GET'));
  }

  async askOn(number, method) {
    let client = null;
    for (let round = 0; !this.stopping; round++) {
      client ??= await connect(this.t, this.gateway.port);
      const target = `/${number}/${round}`;
      const entry = { id: `${method} ${target}`, method, number, begun: this.sent.length };
      this.sent.push(entry);
      const answer = await client.request(request(method, target, {}, method === 'POST' ? `body of ${target}` : ''));
      Object.assign(entry, { status: answer.status, text: answer.text, done: true });
      if (/close/i.test(answer.header('connection') ?? '')) {
        client.destroy();
        client = null;
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  // How many requests have begun, as a mark in time.
  get mark() {
    return this.sent.length;
  }

  failed() {
    return this.sent.filter(({ status }) => status !== 200);
  }

  async finish() {
    this.stopping = true;
    await Promise.all(this.running);
  }
}

for (const [name, group] of Object.entries({
  'health checks': { health_check: { path: '/health', interval: '300ms', timeout: '2s', unhealthy_after: 1, healthy_after: 2 }, fail_timeout: '60s' },
  'fail_timeout alone': { max_fails: 2, fail_timeout: '1s' },
})) {
  test(`one of two servers is killed under load: no GET fails, no POST that was not taken (${name})`, { timeout }, async (t) => {
    const [a, b] = await Promise.all(['a', 'b'].map((one) => startBackend(t, one)));
    const gateway = await groupOf(t, [a, b], { group });
    const traffic = new Traffic(t, gateway);
    traffic.start(200);
    const bothServe = (from) => eventually(() => new Set(traffic.sent.slice(from).filter((one) => one.done).map(({ text }) => text)).size === 2, 'both servers to serve', 30_000);
    await bothServe(0);
    await a.kill();
    const dead = traffic.mark;
    await eventually(() => traffic.sent.filter((one) => one.done && one.begun >= dead).length >= 400, 'traffic on the one that is left', 30_000);
    const back = traffic.mark;
    await a.start();
    await bothServe(back);
    await traffic.finish();

    const failed = traffic.failed();
    assert.deepEqual(failed.filter(({ method }) => method === 'GET'), []);
    // A POST may fail only if the killed server had it; none is done twice; one failure a connection at most.
    assert.deepEqual(failed.filter((one) => one.begun >= dead), []);
    assert.equal(new Set(failed.map(({ number }) => number)).size, failed.length);
    const taken = (one) => one.filter((line) => line.startsWith('POST'));
    const all = [...taken(a.taken), ...taken(b.taken)];
    assert.deepEqual(all.filter((line, index) => all.indexOf(line) !== index), [], 'a POST was done twice');
    for (const { id, status } of failed) {
      assert.equal(status, 502);
      assert.ok(!b.taken.includes(id), `${id} failed and was done`);
    }
    assert.equal(traffic.sent.filter(({ status, method }) => method === 'POST' && status === 200).length + failed.filter(({ id }) => a.taken.includes(id)).length, all.length);
  });
}

test('a server that its health checks find ill gets no traffic until they find it well', { timeout }, async (t) => {
  let well = true;
  const checks = { ill: 0, well: 0 };
  const upstream = await startUpstream(t, answering((asked, connection) => {
    if (asked.target !== '/health') return connection.answer('a');
    checks[well ? 'well' : 'ill']++;
    return connection.write(`HTTP/1.1 ${well ? '200 OK' : '500 Ill'}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
  }));
  const [other] = await startNamed(t, 'b');
  const gateway = await groupOf(t, [upstream, other], { group: { health_check: { path: '/health', interval: '200ms', timeout: '5s', unhealthy_after: 2, healthy_after: 2 } } });
  assert.deepEqual(await answers(t, gateway, 10), { a: 5, b: 5 });
  well = false;
  await eventually(async () => !('a' in await answers(t, gateway, 4)), 'the ill one to be left out');
  assert.ok(checks.ill >= 2);
  assert.deepEqual(await answers(t, gateway, 20), { b: 20 });
  well = true;
  await eventually(async () => (await answers(t, gateway, 4)).a === 2, 'the well one to be back');
});

test('if all servers are ill, all are tried', { timeout }, async (t) => {
  const ill = (name) => answering((asked, connection) => (asked.target === '/health'
    ? connection.write('HTTP/1.1 500 Ill\r\nContent-Length: 0\r\nConnection: close\r\n\r\n') : connection.answer(name)));
  const servers = await Promise.all(['a', 'b'].map((name) => startUpstream(t, ill(name))));
  const gateway = await groupOf(t, servers, { group: { health_check: { interval: '100ms', timeout: '5s', unhealthy_after: 1 } } });
  await eventually(() => servers.every(({ requests }) => requests.filter(({ target }) => target === '/health').length >= 2), 'the checks');
  assert.deepEqual(await answers(t, gateway, 10), { a: 5, b: 5 });
});

// ------------------------------------------------------------------------------------ again, or not

// What a failing server does with a request, all of which it has read.
const failures = {
  ...Object.fromEntries([429, 500, 502, 503, 504].map((status) => [status, answering((asked, connection) => connection.write(`HTTP/1.1 ${status} No\r\nContent-Length: 3\r\nRetry-After: 7\r\n\r\nbad`))])),
  reset: async (connection) => { await connection.request(); connection.reset(); },
  end: async (connection) => { await connection.request(); connection.end(); },
  broken: async (connection) => { await connection.request(); await connection.write('HTTP/9.9 what\r\n\r\n'); },
  timeout: async (connection) => { await connection.request(); await connection.closed(); },
};
// [how it fails, method, retry_on, status that the client sees]
const table = [
  [502, 'GET', undefined, 200], [503, 'GET', undefined, 200], [504, 'GET', undefined, 200],
  [429, 'GET', undefined, 429], [500, 'GET', undefined, 500], [429, 'GET', ['429'], 200],
  ['reset', 'GET', undefined, 200], ['end', 'GET', undefined, 200], ['broken', 'GET', undefined, 200], ['timeout', 'GET', undefined, 200],
  [503, 'PUT', undefined, 200], [503, 'DELETE', undefined, 200], [503, 'PATCH', undefined, 503],
  [502, 'POST', undefined, 502], [503, 'POST', undefined, 503], [504, 'POST', undefined, 504], [429, 'POST', undefined, 429],
  [502, 'POST', ['502'], 200], [503, 'POST', ['503'], 200], [504, 'POST', ['504'], 200], [429, 'POST', ['429'], 200],
  [503, 'POST', ['502', '504'], 503], [503, 'POST', ['connect', 'timeout', 'reset'], 503],
  ['reset', 'POST', undefined, 502], ['end', 'POST', undefined, 502],
  ['reset', 'POST', ['reset'], 200], ['timeout', 'POST', ['timeout'], 200], ['reset', 'POST', ['503'], 502],
];
const shown = ([how, method, retryOn, status]) => `${method} that meets ${how}, retry_on ${retryOn ?? 'absent'}: ${status}`;
const bodyOf = (method) => (method === 'GET' || method === 'DELETE' ? '' : 'the body');

for (const row of table) {
  const [how, method, retry_on, status] = row;
  test(`failover to the next route: ${shown(row)}`, { timeout }, async (t) => {
    const bad = await startUpstream(t, failures[how]);
    const [good] = await startNamed(t, 'good');
    const gateway = await routesTo(t, [bad.host, good.host], { route: { retry_on, timeout: how === 'timeout' ? 0.3 : 30 } });
    const answer = await send(t, gateway.port, request(method, '/x?y=z', {}, bodyOf(method)), method);
    assert.equal(answer.status, status, answer.text);
    assert.equal(bad.requests.length, 1);
    assert.equal(good.requests.length, status === 200 ? 1 : 0);
    if (status === 200) assert.deepEqual([good.requests[0].method, good.requests[0].target, good.requests[0].text], [method, '/x?y=z', bodyOf(method)]);
    if (how === status) assert.deepEqual([answer.text, answer.header('retry-after')], ['bad', '7'], 'the upstream\'s own answer passes');
  });
}

test('the same within a group', { timeout }, async (t) => {
  for (const [how, method, retry_on, status] of [[503, 'GET', undefined, 200], [503, 'POST', undefined, 503], [503, 'POST', ['503'], 200], ['reset', 'GET', undefined, 200], ['reset', 'POST', undefined, 502], [429, 'GET', ['429'], 200]]) {
    const bad = await startUpstream(t, failures[how]);
    const [good] = await startNamed(t, 'good');
    const gateway = await groupOf(t, [bad, good], { route: { retry_on }, group: { max_fails: 0 } });
    const statuses = [];
    for (let round = 0; round < 4; round++) statuses.push((await send(t, gateway.port, request(method, '/', {}, bodyOf(method)), method)).status);
    assert.equal(statuses.filter((one) => one === status).length >= 2, true, `${how} ${method} ${retry_on}: ${statuses}`);
    assert.deepEqual(statuses.filter((one) => one !== 200 && one !== status), []);
    if (status === 200) assert.ok(bad.requests.length >= 1);
  }
});

test('case 2: a primary route, and a standby that takes over when it cannot be reached', { timeout }, async (t) => {
  const [primary, standby] = [await startBackend(t, 'primary'), await startBackend(t, 'standby')];
  const fields = { match_path: '/v1/chat/*', target_path: '/v1/chat/completions', auth: 'none' };
  const gateway = await startGateway(t, { routes: [
    { route_name: 'Backup AI Service', ...fields, target_host: standby.host, priority: 100 },
    { route_name: 'Primary AI Service', ...fields, target_host: primary.host, priority: 50 },
  ] });
  const chat = post('/v1/chat/completions', '{"model":"m"}');
  assert.deepEqual(await answers(t, gateway, 10, chat), { primary: 10 });
  await primary.kill();
  assert.deepEqual(await answers(t, gateway, 20, chat), { standby: 20 });
  await primary.start();
  await eventually(async () => (await send(t, gateway.port, chat)).text === 'primary', 'the primary to serve again', 30_000);
  assert.deepEqual(new Set([...primary.taken, ...standby.taken]), new Set(['POST /v1/chat/completions']));
});

test('proxy.failover: false stops at the first route', { timeout }, async (t) => {
  const bad = await startUpstream(t, failures[503]);
  const [good] = await startNamed(t, 'good');
  const gateway = await routesTo(t, [bad.host, good.host], { proxy: { failover: false } });
  const answer = await send(t, gateway.port, get('/'));
  assert.deepEqual([answer.status, answer.text], [503, 'bad']);
  assert.equal(good.connections.length, 0);
  const dead = await routesTo(t, [`127.0.0.1:${await deadPort()}`, good.host], { proxy: { failover: false } });
  assert.equal((await send(t, dead.port, get('/'))).status, 502);
  assert.equal(good.connections.length, 0);
});

test('when the last one fails too, its answer is the client\'s', { timeout }, async (t) => {
  const last = await startUpstream(t, answering((asked, connection) => connection.write('HTTP/1.1 503 Mine\r\nContent-Length: 4\r\nRetry-After: 11\r\nX-From: last\r\n\r\nlast')));
  const gateway = await routesTo(t, [(await startUpstream(t, failures[503])).host, `127.0.0.1:${await deadPort()}`, last.host]);
  const answer = await send(t, gateway.port, get('/'));
  assert.deepEqual([answer.status, answer.reason, answer.text, answer.header('retry-after'), answer.header('x-from')], [503, 'Mine', 'last', '11', 'last']);
});

test('a route that failover comes to and that refuses is passed over; the client is told of the failure', { timeout }, async (t) => {
  const [good] = await startNamed(t, 'good');
  const dead = `127.0.0.1:${await deadPort()}`;
  const fields = { add_body_fields: { more: true } };
  const refusing = [
    route(good.host, { route_id: 'small', priority: 2, max_body_size: '1KiB' }),
    route(good.host, { route_id: 'changing', priority: 3, max_body_size: '1MiB', ...fields }),
    route(good.host, { route_id: 'limited', priority: 4, rate_limit: 1 }),
  ];
  const routes = [route(dead, { route_id: 'first', priority: 1 }), ...refusing];
  const gateway = await startGateway(t, { logging: { access_format: '$status $route_id' }, routes });
  const text = request('POST', '/', { 'Content-Type': 'text/plain' }, 'x'.repeat(2048));
  const told = [await send(t, gateway.port, text), await send(t, gateway.port, text)].map(({ status, text: body }) => [status, body]);
  assert.deepEqual(told[0], [200, 'good'], 'by the last of the routes');
  assert.equal(told[1][0], 502, 'neither 413, 400 nor 429');
  assert.deepEqual([await gateway.accessLine(0), await gateway.accessLine(1)], ['200 limited', '502 first']);
});

test('an answer that set failover off gives its status where the other routes refuse', { timeout }, async (t) => {
  const [good] = await startNamed(t, 'good');
  for (const status of [429, 502, 503, 504]) {
    const bad = await startUpstream(t, failures[status]);
    const gateway = await startGateway(t, { routes: [
      route(bad.host, { route_id: 'bad', priority: 1, retry_on: [String(status)], retry_count: 0 }), route(good.host, { route_id: 'good', priority: 2, max_body_size: '1KiB' }),
    ] });
    assert.equal((await send(t, gateway.port, request('PUT', '/', {}, 'x'.repeat(2048)))).status, status);
  }
  assert.equal(good.connections.length, 0);
});

test('nothing is tried again once the client has part of an answer', { timeout }, async (t) => {
  const bad = await startUpstream(t, async (connection) => {
    await connection.request();
    await connection.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome');
    connection.reset();
  });
  const [good] = await startNamed(t, 'good');
  const gateway = await routesTo(t, [bad.host, good.host]);
  await assert.rejects(send(t, gateway.port, get('/')), ConnectionLost);
  assert.equal(good.connections.length, 0);
});

test('Retry-After of a server that is named in retry_on is waited for; a long one is the client\'s', { timeout }, async (t) => {
  const at = [];
  const busy = (seconds) => answering((asked, connection) => {
    at.push(Date.now());
    return at.length === 1 ? connection.write(`HTTP/1.1 503 Busy\r\nRetry-After: ${seconds}\r\nContent-Length: 4\r\n\r\nbusy`) : connection.answer('good');
  });
  for (const retry_on of [['503'], undefined]) {
    at.length = 0;
    const gateway = await routesTo(t, [(await startUpstream(t, busy(1))).host], { route: { retry_on } });
    const answer = await send(t, gateway.port, get('/'));
    if (retry_on) {
      assert.deepEqual([answer.status, answer.text, at.length], [200, 'good', 2]);
      assert.ok(at[1] - at[0] >= 990, `asked again after ${at[1] - at[0]} ms`);
    } else {
      assert.deepEqual([answer.status, answer.text, answer.header('retry-after'), at.length], [503, 'busy', '1', 1]);
    }
  }
  at.length = 0;
  const gateway = await routesTo(t, [(await startUpstream(t, busy(60))).host], { route: { retry_on: ['503'] } });
  const answer = await send(t, gateway.port, get('/'));
  assert.deepEqual([answer.status, answer.header('retry-after'), at.length], [503, '60', 1]);
});

test('health checks go by their status', { timeout }, async (t) => {
  const statusOfHealth = (status, name) => answering((asked, connection) => (asked.target === '/up'
    ? connection.write(`HTTP/1.1 ${status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`) : connection.answer(name)));
  const servers = await Promise.all([404, 200, 500].map((status) => startUpstream(t, statusOfHealth(status, String(status)))));
  const check = { path: '/up', interval: '100ms', timeout: '5s', unhealthy_after: 1, healthy_after: 1 };
  for (const [expect_status, well] of [[undefined, { 200: 10 }], [404, { 404: 10 }], ['200-404', { 200: 5, 404: 5 }]]) {
    const gateway = await groupOf(t, servers, { group: { health_check: { ...check, expect_status } } });
    await eventually(async () => Object.keys(await answers(t, gateway, 3)).every((name) => name in well), `only ${Object.keys(well)} to serve`);
    assert.deepEqual(await answers(t, gateway, 10), well);
  }
});

test('retry_count bounds the tries', { timeout }, async (t) => {
  const servers = await Promise.all([1, 2, 3, 4, 5].map(() => startUpstream(t, failures[503])));
  for (const [retry_count, tries] of [[0, 1], [1, 2], [3, 4]]) {
    const before = servers.reduce((sum, one) => sum + one.requests.length, 0);
    const gateway = await groupOf(t, servers, { route: { retry_count } });
    assert.equal((await send(t, gateway.port, get('/'))).status, 503);
    assert.equal(servers.reduce((sum, one) => sum + one.requests.length, 0) - before, tries, `retry_count ${retry_count}`);
  }
});

test('a server that was killed while its connections were idle costs no POST', { timeout }, async (t) => {
  const [a, b] = await Promise.all(['a', 'b'].map((one) => startBackend(t, one)));
  const gateway = await groupOf(t, [a, b]);
  const clients = await Promise.all(Array.from({ length: 60 }, () => connect(t, gateway.port)));
  const round = async (number) => Promise.all(clients.map((client, index) => client.request(post(`/${number}/${index}`, 'body'))));
  assert.deepEqual((await round(0)).filter(({ status }) => status !== 200), []);
  await a.kill();
  for (let number = 1; number <= 3; number++) assert.deepEqual((await round(number)).filter(({ status }) => status !== 200).map(({ text }) => text), []);
  assert.equal([...a.taken, ...b.taken].length, 240);
});

// ------------------------------------------------------------------------------------ what is sent again

for (const [form, send_] of Object.entries({
  'of known length': (body) => [`Content-Length: ${body.length}\r\n\r\n`, body],
  'in chunks': (body) => {
    const pieces = ['Transfer-Encoding: chunked\r\n\r\n'];
    for (let at = 0; at < body.length; at += 7001) {
      const piece = body.subarray(at, at + 7001);
      pieces.push(`${piece.length.toString(16)}\r\n`, piece, '\r\n');
    }
    return [...pieces, '0\r\n\r\n'];
  },
})) {
  test(`a body ${form} is sent again byte for byte`, { timeout }, async (t) => {
    const bad = await startUpstream(t, failures[503]);
    const [good] = await startNamed(t, 'good');
    const gateway = await routesTo(t, [bad.host, good.host], { route: { retry_on: ['503'] } });
    for (const length of [1, 1000, 70_000, 400_000]) {
      const body = crypto.randomBytes(length);
      const client = await connect(t, gateway.port);
      await client.write('POST /b?c HTTP/1.1\r\nHost: a\r\nX-Mine: 1\r\n');
      for (const piece of send_(body)) await client.write(piece);
      const answer = await client.response('POST');
      assert.deepEqual([answer.status, answer.text], [200, 'good'], `${length} bytes`);
      assert.ok(good.requests.at(-1).body.equals(body), `${length} bytes: ${good.requests.at(-1).body.length} came`);
      assert.ok(bad.requests.at(-1).body.equals(body));
      assert.equal(good.requests.at(-1).header('x-mine'), '1');
    }
  });
}

// ------------------------------------------------------------------------------------ nobody left

test('no server can be reached: 502; the client is told nothing of addresses', { timeout }, async (t) => {
  const ports = [await deadPort(), await deadPort()];
  const gateway = await groupOf(t, ports.map((port) => ({ host: `127.0.0.1:${port}` })), { route: { retry_count: 1 } });
  const answer = await send(t, gateway.port, get('/'));
  assert.equal(answer.status, 502);
  for (const port of ports) assert.ok(!answer.text.includes(String(port)));
});
