// Which server of a group takes a request: weights, backups, hashes, least_conn.
import assert from 'node:assert/strict';
import test from 'node:test';
import { eventually } from './support/gateway.mjs';
import { newKey } from './support/keys.mjs';
import { connect, get, post, send } from './support/raw_client.mjs';
import { answers, groupOf, startNamed } from './support/server_groups.mjs';
import { answering, deadPort, startUpstream } from './support/upstream.mjs';

const timeout = 90_000;

test('weights 2:1 are exact over 300 requests', { timeout }, async (t) => {
  const [a, b] = await startNamed(t, 'a', 'b');
  const gateway = await groupOf(t, [{ host: a.host, weight: 2 }, { host: b.host }]);
  assert.deepEqual(await answers(t, gateway, 300), { a: 200, b: 100 });
});

test('a backup server serves only while no other can', { timeout }, async (t) => {
  const [a, b] = await startNamed(t, 'a', 'b');
  const well = await groupOf(t, [a, { host: b.host, backup: true }]);
  assert.deepEqual(await answers(t, well, 20), { a: 20 });
  assert.equal(b.connections.length, 0);
  const ill = await groupOf(t, [{ host: `127.0.0.1:${await deadPort()}` }, { host: b.host, backup: true }], { group: { max_fails: 1 } });
  assert.deepEqual(await answers(t, ill, 20), { b: 20 });
  const refused = await send(t, ill.port, post('/', 'body'));
  assert.deepEqual([refused.status, refused.text], [200, 'b']);
});

test('hash by a header: each value has its server, and keeps it when another one leaves', { timeout }, async (t) => {
  const servers = await startNamed(t, 'a', 'b', 'c');
  const where = async (some) => {
    const gateway = await groupOf(t, some, { group: { balance: 'hash', hash_by: 'header:X-User' } });
    const client = await connect(t, gateway.port);
    const found = [];
    for (let user = 0; user < 60; user++) {
      const texts = [];
      for (let round = 0; round < 3; round++) texts.push((await client.request(get(`/${round}`, { 'X-User': `user-${user}` }))).text);
      assert.equal(new Set(texts).size, 1, `user ${user} went to ${texts}`);
      found.push(texts[0]);
    }
    return found;
  };
  const all = await where(servers);
  assert.equal(new Set(all).size, 3);
  const two = await where(servers.slice(0, 2));
  assert.deepEqual(two.filter((name, user) => all[user] !== 'c' && name !== all[user]), []);
});

test('hash by the client\'s address behind a trusted proxy', { timeout }, async (t) => {
  const servers = await startNamed(t, 'a', 'b');
  const gateway = await groupOf(t, servers, { group: { balance: 'hash', hash_by: 'client' }, server: { trusted_proxies: ['127.0.0.1/32'] } });
  const found = new Set();
  for (let client = 0; client < 20; client++) {
    const one = await answers(t, gateway, 3, get('/', { 'X-Forwarded-For': `198.51.100.${client}` }));
    assert.equal(Object.keys(one).length, 1);
    found.add(Object.keys(one)[0]);
  }
  assert.equal(found.size, 2);
});

test('hash by the key: each key has its server', { timeout }, async (t) => {
  const servers = await startNamed(t, 'a', 'b', 'c');
  const keys = Array.from({ length: 20 }, () => newKey());
  const gateway = await groupOf(t, servers, { group: { balance: 'hash', hash_by: 'key' }, route: { auth: 'required' }, keys: keys.map(({ entry }) => entry) });
  const found = new Set();
  for (const { value } of keys) {
    const one = Object.keys(await answers(t, gateway, 3, get('/', { Authorization: `Bearer ${value}` })));
    assert.equal(one.length, 1);
    found.add(one[0]);
  }
  assert.ok(found.size >= 2);
});

test('least_conn goes where less is under way', { timeout }, async (t) => {
  const held = answering(async (asked, connection) => { if (asked.target !== '/held') await connection.answer('a'); });
  const [a, b] = [await startUpstream(t, held), (await startNamed(t, 'b'))[0]];
  const gateway = await groupOf(t, [a, b], { group: { balance: 'least_conn' }, route: { timeout: 60 } });
  const busy = [];
  while (a.requests.filter(({ target }) => target === '/held').length === 0) {
    const client = await connect(t, gateway.port);
    await client.write(get('/held'));
    const before = a.requests.length + b.requests.length;
    await eventually(() => a.requests.length + b.requests.length > before || a.requests.length > 0, 'the request');
    busy.push(client);
  }
  assert.deepEqual(await answers(t, gateway, 10), { b: 10 });
});
