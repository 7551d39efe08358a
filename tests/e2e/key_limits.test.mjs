// How often a key, a route and a client may ask, how many requests may be under way, and waiting in place of a 429.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { configOf, eventually, tempFolder } from './support/gateway.mjs';
import { ask, closed, keyed, statusOf } from './support/keyed.mjs';
import { bearer, newKey, newValue } from './support/keys.mjs';
import { connect, get, post, request, send } from './support/raw_client.mjs';
import { answering, gate, startUpstream } from './support/upstream.mjs';

const timeout = 60_000;

// ------------------------------------------------------------------------------------ how often

test('429 tells when to come back, and answers tell what is left', { timeout }, async (t) => {
  const key = newKey({ rate_limit: 6 });
  const { gateway, upstream } = await keyed(t, [key]);
  const client = await connect(t, gateway.port);
  for (let left = 5; left >= 0; left--) {
    const answer = await client.request(get('/', bearer(key)));
    assert.equal(answer.status, 200);
    assert.deepEqual(['limit', 'remaining'].map((name) => answer.header(`ratelimit-${name}`)), ['6', `${left}`]);
    assert.deepEqual(['limit', 'remaining'].map((name) => answer.header(`x-ratelimit-${name}-requests`)), ['6', `${left}`]);
    assert.match(answer.header('ratelimit-reset'), /^\d+$/);
    assert.match(answer.header('x-ratelimit-reset-requests'), /^(\d+h)?(\d+m)?[\d.]+(s|ms)$/);
    assert.equal(answer.header('retry-after'), undefined);
  }
  const answer = await client.request(get('/', bearer(key)));
  assert.equal(answer.status, 429);
  const wait = Number(answer.header('retry-after'));
  assert.ok(wait >= 1 && wait <= 10, `Retry-After: ${wait}`);   // one in ten seconds
  assert.equal(answer.header('ratelimit-remaining'), '0');
  assert.ok(Number(answer.header('ratelimit-reset')) <= 60);
  assert.equal(answer.json.error.type, 'rate_limit_error');
  assert.equal(upstream.requests.length, 6);
  assert.equal(await statusOf(t, gateway, bearer(newValue())), 401, 'the limit is this key\'s alone');
});

test('an upstream\'s own RateLimit fields pass where the gateway sets none', { timeout }, async (t) => {
  const upstream = await startUpstream(t, answering((asked, connection) => connection.answer('ok', 'RateLimit-Limit: 77\r\nx-ratelimit-remaining-requests: 76\r\n')));
  const [limited, free] = [newKey({ rate_limit: 5 }), newKey()];
  const { gateway } = await keyed(t, [limited, free], { upstream });
  const plain = await ask(t, gateway, bearer(free));
  assert.deepEqual([plain.header('ratelimit-limit'), plain.header('x-ratelimit-remaining-requests')], ['77', '76']);
  const own = await ask(t, gateway, bearer(limited));
  assert.deepEqual([own.headers('ratelimit-limit'), own.headers('x-ratelimit-remaining-requests')], [['5'], ['4']]);
});

const parallel = async (t, gateway, count, headers) => {
  const clients = await Promise.all(Array.from({ length: count }, () => connect(t, gateway.port)));
  const statuses = await Promise.all(clients.map(async (client) => (await client.request(get('/', headers))).status));
  return { ok: statuses.filter((status) => status === 200).length, refused: statuses.filter((status) => status === 429).length };
};

for (const workers of [1, 4]) {
  test(`50 at once against a limit of 10: exactly 10 pass (workers: ${workers})`, { timeout }, async (t) => {
    const key = newKey({ rate_limit: 1, burst: 10 });   // forgiven so slowly that no request of this test is
    const { gateway, upstream } = await keyed(t, [key], { server: { workers } });
    assert.deepEqual(await parallel(t, gateway, 50, bearer(key)), { ok: 10, refused: 40 });
    assert.equal(upstream.requests.length, 10);
  });
}

test('a route\'s limit counts over all keys, a client\'s by its address', { timeout }, async (t) => {
  const keys = [newKey(), newKey()];
  const { gateway } = await keyed(t, keys, { server: { trusted_proxies: ['127.0.0.1/32'] }, routes: (host) => [
    closed(host, { route_id: 'r', match_path: '/route', rate_limit: 1, burst: 3 }),
    closed(host, { route_id: 'c', match_path: '/client', auth: 'none', client_rate_limit: 1, client_burst: 2 }),
  ] });
  const routed = [];
  for (let round = 0; round < 4; round++) routed.push(await statusOf(t, gateway, bearer(keys[round % 2]), '/route'));
  assert.deepEqual(routed, [200, 200, 200, 429]);
  const clients = [];
  for (const address of ['198.51.100.1', '198.51.100.1', '198.51.100.1', '198.51.100.2']) clients.push(await statusOf(t, gateway, { 'X-Forwarded-For': address }, '/client'));
  assert.deepEqual(clients, [200, 200, 429, 200]);
});

