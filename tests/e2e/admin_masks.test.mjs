// Secrets that stand in a route are masked in all that the API shows, and stay where they are for who sends the mask back.
import assert from 'node:assert/strict';
import test from 'node:test';
import { fixed, startAdmin } from './support/admin.mjs';
import { startHttpUpstream } from './support/upstream.mjs';

const timeout = 60_000;

test('secrets within added body fields are masked, and kept by who sends them back so', { timeout }, async (t) => {
  const upstream = await startHttpUpstream(t, (asked, answer) => asked.pipe(answer));
  const gateway = await startAdmin(t, {});
  const { admin } = gateway;
  const add_body_fields = { meta: { password: 'hidden-1', plain: 1, credentials: { a: 'hidden-2', token: 'hidden-3' } }, list: [{ api_key: ['hidden-4'] }], max_tokens: 5 };
  const masked = { meta: { password: '***', plain: 1, credentials: '***' }, list: [{ api_key: '***' }], max_tokens: 5 };
  const made = await admin.post('/routes', { route_name: 'body', match_path: '/body', target_host: upstream.host, auth: 'none', add_body_fields });
  assert.deepEqual(made.json.add_body_fields, masked);
  const changed = await admin.put('/routes/body', { add_body_fields: { ...masked, max_tokens: 6 } });
  assert.deepEqual(changed.json.add_body_fields, { ...masked, max_tokens: 6 });
  const shown = [(await admin.get('/config')).text, (await admin.get('/routes/body?format=yaml')).text, (await admin.post('/explain', { method: 'POST', path: '/body', body: {} })).text];
  for (const text of shown) assert.ok(text.includes('max_tokens') && !text.includes('hidden-'), text);
  const sent = await fetch(`${gateway.url}/body`, { method: 'POST', body: '{}', headers: { 'Content-Type': 'application/json' } });
  assert.deepEqual(await sent.json(), { ...add_body_fields, max_tokens: 6 });
});

test('secrets within body rules, URLs and tests are masked, and kept by who sends them back so', { timeout }, async (t) => {
  const upstream = await startHttpUpstream(t);
  const gateway = await startAdmin(t, { database: { enabled: true } });
  const { admin } = gateway;
  const made = {
    route_name: 'told', match_path: '/told', match_method: 'POST', target_host: upstream.host, auth: 'none',
    match_body_schema: { properties: { token: { const: 'hidden-1' }, model: { const: 'gpt' } } },
    add_headers: { Referer: 'https://example.com/?access_token=hidden-2&a=1', 'X-Plain': 'https://example.com/?a=1' },
    tests: [{
      request: { method: 'POST', path: '/told?key=hidden-3&a=1', body: { token: 'hidden-1', model: 'gpt' } },
      expect: { target_url: `http://${upstream.host}/told?key=hidden-3&a=1`, body: { token: 'hidden-1', model: 'gpt' } },
    }],
  };
  const { json, status } = await admin.post('/routes', made);
  assert.equal(status, 201, JSON.stringify(json));
  assert.deepEqual(json.match_body_schema, { properties: { token: { const: '***' }, model: { const: 'gpt' } } });
  assert.deepEqual(json.add_headers, { Referer: '***', 'X-Plain': 'https://example.com/?a=1' });
  assert.deepEqual(json.tests, [{ request: { method: 'POST', path: '***', headers: {}, body: { token: '***', model: 'gpt' } }, expect: { target_url: '***', body: { token: '***', model: 'gpt' } } }]);
  const changed = await admin.put('/routes/told', {
    ...json, match_body_schema: { properties: { ...json.match_body_schema.properties, more: true } },
    add_headers: { ...json.add_headers, 'X-More': '1' }, tests: [{ ...json.tests[0], expect: { ...json.tests[0].expect, route_id: 'told' } }],
  });
  assert.equal(changed.status, 200, changed.text);
  const text = gateway.read('conf.d/admin.yaml');
  for (const secret of ['const: hidden-1', 'access_token=hidden-2&a=1', 'told?key=hidden-3&a=1']) assert.ok(text.includes(secret), text);
  for (const path of ['/config', '/routes', '/routes/told', '/routes/told?format=yaml', '/config/history']) {
    const shown = (await admin.get(path)).text;
    assert.ok(shown.includes('told') && !shown.includes('hidden-'), `${path}: ${shown}`);
  }
});

