// Lists a part at a time, and what every call of the document says to a method or a body that it does not take.
import assert from 'node:assert/strict';
import test from 'node:test';
import { startAdmin } from './support/admin.mjs';

const timeout = 60_000;
const methods = ['get', 'post', 'put', 'delete'];
const route = (number) => ({ route_id: `r${number}`, match_path: `/r${number}`, auth: 'none', is_active: number % 3 !== 0, respond: { status: 204 } });

test('lists are given a part at a time, with the number of all', { timeout }, async (t) => {
  const { admin } = await startAdmin(t, { routes: Array.from({ length: 10 }, (_, i) => route(i)) });
  for (let i = 0; i < 5; ++i) assert.equal((await admin.post('/keys', { source_path: i < 3 ? 'a' : 'b' })).status, 201);
  const ids = async (query) => {
    const { json } = await admin.get(`/routes?${query}`);
    return [json.total, ...json.items.map(({ route_id }) => route_id)];
  };
  assert.deepEqual(await ids('limit=3'), [10, 'r0', 'r1', 'r2']);
  assert.deepEqual(await ids('skip=8&limit=3'), [10, 'r8', 'r9']);
  assert.deepEqual(await ids('skip=10'), [10]);
  assert.deepEqual(await ids('is_active=false&skip=1&limit=2'), [4, 'r3', 'r6']);
  assert.deepEqual((await ids('is_active=true')).length, 7);
  const seen = [];
  for (let skip = 0; skip < 10; skip += 4) seen.push(...(await ids(`skip=${skip}&limit=4`)).slice(1));
  assert.deepEqual(seen, Array.from({ length: 10 }, (_, i) => `r${i}`));
  const keys = (await admin.get('/keys?source_path=a&limit=2')).json;
  assert.deepEqual([keys.total, keys.items.length], [3, 2]);
  assert.deepEqual((await admin.get('/keys/sources?skip=1&limit=1')).json, { items: [{ source_path: 'b', keys: 2, active_keys: 2 }], total: 2 });
  for (const query of ['skip=many', 'limit=-1', 'limit=x', 'is_active=perhaps']) {
    const refused = await admin.get(`/routes?${query}`);
    assert.equal(refused.status, 422, query);
    assert.equal(refused.json.errors[0].field, query.split('=')[0]);
  }
});

test('a method that a call has not is 405 with those it has, a body of another type 415', { timeout }, async (t) => {
  const { admin } = await startAdmin(t, { routes: [route(1)] });
  const { json: document } = await admin.get('/openapi.json');
  const paths = Object.entries(document.paths);
  assert.ok(paths.length > 25, `${paths.length} paths`);
  let typed = 0;
  for (const [pattern, item] of paths) {
    const target = pattern.replaceAll(/\{\w+\}/g, 'none');
    const known = methods.filter((method) => item[method]).map((method) => method.toUpperCase());
    // A fixed path may be taken for a pattern's by another method: what it allows is what it takes.
    const answer = await admin.call('PATCH', target);
    assert.equal(answer.status, 405, pattern);
    const allowed = answer.headers.allow.split(', ');
    for (const method of known) assert.ok(allowed.includes(method), `${pattern}: ${allowed}`);
    assert.equal(allowed.includes('GET'), allowed.includes('HEAD'), pattern);
    for (const method of methods.map((name) => name.toUpperCase()).filter((name) => !allowed.includes(name))) {
      assert.equal((await admin.call(method, target)).status, 405, `${method} ${pattern}`);
    }
    for (const method of known.filter((name) => item[name.toLowerCase()].requestBody)) {
      const other = await admin.call(method, target, '<a/>', { 'Content-Type': 'application/pdf' });
      assert.equal(other.status, 415, `${method} ${pattern}: ${other.text}`);
      typed++;
    }
  }
  assert.ok(typed >= 10, `${typed} calls with a body`);
});