test('a request that another limit refuses is not counted against the key', { timeout }, async (t) => {
  const key = newKey({ rate_limit: 1, burst: 3 });
  const { gateway } = await keyed(t, [key], { routes: (host) => [
    closed(host, { route_id: 'tight', match_path: '/tight', rate_limit: 1, burst: 1 }),
    closed(host, { route_id: 'open', match_path: '/open' }),
  ] });
  const statuses = [];
  for (const target of ['/tight', '/tight', '/tight', '/open', '/open', '/open']) statuses.push(await statusOf(t, gateway, bearer(key), target));
  assert.deepEqual(statuses, [200, 429, 429, 200, 200, 429]);
});

test('default_requests_per_minute is for keys without their own; 0 is no limit', { timeout }, async (t) => {
  const [plain, own, free] = [newKey(), newKey({ rate_limit: 5 }), newKey({ rate_limit: 0 })];
  const { gateway } = await keyed(t, [plain, own, free], { rate_limiting: { default_requests_per_minute: 2 } });
  const passed = async (key) => {
    for (let count = 0; ; count++) if (count === 8 || (await statusOf(t, gateway, bearer(key))) === 429) return count;
  };
  assert.deepEqual([await passed(plain), await passed(own), await passed(free)], [2, 5, 8]);
});

test('rate_limiting off: no limit, no fields', { timeout }, async (t) => {
  const key = newKey({ rate_limit: 1 });
  const { gateway } = await keyed(t, [key], { rate_limiting: { enabled: false } });
  for (let round = 0; round < 3; round++) {
    const answer = await ask(t, gateway, bearer(key));
    assert.deepEqual([answer.status, answer.header('ratelimit-limit')], [200, undefined]);
  }
});

test('what was taken of a limit survives HUP and a restart', { timeout }, async (t) => {
  const key = newKey({ rate_limit: 1, burst: 3 });
  const upstream = await startUpstream(t);
  const { gateway } = await keyed(t, [key], { upstream });
  const taken = async (one) => statusOf(t, one, bearer(key));
  assert.deepEqual([await taken(gateway), await taken(gateway)], [200, 200]);
  assert.match(await gateway.reload(), /configuration reloaded/);
  assert.deepEqual([await taken(gateway), await taken(gateway)], [200, 429]);
  await gateway.stop();
  const state = gateway.read('data/limits.state');
  assert.ok(state.length > 0, 'no limits.state');
  assert.ok(!state.includes(key.value));
  assert.equal(fs.statSync(gateway.file('data/limits.state')).mode & 0o077, 0);
  const { gateway: next } = await keyed(t, [key], { upstream }, { files: { 'data/limits.state': state } });
  assert.equal(await taken(next), 429);
});

test('usage of keys is kept over a restart', { timeout }, async (t) => {
  const [key, idle] = [newKey(), newKey()];
  const upstream = await startUpstream(t, answering((asked, connection) => connection.answer('12345')));
  const { gateway } = await keyed(t, [key, idle], { upstream });
  for (let round = 0; round < 3; round++) assert.equal((await send(t, gateway.port, post('/', 'abc', bearer(key)))).status, 200);
  await gateway.stop();
  // Requests, errors, bytes in, bytes out.
  const counts = (text) => new RegExp(`^key ${key.key_id} (\\d+ \\d+ \\d+ \\d+) \\d+$`, 'm').exec(text)?.[1];
  const first = gateway.read('data/usage.state');
  assert.equal(counts(first), '3 0 9 15', first);
  assert.ok(!first.includes(key.value) && !first.includes(idle.key_id));
  const { gateway: next } = await keyed(t, [key, idle], { upstream }, { files: { 'data/usage.state': first } });
  for (let round = 0; round < 2; round++) assert.equal((await send(t, next.port, post('/', 'abc', bearer(key)))).status, 200);
  assert.equal((await send(t, next.port, post('/none/', 'abc', bearer(newValue())))).status, 401);
  await next.stop();
  assert.equal(counts(next.read('data/usage.state')), '5 0 15 25');
});