test('a text that a test sends is masked where it names a secret, and kept by who sends it back so', { timeout }, async (t) => {
  const gateway = await startAdmin(t, { database: { enabled: true } });
  const { admin } = gateway;
  const bodies = ['grant_type=x&client_secret=hidden-1', '{"model":"m","api_key":"hidden-2"}', 'plain text'];
  const { json, status } = await admin.post('/routes', { ...fixed('texts'), tests: bodies.map((body) => ({ request: { method: 'POST', path: '/texts', body }, expect: { status: 200 } })) });
  assert.equal(status, 201, JSON.stringify(json));
  assert.deepEqual(json.tests.map(({ request }) => request.body), ['***', '***', 'plain text']);
  assert.equal((await admin.put('/routes/texts', { ...json, description: 'd', tests: [...json.tests].reverse() })).status, 200);
  assert.ok(bodies.every((body) => gateway.read('conf.d/admin.yaml').includes(JSON.stringify(body)) || gateway.read('conf.d/admin.yaml').includes(body)), gateway.read('conf.d/admin.yaml'));
  for (const path of ['/config', '/routes', '/routes/texts', '/routes/texts?format=yaml', '/config/history']) {
    const shown = (await admin.get(path)).text;
    assert.ok(shown.includes('texts') && !shown.includes('hidden-'), `${path}: ${shown}`);
  }
  const shown = await admin.get('/routes/texts');
  const secret = (body) => ({ tests: [{ request: { method: 'POST', path: '/texts', body }, expect: { status: 200 } }] });
  assert.equal((await admin.put('/routes/texts', secret('password=hidden-3'), { 'If-Match': shown.headers.etag })).status, 200);
  const before = await admin.get('/routes/texts');
  assert.equal((await admin.put('/routes/texts', secret('password=hidden-4'))).status, 200);
  assert.equal((await admin.put('/routes/texts', { description: 'e' }, { 'If-Match': before.headers.etag })).status, 412);
});

test('what is masked in a list stays with its item when others go or move', { timeout }, async (t) => {
  const test = (path, secret) => ({ request: { path, headers: { 'X-Token': secret } }, expect: { status: 200 } });
  const made = { ...fixed('listed', '/listed*'), permissions: ['${FG_FIRST}', 'b', '${FG_SECOND}'], tests: [test('/listed/1', 'one'), test('/listed/2', 'two'), test('/listed/3', 'three')] };
  const gateway = await startAdmin(t, {}, { env: { FG_FIRST: 'first', FG_SECOND: 'second' } });
  const { admin } = gateway;
  const { json, status } = await admin.post('/routes', made);
  assert.equal(status, 201);
  assert.deepEqual(json.permissions, ['***', 'b', '***']);
  const [, second, third] = json.tests;
  const changed = await admin.put('/routes/listed', { permissions: ['b', 'c', '***', '***'], tests: [third, second] });
  assert.equal(changed.status, 200, changed.text);
  const text = gateway.read('conf.d/admin.yaml');
  assert.match(text, /permissions: \[b, c, "\$\{FG_FIRST\}", "\$\{FG_SECOND\}"\]/);
  assert.match(text, /listed\/3[^]*three[^]*listed\/2[^]*two/);
  assert.ok(!text.includes('X-Token: one'), text);
  assert.equal((await admin.put('/routes/listed', { permissions: ['***', '***', '***'] })).status, 422);
  // Each item of the file is one item's alone.
  const other = { ...third, request: { ...third.request, path: '/listed/9' } };
  assert.equal((await admin.put('/routes/listed', { tests: [second, other] })).status, 422);
});
