// How a group spreads 10,000 requests over its servers, and what changes when a server leaves, joins or comes back.
import assert from 'node:assert/strict';
import http from 'node:http';
import test from 'node:test';
import { eventually, route, sanitized, startGateway } from './support/gateway.mjs';
import { connect, get, send } from './support/raw_client.mjs';
import { startHttpUpstream, startUpstream } from './support/upstream.mjs';

const timeout = 180_000;
const total = 10_000;
const close = total * 0.02;
// Proportions are the same under a sanitizer, and unit tests take the same choices there.
const ofMany = { timeout, skip: sanitized };

const startNamed = (t, ...names) => Promise.all(names.map(async (name) => ({ name, ...await startHttpUpstream(t, (asked, answer) => answer.end(name)) })));

const groupConfig = (servers, group = {}, fields = {}) => ({
  upstreams: [{ name: 'group', servers: servers.map(({ host, weight, backup }) => ({ host, weight, backup })), ...group }],
  routes: [{ ...route('', { upstream: 'group', ...fields }), target_host: undefined }],
});

// Asks `count` times over `connections` of them at once; how often each server answered, or, with `byRequest`, who
// answered each. `headersOf(number)` goes with the request of that number.
async function spread(port, { count = total, connections = 1, headersOf = () => ({}), byRequest = false } = {}) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: connections });
  const found = new Array(count);
  const ask = (number) => new Promise((resolve, reject) => {
    http.get({ port, host: '127.0.0.1', path: '/', agent, headers: headersOf(number) }, (answer) => {
      let text = '';
      answer.on('data', (piece) => { text += piece; });
      answer.on('end', () => {
        if (answer.statusCode !== 200) return reject(new Error(`${answer.statusCode} ${text}`));
        found[number] = text;
        resolve();
      });
    }).on('error', reject);
  });
  let next = 0;
  const askOn = async () => { while (next < count) await ask(next++); };
  await Promise.all(Array.from({ length: connections }, askOn));
  agent.destroy();
  if (byRequest) return found;
  return found.reduce((sum, name) => ({ ...sum, [name]: (sum[name] ?? 0) + 1 }), {});
}

function assertClose(found, wanted) {
  for (const [name, count] of Object.entries(wanted)) {
    assert.ok(Math.abs((found[name] ?? 0) - count) <= close, `${name}: ${found[name]} of ${count}; ${JSON.stringify(found)}`);
  }
}

const weighted = async (t, weights) => (await startNamed(t, ...Object.keys(weights))).map((server) => ({ ...server, weight: weights[server.name] }));

test('round robin: 10,000 requests over 20 connections have exactly the weights', ofMany, async (t) => {
  const gateway = await startGateway(t, groupConfig(await weighted(t, { a: 5, b: 3, c: 2 })));
  assert.deepEqual(await spread(gateway.port, { connections: 20 }), { a: 5000, b: 3000, c: 2000 });
});

for (const balance of ['random2', 'least_conn']) {
  test(`${balance}: 10,000 requests are within 2 % of the weights`, ofMany, async (t) => {
    const gateway = await startGateway(t, groupConfig(await weighted(t, { a: 2, b: 1, c: 1 }), { balance }));
    assertClose(await spread(gateway.port), { a: 5000, b: 2500, c: 2500 });
  });
}

test('hash: 10,000 users are within 2 % of the weights', ofMany, async (t) => {
  const gateway = await startGateway(t, groupConfig(await weighted(t, { a: 2, b: 1, c: 1 }), { balance: 'hash', hash_by: 'header:X-User' }));
  assertClose(await spread(gateway.port, { connections: 10, headersOf: (number) => ({ 'X-User': `user-${number}` }) }), { a: 5000, b: 2500, c: 2500 });
});