test('limits and usage follow a store that a reload moves', { timeout }, async (t) => {
  const key = newKey({ rate_limit: 1, burst: 2 });
  const upstream = await startUpstream(t);
  const moved = { database: { enabled: false, sqlite_path: 'other/place/fastgate.db' } };
  const { gateway } = await keyed(t, [key], { upstream });
  const taken = async (one) => statusOf(t, one, bearer(key));
  assert.equal(await taken(gateway), 200);
  const requests = (text) => Number(new RegExp(`key ${key.key_id} (\\d+) `).exec(text)?.[1]);
  const first = await eventually(() => requests(gateway.read('data/usage.state')) > 0 && gateway.read('data/usage.state'), 'the first place');
  assert.match(await gateway.reload(configOf({ ...moved, routes: [closed(upstream.host)], keys: [key.entry] })), /configuration reloaded/);
  await eventually(() => gateway.read('other/place/usage.state'), 'the second place');
  assert.deepEqual([await taken(gateway), await taken(gateway)], [200, 429]);
  // What a process before this one, which stayed at the first place, counted at its end.
  fs.writeFileSync(gateway.file('data/usage.rest.1.0'), first);
  await gateway.stop();
  assert.deepEqual(fs.readdirSync(gateway.file('data')).sort(), ['limits.state', 'usage.state']);
  const counted = requests(gateway.read('other/place/usage.state'));
  assert.equal(counted, 4, 'three of its own and one of the other process');
  const { gateway: next } = await keyed(t, [key], { upstream, ...moved }, { folder: gateway.folder });
  assert.equal(await taken(next), 429);
  await next.stop();
  assert.equal(requests(next.read('other/place/usage.state')), 5);
});

test('saved state that is too large to be read is told', { timeout }, async (t) => {
  const folder = tempFolder(t);
  fs.mkdirSync(path.join(folder, 'data'));
  for (const name of ['limits.state', 'usage.rest.1.0']) {
    fs.writeFileSync(path.join(folder, 'data', name), '');
    fs.truncateSync(path.join(folder, 'data', name), (64 << 20) + 1);
  }
  const { gateway } = await keyed(t, [newKey()], {}, { folder });
  const told = gateway.logs('is not read');
  assert.equal(told.length, 2, gateway.logs('').join('\n'));
  for (const line of told) assert.match(line, /WARN .*data\/(limits\.state|usage\.rest\.1\.0).*64 MiB/);
});

// ------------------------------------------------------------------------------------ at once

const holding = (door) => answering(async (asked, connection) => {
  if (asked.target.startsWith('/held')) await door.opened;
  await connection.answer(asked.target);
});

for (const where of ['key', 'route']) {
  test(`max_concurrency of a ${where}`, { timeout }, async (t) => {
    const door = gate();
    const upstream = await startUpstream(t, holding(door));
    const limit = { max_concurrency: 2 };
    const key = newKey(where === 'key' ? limit : {});
    const { gateway } = await keyed(t, [key], { upstream, route: where === 'route' ? limit : {} });
    const held = await Promise.all([1, 2].map(() => connect(t, gateway.port)));
    for (const client of held) await client.write(get('/held', bearer(key)));
    await upstream.requestAt(1);
    const refused = await ask(t, gateway, bearer(key));
    assert.equal(refused.status, 429);
    assert.ok(Number(refused.header('retry-after')) >= 1);
    door.open();
    for (const client of held) assert.equal((await client.response()).status, 200);
    assert.equal(await statusOf(t, gateway, bearer(key)), 200);
  });
}

test('a place is given back by clients that leave, too', { timeout }, async (t) => {
  const door = gate();
  const upstream = await startUpstream(t, holding(door));
  const key = newKey({ max_concurrency: 1 });
  const { gateway } = await keyed(t, [key], { upstream });
  for (let round = 0; round < 5; round++) {
    const client = await connect(t, gateway.port);
    await client.write(get('/held', bearer(key)));
    await upstream.requestAt(round);
    client.reset();
    await eventually(async () => gateway.accessLog().length > round, 'the request to end');
  }
  assert.equal(await statusOf(t, gateway, bearer(key)), 200);
  door.open();
});