test('hash: a reload that takes a server out, or adds one, moves its own users and no others', { timeout }, async (t) => {
  const servers = await startNamed(t, 'a', 'b', 'c', 'd', 'e');
  const group = { balance: 'hash', hash_by: 'header:X-User' };
  const count = 3000;
  const config = (some) => groupConfig(some, group);
  const gateway = await startGateway(t, config(servers));
  const whereAre = () => spread(gateway.port, { count, connections: 10, byRequest: true, headersOf: (number) => ({ 'X-User': `user-${number}` }) });
  const withConfig = async (some) => {
    assert.match(await gateway.reload(JSON.stringify({ ...JSON.parse(gateway.read('fastgate.yaml')), ...config(some) })), /configuration reloaded/);
    return whereAre();
  };
  const five = await whereAre();
  assert.deepEqual(await whereAre(), five, 'the same user, the same server');
  const four = await withConfig(servers.filter(({ name }) => name !== 'c'));
  const moved = five.filter((name, user) => four[user] !== name);
  assert.deepEqual([...new Set(moved)], ['c']);
  assert.ok(moved.length <= count / 5 + count * 0.02, `${moved.length} of ${count} moved`);
  // Back again, in another place of the list: what counts is who a server is, not where it stands.
  assert.deepEqual(await withConfig([...servers].reverse()), five);
});

test('hash: a server that fails hands its users on, and has them back', { timeout }, async (t) => {
  const servers = await startNamed(t, 'a', 'b', 'c');
  let well = true;
  const ill = await startUpstream(t, async (connection) => {
    for (;;) {
      const asked = await connection.request();
      if (asked.target === '/health') await connection.write(`HTTP/1.1 ${well ? '200 OK' : '500 Ill'}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
      else await connection.answer('ill');
    }
  });
  const gateway = await startGateway(t, groupConfig([...servers, ill], {
    balance: 'hash', hash_by: 'header:X-User', health_check: { path: '/health', interval: '100ms', timeout: '5s', expect_status: '200-499', unhealthy_after: 1, healthy_after: 1 },
  }));
  const whereAre = () => spread(gateway.port, { count: 300, connections: 5, byRequest: true, headersOf: (number) => ({ 'X-User': `user-${number}` }) });
  const before = await whereAre();
  assert.ok(before.includes('ill'));
  well = false;
  await eventually(async () => !(await whereAre()).includes('ill'), 'the ill one to be left out');
  const meanwhile = await whereAre();
  assert.deepEqual(meanwhile.filter((name, user) => before[user] !== 'ill' && before[user] !== name), []);
  well = true;
  await eventually(async () => (await whereAre()).includes('ill'), 'the well one to be back');
  assert.deepEqual(await whereAre(), before);
});

test('slow_start: a server that comes back begins with a small share', { timeout }, async (t) => {
  let well = true;
  const script = (name) => async (connection) => {
    for (;;) {
      const asked = await connection.request();
      if (asked.target !== '/health') await connection.answer(name);
      else await connection.write(`HTTP/1.1 ${well || name === 'b' ? '200 OK' : '500 Ill'}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
    }
  };
  const [a, b] = await Promise.all(['a', 'b'].map((name) => startUpstream(t, script(name))));
  const gateway = await startGateway(t, groupConfig([{ host: a.host, weight: 100 }, { host: b.host, weight: 100 }], {
    slow_start: '1h', health_check: { path: '/health', interval: '100ms', timeout: '5s', unhealthy_after: 1, healthy_after: 1 },
  }));
  assert.deepEqual(await spread(gateway.port, { count: 100 }), { a: 50, b: 50 }, 'from the start it has its share');
  well = false;
  await eventually(async () => !('a' in await spread(gateway.port, { count: 4 })), 'the ill one to be left out');
  well = true;
  const seen = a.requests.filter(({ target }) => target === '/').length;
  await eventually(async () => {
    await spread(gateway.port, { count: 200 });
    return a.requests.filter(({ target }) => target === '/').length > seen;
  }, 'the well one to be back');
  // An hour has barely begun: 1 to 3 of its 100 parts against b's 100.
  const back = await spread(gateway.port, { count: 1000 });
  assert.ok(back.a > 0 && back.a < 100, JSON.stringify(back));
});

test('the retry budget: retries never exceed the reserve and 20 % of the traffic', { timeout }, async (t) => {
  const count = 3000;
  const reserve = 250;
  const bad = await startUpstream(t, async (connection) => { await connection.request(); connection.reset(); });
  const [good] = await startNamed(t, 'good');
  // Never taken out: every second request has to be made again.
  const gateway = await startGateway(t, groupConfig([bad, good], { max_fails: 0 }));
  const client = { agent: new http.Agent({ keepAlive: true, maxSockets: 10 }) };
  t.after(() => client.agent.destroy());
  const statuses = {};
  let next = 0;
  const askOn = async () => {
    while (next < count) {
      next++;
      const status = await new Promise((resolve, reject) => {
        http.get({ port: gateway.port, host: '127.0.0.1', agent: client.agent }, (answer) => answer.resume().on('end', () => resolve(answer.statusCode))).on('error', reject);
      });
      statuses[status] = (statuses[status] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: 10 }, askOn));
  assert.deepEqual(Object.keys(statuses).sort(), ['200', '502']);
  const metrics = (await send(t, gateway.port, get('/metrics'))).text;
  const retries = Number(/^fastgate_retries_total\S* (\d+)$/m.exec(metrics)[1]);
  assert.ok(retries <= reserve + count / 5, `${retries} retries of ${count} requests`);
  assert.ok(retries >= count / 5, `${retries} retries of ${count} requests: the budget is there to be used`);
  assert.equal(bad.connections.length <= count / 2 + retries, true);
});

test('a dead server is asked max_fails times within fail_timeout, and no request fails of it', { timeout }, async (t) => {
  const bad = await startUpstream(t, async (connection) => { await connection.request(); connection.reset(); });
  const [good] = await startNamed(t, 'good');
  const gateway = await startGateway(t, groupConfig([bad, good], { max_fails: 3, fail_timeout: '1h' }));
  assert.deepEqual(await spread(gateway.port, { count: 300 }), { good: 300 });
  assert.equal(bad.requests.length, 3);
});

test('a server that is back gets traffic within two health intervals', { timeout }, async (t) => {
  let well = true;
  const order = [];
  const ill = await startUpstream(t, async (connection) => {
    for (;;) {
      const asked = await connection.request();
      if (asked.target !== '/health') {
        order.push('traffic');
        await connection.answer('ill');
        continue;
      }
      order.push(well ? 'well' : 'ill');
      await connection.write(`HTTP/1.1 ${well ? '200 OK' : '500 Ill'}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
    }
  });
  const [good] = await startNamed(t, 'good');
  const gateway = await startGateway(t, groupConfig([ill, good], { health_check: { path: '/health', interval: '500ms', timeout: '5s', unhealthy_after: 2, healthy_after: 2 } }));
  const asking = { stopping: false };
  const traffic = (async () => {
    const client = await connect(t, gateway.port);
    while (!asking.stopping) assert.equal((await client.request(get('/'))).status, 200);
    client.destroy();
  })();
  await eventually(() => order.includes('traffic'), 'traffic');
  well = false;
  await eventually(() => order.filter((one) => one === 'ill').length >= 3, 'it to be found ill');
  order.length = 0;
  await eventually(() => order.filter((one) => one === 'ill').length >= 2, 'further checks');
  assert.ok(!order.includes('traffic'));
  well = true;
  await eventually(() => order.includes('traffic'), 'traffic again');
  asking.stopping = true;
  await traffic;
  // Two checks that agree, the second after half an interval, and traffic at once.
  const since = order.slice(order.indexOf('well'));
  assert.deepEqual(since.slice(0, 3), ['well', 'well', 'traffic']);
});

test('a health check takes its answer from behind any number of interim ones', { timeout }, async (t) => {
  let checks = 0;
  const server = await startUpstream(t, async (connection) => {
    for (;;) {
      const asked = await connection.request();
      if (asked.target !== '/health') {
        await connection.answer('well');
        continue;
      }
      checks += 1;
      await connection.write(`${'HTTP/1.1 100\r\n\r\n'.repeat(40_000)}HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n`);
    }
  });
  const gateway = await startGateway(t, groupConfig([server], { health_check: { path: '/health', interval: '100ms', timeout: '5s', unhealthy_after: 1, healthy_after: 1 } }));
  await eventually(() => checks >= 3, 'some checks');
  assert.equal((await send(t, gateway.port, get('/'))).status, 200);
  assert.doesNotMatch(gateway.read('logs/fastgate.log'), /upstream server is down/);
});