test('a waiting room in place of 429: all are served, in turns between the keys', { timeout }, async (t) => {
  const door = gate();
  const upstream = await startUpstream(t, holding(door));
  const [many, one] = [newKey(), newKey()];
  const { gateway } = await keyed(t, [many, one], { upstream, route: { max_concurrency: 1, queue: { max_wait: '30s', size: 10 } } });
  const start = async (target, key) => {
    const client = await connect(t, gateway.port);
    await client.write(get(target, bearer(key)));
    return client;
  };
  const clients = [await start('/held', many)];
  await upstream.requestAt(0);
  for (let number = 1; number <= 4; number++) clients.push(await start(`/many/${number}`, many));
  // The one's request comes last of all: a full turn of the gateway's loop lies between.
  await ask(t, gateway, {}, '/');
  clients.push(await start('/one', one));
  await ask(t, gateway, {}, '/');
  assert.equal(upstream.requests.length, 1);
  door.open();
  for (const client of clients) assert.equal((await client.response()).status, 200);
  const order = upstream.requests.map(({ target }) => target);
  assert.deepEqual(order.filter((target) => target.startsWith('/many')).length, 4);
  assert.ok(order.indexOf('/one') <= 2, `in the order ${order}`);
});

test('a waiting room that is full, and a wait that is over, are 429', { timeout }, async (t) => {
  const door = gate();
  const upstream = await startUpstream(t, holding(door));
  const key = newKey();
  const { gateway } = await keyed(t, [key], { upstream, route: { max_concurrency: 1, queue: { max_wait: '1500ms', size: 1 } } });
  const first = await connect(t, gateway.port);
  await first.write(get('/held', bearer(key)));
  await upstream.requestAt(0);
  const waiting = await connect(t, gateway.port);
  const began = performance.now();
  await waiting.write(get('/waits', bearer(key)));
  await ask(t, gateway, {});
  const full = await ask(t, gateway, bearer(key), '/full');
  assert.equal(full.status, 429);
  assert.ok(full.header('retry-after'));
  const over = await waiting.response();
  assert.equal(over.status, 429);
  assert.ok(performance.now() - began >= 1490);
  assert.ok(over.header('retry-after'));
  door.open();
  assert.equal((await first.response()).status, 200);
  assert.deepEqual(upstream.requests.map(({ target }) => target), ['/held']);
});

test('a waiting client that leaves gives its place in the row up', { timeout }, async (t) => {
  const door = gate();
  const upstream = await startUpstream(t, holding(door));
  const key = newKey();
  const { gateway } = await keyed(t, [key], { upstream, route: { max_concurrency: 1, queue: { max_wait: '30s', size: 1 } } });
  const first = await connect(t, gateway.port);
  await first.write(get('/held', bearer(key)));
  await upstream.requestAt(0);
  const leaving = await connect(t, gateway.port);
  await leaving.write(get('/left', bearer(key)));
  await ask(t, gateway, {});
  leaving.reset();
  await eventually(() => gateway.accessLog().some((line) => line.includes('/left')), 'the client to leave');
  const next = await connect(t, gateway.port);
  await next.write(get('/next', bearer(key)));
  await ask(t, gateway, {});
  door.open();
  assert.equal((await first.response()).status, 200);
  assert.equal((await next.response()).status, 200);
  assert.deepEqual(upstream.requests.map(({ target }) => target), ['/held', '/next']);
});

test('total_timeout ends the wait for a place', { timeout }, async (t) => {
  const door = gate();
  const upstream = await startUpstream(t, holding(door));
  const key = newKey({ max_concurrency: 1 });
  const waiting = { route_id: 'waits', match_path: '/waits', queue: { max_wait: '60s', size: 1 }, total_timeout: '300ms' };
  const { gateway } = await keyed(t, [key], { upstream, routes: (host) => [closed(host), closed(host, waiting)] });
  const first = await connect(t, gateway.port);
  await first.write(get('/held', bearer(key)));
  await upstream.requestAt(0);
  assert.equal(await statusOf(t, gateway, bearer(key), '/waits'), 504);
  door.open();
  assert.equal((await first.response()).status, 200);
  assert.equal((await ask(t, gateway, bearer(key), '/waits')).status, 200);
  assert.deepEqual(upstream.requests.map(({ target }) => target), ['/held', '/waits']);
});

test('a waiting room for a rate: the next one passes as soon as the limit lets it', { timeout }, async (t) => {
  const key = newKey({ rate_limit: 120, burst: 1 });   // one each half second
  const { gateway } = await keyed(t, [key], { route: { queue: { max_wait: '20s', size: 10 } } });
  const began = performance.now();
  const clients = await Promise.all([1, 2, 3].map(() => connect(t, gateway.port)));
  const answers = await Promise.all(clients.map((client) => client.request(get('/', bearer(key)))));
  assert.deepEqual(answers.map(({ status }) => status), [200, 200, 200]);
  assert.ok(performance.now() - began >= 980, `took ${performance.now() - began} ms`);
});
