// Two-way configuration: what the API writes lands in the files, everything else stays byte for byte.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import test from 'node:test';
import { Admin, fixed, startAdmin } from './support/admin.mjs';
import { configOf, startGateway } from './support/gateway.mjs';
import { bearer } from './support/keys.mjs';
import { startHttpUpstream } from './support/upstream.mjs';

const timeout = 60_000;

const written = `# The gateway of the tests.
server: {listen: ["127.0.0.1:0"], workers: 1}   # one is enough
database: {enabled: false}
admin: {auth: none}
include:   [conf.d/*.yaml]

routes:
  # the first
  - route_id: first
    match_path: '/first'    # quoted
    auth: none
    timeout:   30s
    respond: {status: 200, body: "one"}   # in one line

  - route_id: second
    match_path: /second/*
    target_host: 127.0.0.1:9
    add_headers: {Authorization: "Bearer \${SECRET:-s3cret}", X-Kept: yes}
    description: |
      two
      lines
# the end
`;
const startWritten = (t, options) => startGateway(t, written, options).then((gateway) => Object.assign(gateway, { admin: new Admin(gateway.port) }));

test('a change touches its own line alone', { timeout }, async (t) => {
  const gateway = await startWritten(t);
  const changed = await gateway.admin.put('/routes/first', { timeout: 45 });
  assert.equal(changed.status, 200, changed.text);
  assert.equal(changed.json.timeout, 45);
  assert.equal(gateway.read('fastgate.yaml'), written.replace('30s', '45'));
  await gateway.admin.post('/routes/second/toggle');
  assert.equal(gateway.read('fastgate.yaml'),
    written.replace('30s', '45').replace('      lines\n', '      lines\n    is_active: false\n'));
  await gateway.admin.put('/routes/second', { is_active: null });
  assert.equal(gateway.read('fastgate.yaml'), written.replace('30s', '45'));
});

test('a configuration in JSON is changed in its place, and stays JSON', { timeout }, async (t) => {
  const text = JSON.stringify(configOf({
    admin: { auth: 'none' }, include: ['conf.d/*.yaml'],
    routes: [fixed('one'), { ...fixed('two'), route_id: 'second' }, fixed('three')],
  }), null, 4).replace('"/two",', '"/two"   ,');
  const gateway = await startGateway(t, text, { files: { 'conf.d/admin.yaml': '{"routes":[]}' } });
  const admin = new Admin(gateway.port);
  const expect = (wanted) => {
    const now = gateway.read('fastgate.yaml');
    assert.equal(now, wanted);
    JSON.parse(now);
  };
  assert.equal((await admin.put('/routes/second', { match_path: '/zwei', timeout: 45 })).status, 200);
  const changed = text.replace('"/two"   ,', '"/zwei"   ,').replace('"route_id": "second"', '"route_id": "second",\n            "timeout": 45');
  expect(changed);
  assert.equal(await (await fetch(`${gateway.url}/zwei`)).text(), 'two');
  assert.equal((await admin.put('/routes/second', { match_path: '/two', timeout: null })).status, 200);
  expect(text);
  assert.equal((await admin.delete('/routes/second')).status, 200);
  const left = JSON.parse(gateway.read('fastgate.yaml'));
  assert.deepEqual(left, { ...JSON.parse(text), routes: JSON.parse(text).routes.filter(({ route_id }) => route_id !== 'second') });
  assert.equal((await admin.post('/routes', fixed('new'))).status, 201);
  assert.deepEqual(JSON.parse(gateway.read('conf.d/admin.yaml')), { routes: [{ route_id: 'new', ...fixed('new') }] });
  assert.equal(await (await fetch(`${gateway.url}/new`)).text(), 'new');
});

test('what is sent back as it was read changes nothing', { timeout }, async (t) => {
  const gateway = await startWritten(t);
  for (const id of ['first', 'second']) {
    const { json } = await gateway.admin.get(`/routes/${id}`);
    const same = await gateway.admin.put(`/routes/${id}`, json);
    assert.equal(same.status, 200, same.text);
  }
  assert.equal(gateway.read('fastgate.yaml'), written);
});

// A route with every field that the schema knows but `upstream` and `respond`, which stand in place of a target.
const full = {
  route_id: 'full', route_name: 'Full', description: 'all of it', match_path: '/full/*', match_method: 'POST', match_host: 'a.test',
  match_headers: { 'X-A': 'b' }, match_body_schema: { model: 'm' }, target_host: '127.0.0.1:1', target_path: '/x',
  target_protocol: 'https', target_tls: { verify: false }, strip_path_prefix: true, add_headers: { 'X-B': 'c' }, remove_headers: ['X-C'],
  add_response_headers: { 'X-D': 'e' }, remove_response_headers: ['X-E'], add_body_fields: { a: 1 }, remove_body_fields: ['b'],
  timeout: 1, connect_timeout: 2, first_byte_timeout: 3, total_timeout: 4, sse_keepalive: 5, failover_preamble: { bytes: 4096, time: 1 },
  retry_count: 1, retry_on: ['connect', '503'], priority: 7, is_active: true, auth: 'optional', permissions: ['chat'], rate_limit: 60,
  burst: 2, client_rate_limit: 30, client_burst: 3, max_concurrency: 4, queue: { max_wait: 1, size: 5 }, max_body_size: 1024,
  audit: { headers: true, request_body: 10, response_body: 20 }, tests: [],
};

test('every field of a route is shown as it was written, and counts for its ETag', { timeout }, async (t) => {
  const { properties } = JSON.parse(fs.readFileSync(new URL('../../conf/fastgate.schema.json', import.meta.url))).$defs.route;
  assert.deepEqual(Object.keys(full).sort(), Object.keys(properties).filter((name) => !/^(upstream|respond)$/.test(name)).sort());
  const { admin } = await startAdmin(t);
  const made = await admin.post('/routes', full);
  assert.equal(made.status, 201, made.text);
  const shown = Object.fromEntries(Object.keys(full).map((name) => [name, made.json[name]]));
  assert.deepEqual(shown, full);
  const tagOf = async () => (await admin.get('/routes/full')).headers.etag;
  const before = await tagOf();
  const changed = await admin.put('/routes/full', { failover_preamble: 'off' });
  assert.equal(changed.json.failover_preamble, 'off', changed.text);
  assert.notEqual(await tagOf(), before);
});

test('what came through a reference is neither shown nor written out', { timeout }, async (t) => {
  const gateway = await startWritten(t, { env: { SECRET: 'of-the-environment' } });
  const read = await gateway.admin.get('/routes/second');
  assert.deepEqual(read.json.add_headers, { Authorization: '***', 'X-Kept': 'yes' });
  assert.deepEqual(read.json.is_substituted, ['add_headers']);
  const add_headers = { ...read.json.add_headers, 'X-More': 'more' };
  const changed = await gateway.admin.put('/routes/second', { add_headers });
  assert.equal(changed.status, 200, changed.text);
  const text = gateway.read('fastgate.yaml');
  assert.ok(text.includes('"Bearer ${SECRET:-s3cret}"'), text);
  assert.ok(text.includes('X-More: more'), text);
  const shown = [read, changed, await gateway.admin.get('/config'), await gateway.admin.get('/routes/second?format=yaml')];
  for (const { text: answer } of shown) assert.ok(!answer.includes('of-the-environment'), answer);
  const wrong = await gateway.admin.put('/routes/second', { description: '***', upstream: '***' });
  assert.equal(wrong.status, 422);
});

test('a dry run shows what would be written', { timeout }, async (t) => {
  const gateway = await startWritten(t);
  const shown = await gateway.admin.put('/routes/first?dry_run=true', { timeout: '1m' });
  assert.equal(shown.status, 200, shown.text);
  assert.match(shown.json.diff, /\n-    timeout: {3}30s\n\+    timeout: {3}"1m"\n/);
  assert.equal((await gateway.admin.delete('/routes/first?dry_run=true')).status, 200);
  assert.equal((await gateway.admin.delete('/routes/first?dry_run=TRUE')).status, 200);
  assert.equal((await gateway.admin.post('/keys?dry_run=true', { source_path: 'a' })).json.key_value, undefined);
  for (const spelled of ['dry_run', 'dry_run=', 'dry_run=yes', 'dry_run=true%20', 'dry_run=&dry_run=true']) {
    for (const [method, path, body] of [['DELETE', '/routes/first'], ['POST', '/keys', { source_path: 'a' }]]) {
      const refused = await gateway.admin.call(method, `${path}?${spelled}`, body);
      assert.deepEqual([refused.status, refused.json.errors?.[0].field], [422, 'dry_run'], `${method} ${path}?${spelled}`);
    }
  }
  assert.equal(gateway.read('fastgate.yaml'), written);
  assert.equal(gateway.read('conf.d/admin.yaml'), '');
});

test('what is wrong is told by field, and changes nothing', { timeout }, async (t) => {
  const gateway = await startWritten(t);
  const cases = [
    [{ match_path: '/a', target_hosts: 'b' }, 'target_hosts'],
    [{ match_path: '/a', target_host: 'b', timeout: 'soon' }, 'timeout'],
    [{ match_path: '/a', target_host: 'b', match_headers: { 'X-A': 'regex:(' } }, 'match_headers.X-A'],
    [{ match_path: '/a' }, 'target_host'],
    [{ match_path: '~(', target_host: 'b' }, 'match_path'],
    [{ match_path: 'a', target_host: 'b' }, 'match_path'],
  ];
  for (const [body, field] of cases) {
    const answer = await gateway.admin.post('/routes', body);
    assert.equal(answer.status, 422, answer.text);
    assert.ok(answer.json.errors.some((error) => error.field === field), `${field}: ${answer.text}`);
    assert.equal(answer.json.errors.filter((error) => error.field === 'match_path').length, field === 'match_path' ? 1 : 0, answer.text);
  }
  assert.equal((await gateway.admin.post('/keys', {})).json.errors[0].field, 'source_path');
  const all = await gateway.admin.post('/keys', { key_id: 'mine', expires_at: 'never', rate_limit: 'much', colour: 'red' });
  assert.equal(all.status, 422, all.text);
  assert.deepEqual(all.json.errors.map(({ field }) => field).sort(), ['colour', 'expires_at', 'key_id', 'rate_limit', 'source_path']);
  assert.equal((await gateway.admin.post('/keys', { source_path: 'a', expires_at: 'never' })).json.errors[0].field, 'expires_at');
  assert.equal(gateway.read('conf.d/admin.yaml'), '');
  assert.equal((await gateway.admin.get('/routes')).json.total, 2);
  const { json: key } = await gateway.admin.post('/keys', { source_path: 'a' });
  const renamed = await gateway.admin.put(`/keys/${key.key_id}`, { key_id: 'fg_000000000000' });
  assert.deepEqual([renamed.status, renamed.json.detail], [422, '`key_id` cannot be changed']);
});

test('a file that was changed by hand is not written over', { timeout }, async (t) => {
  const gateway = await startWritten(t);
  const byHand = written.replace('# the first', '# by hand');
  fs.writeFileSync(gateway.file('fastgate.yaml'), byHand);
  for (const answer of [await gateway.admin.put('/routes/first', { timeout: 1 }), await gateway.admin.post('/routes', fixed('new'))]) {
    assert.equal(answer.status, 409, answer.text);
    assert.match(answer.json.detail, /reload/);
  }
  assert.equal(gateway.read('fastgate.yaml'), byHand);
  assert.deepEqual((await gateway.admin.post('/reload')).json.ok, true);
  assert.equal((await gateway.admin.put('/routes/first', { timeout: 1 })).status, 200);
  assert.equal(gateway.read('fastgate.yaml'), byHand.replace('30s', '1'));
});

test('an ETag guards against a second writer', { timeout }, async (t) => {
  const gateway = await startWritten(t);
  const { headers: { etag } } = await gateway.admin.get('/routes/first');
  assert.equal((await gateway.admin.get('/routes/first', { 'If-None-Match': etag })).status, 304);
  const first = await gateway.admin.put('/routes/first', { timeout: 2 }, { 'If-Match': etag });
  assert.equal(first.status, 200);
  assert.equal((await gateway.admin.put('/routes/first', { timeout: 3 }, { 'If-Match': etag })).status, 412);
  assert.equal((await gateway.admin.put('/routes/first', { timeout: 4 }, { 'If-Match': first.headers.etag })).status, 200);
  assert.equal((await gateway.admin.delete('/routes/first', { 'If-Match': etag })).status, 412);
  // What is masked counts as well.
  const secret = (value) => ({ add_response_headers: { 'X-Token': value } });
  const shown = await gateway.admin.put('/routes/first', secret('one'));
  const changed = await gateway.admin.put('/routes/first', secret('two'), { 'If-Match': shown.headers.etag });
  assert.equal(changed.status, 200);
  assert.equal(changed.text, shown.text);
  assert.equal((await gateway.admin.put('/routes/first', secret('three'), { 'If-Match': shown.headers.etag })).status, 412);
  const key = await gateway.admin.post('/keys', { source_path: 'team' });
  assert.equal((await gateway.admin.post(`/keys/${key.json.key_id}/rotate`)).status, 200);
  assert.equal((await gateway.admin.delete(`/keys/${key.json.key_id}`, { 'If-Match': key.headers.etag })).status, 412);
});

test('ids stay with their routes, and names may repeat', { timeout }, async (t) => {
  const { admin } = await startAdmin(t);
  const ids = [];
  for (const path of ['/a', '/b', '/c']) ids.push((await admin.post('/routes', fixed('My Route', path))).json.route_id);
  assert.deepEqual(ids, ['my-route', 'my-route-2', 'my-route-3']);
  assert.equal((await admin.post('/routes/delete/my-route')).status, 200);
  assert.equal((await admin.get('/routes/my-route-2')).json.match_path, '/b');
  assert.equal((await admin.post('/routes/update/my-route-3', { priority: 7 })).json.priority, 7);
  assert.equal((await admin.post('/routes', { ...fixed('x'), route_id: 'my-route-2' })).status, 409);
  // What stands below these names are calls: a route so called could not be tested or switched.
  assert.equal((await admin.post('/routes', { ...fixed('x'), route_id: 'delete' })).status, 422);
  const named = (await admin.post('/routes', fixed('Update', '/u'))).json.route_id;
  assert.equal(named, 'update-2');
  assert.equal((await admin.post(`/routes/${named}/test`)).json.status_code, 200);
});

test('a key is created, limited, rotated and deleted', { timeout }, async (t) => {
  const upstream = await startHttpUpstream(t, (asked, answer) => answer.end('up'));
  const gateway = await startAdmin(t, { routes: [{ route_id: 'all', match_path: '/*', target_host: upstream.host }] });
  const ask = async (value) => (await fetch(gateway.url, { headers: bearer(value) })).status;
  const created = await gateway.admin.post('/keys', { source_path: 'team', permissions: ['chat'], rate_limit: 1000, expires_days: 3 });
  assert.equal(created.status, 201);
  const { key_id, key_value } = created.json;
  assert.match(key_value, /^fg_[\w-]{43}$/);
  assert.equal(await ask(key_value), 200);
  assert.ok(!gateway.read('conf.d/admin.yaml').includes(key_value));
  assert.equal((await gateway.admin.get(`/keys/${key_id}`)).json.usage.requests, 1);
  assert.equal((await gateway.admin.get('/keys?source_path=team&is_active=true')).json.total, 1);
  assert.equal((await gateway.admin.get('/keys?source_path=other')).json.total, 0);
  assert.deepEqual((await gateway.admin.get('/keys/sources')).json.items, [{ source_path: 'team', keys: 1, active_keys: 1 }]);
  for (const source_path of [null, '']) {
    assert.equal((await gateway.admin.put(`/keys/${key_id}`, { source_path })).status, 422, 'a key is always somebody\'s');
  }
  // A slip of the pen must not end the old value at once.
  const slip = await gateway.admin.post(`/keys/${key_id}/rotate`, { keep_old_four: '1h' });
  assert.deepEqual([slip.status, slip.json.detail], [422, '`keep_old_four` is not known; did you mean `keep_old_for`?']);
  const rotated = await gateway.admin.post(`/keys/${key_id}/rotate`, { keep_old_for: '1h' });
  assert.equal(rotated.status, 200, rotated.text);
  assert.ok(rotated.json.rotation_expires_at);
  assert.deepEqual([await ask(key_value), await ask(rotated.json.key_value)], [200, 200]);
  const again = await gateway.admin.post(`/keys/${key_id}/rotate`);
  assert.deepEqual([await ask(key_value), await ask(rotated.json.key_value), await ask(again.json.key_value)], [401, 401, 200]);
  assert.equal((await gateway.admin.put(`/keys/${key_id}`, { is_active: false })).json.is_active, false);
  assert.equal(await ask(again.json.key_value), 401);
  assert.equal((await gateway.admin.put(`/keys/${key_id}`, { key_sha256: '0'.repeat(64) })).status, 422);
  assert.equal((await gateway.admin.delete(`/keys/${key_id}`)).status, 200);
  assert.equal((await gateway.admin.get(`/keys/${key_id}`)).status, 404);
});

test('an expiry that was given in days is taken away and moved like one given as a time', { timeout }, async (t) => {
  const old = { key_id: 'fg_0123456789ab', key_sha256: 'a'.repeat(64), source_path: 'old' };
  const gateway = await startAdmin(t, { keys: [old] });
  const { admin } = gateway;
  const put = async (id, fields) => (await admin.put(`/keys/${id}`, fields)).json;
  const { key_id: id, created_at: made } = (await admin.post('/keys', { source_path: 'team', expires_days: 3 })).json;
  assert.equal((await put(id, { expires_at: null, description: 'for ever' })).expires_at, null);
  assert.equal(Date.parse((await put(id, { expires_days: 5 })).expires_at) - Date.parse(made), 5 * 86_400_000);
  assert.equal((await put(id, { expires_at: '2099-01-01' })).expires_at, '2099-01-01T00:00:00.000Z');
  // Without created_at the days would begin anew with every load.
  const moved = await put(old.key_id, { expires_days: 5 });
  assert.ok(Date.parse(moved.expires_at) - Date.now() > 4 * 86_400_000, moved.expires_at);
  assert.equal((await admin.post('/reload')).status, 200);
  assert.equal((await admin.get(`/keys/${old.key_id}`)).json.expires_at, moved.expires_at);
  assert.equal((await admin.put(`/keys/${id}`, { expires_days: 0 })).status, 422);
  assert.ok(!gateway.read('fastgate.yaml').includes('expires_days'));
});

test('an expiry in days that stands in the entry, or that << brings, gives way to another', { timeout }, async (t) => {
  const merged = (letter) => `  - {<<: *base, key_id: fg_${letter.repeat(12)}, key_sha256: ${letter.repeat(64)}}\n`;
  const own = (letter, anchor = '') => `  - ${anchor}{key_id: fg_${letter.repeat(12)}, key_sha256: ${letter.repeat(64)}, source_path: own, expires_days: 3}\n`;
  const days = `keys:\n${own('a')}${own('f', '&base ')}${['b', 'c', 'd'].map(merged).join('')}`;
  const { admin } = await startAdmin(t, {}, { files: { 'conf.d/days.yaml': days } });
  const put = async (letter, fields) => {
    const changed = await admin.put(`/keys/fg_${letter.repeat(12)}`, fields);
    assert.equal(changed.status, 200, changed.text);
    return changed.json.expires_at;
  };
  assert.ok(Date.parse(await put('b', { expires_days: 9 })) - Date.now() > 8 * 86_400_000);
  assert.equal(await put('c', { expires_at: null }), null);
  const time = '2030-01-01T00:00:00.000Z';
  assert.equal(await put('d', { expires_at: time }), time);
  assert.equal(await put('d', { expires_days: null, description: 'a time stays without days' }), time);
  assert.equal(await put('d', { expires_at: null }), null);
  assert.ok(Date.parse(await put('a', { expires_days: 9 })) - Date.now() > 8 * 86_400_000);
});

test('null takes away what another entry brings by <<', { timeout }, async (t) => {
  const text = 'routes:\n  - &base {route_id: a, match_path: /a, target_host: "127.0.0.1:1", timeout: 50}\n  - <<: *base\n    route_id: b\n    match_path: /b\n    timeout: 9  # its own\n';
  const gateway = await startAdmin(t, {}, { files: { 'conf.d/merge.yaml': text } });
  const { admin } = gateway;
  assert.equal((await admin.get('/routes/b')).json.timeout, 9);
  const changed = await admin.put('/routes/b', { timeout: null });
  assert.equal(changed.status, 200, changed.text);
  assert.equal(changed.json.timeout, undefined);
  assert.equal(gateway.read('conf.d/merge.yaml'), text.replace('timeout: 9 ', 'timeout: null '));
});

test('a text with Unicode\'s line ends is written, and reads back', { timeout }, async (t) => {
  const { admin } = await startAdmin(t);
  const description = 'a\u2028b\u2029c\u0085d';
  const made = await admin.post('/routes', { ...fixed('lines'), description });
  assert.equal(made.status, 201, made.text);
  assert.equal((await admin.get('/routes/lines')).json.description, description);
  assert.equal((await admin.post('/config/validate', (await admin.get('/config')).json.yaml, { 'Content-Type': 'application/yaml' })).json.valid, true);
});

test('what is written is in force on every worker when the answer comes', { timeout }, async (t) => {
  const gateway = await startAdmin(t, { server: { workers: 4 } });
  for (let i = 0; i < 20; ++i) {
    assert.equal((await gateway.admin.post('/routes', fixed(`r${i}`))).status, 201);
    // Each request comes by a connection of its own, on whichever worker takes it.
    const seen = await Promise.all(Array.from({ length: 8 }, () => fetch(`${gateway.url}/r${i}`, { headers: { Connection: 'close' } })));
    assert.deepEqual(seen.map((answer) => answer.status), Array(8).fill(200));
  }
});

test('50 parallel creations leave 50 entries', { timeout }, async (t) => {
  const gateway = await startAdmin(t);
  const made = await Promise.all(Array.from({ length: 50 }, (_, i) => gateway.admin.post('/routes', fixed('same', `/p${i}`))));
  assert.deepEqual(made.map((answer) => answer.status), Array(50).fill(201));
  assert.equal(new Set(made.map((answer) => answer.json.route_id)).size, 50);
  const { json } = await gateway.admin.get('/routes');
  assert.equal(json.total, 50);
  assert.equal(new Set(json.items.map((item) => item.match_path)).size, 50);
});

test('a folder without an include says what is missing', { timeout }, async (t) => {
  const gateway = await startGateway(t, { admin: { auth: 'none' } });
  const answer = await new Admin(gateway.port).post('/routes', fixed('x'));
  assert.equal(answer.status, 409);
  assert.match(answer.json.detail, /include/);
  assert.equal(gateway.read('conf.d/admin.yaml'), '');
});

test('a place that cannot be written leaves all as it was', { timeout }, async (t) => {
  // A file where the folder for new entries would be.
  const gateway = await startGateway(t, { admin: { auth: 'none' }, include: ['conf.d/admin.yaml', 'other/*.yaml'].slice(1) }, { files: { 'conf.d': 'no folder' } });
  const admin = new Admin(gateway.port);
  const answer = await admin.post('/routes', fixed('x'));
  assert.ok(answer.status >= 400, answer.text);
  assert.equal((await admin.get('/routes')).json.total, 0);
});

test('a text is checked without being applied', { timeout }, async (t) => {
  const gateway = await startAdmin(t);
  const check = (text) => gateway.admin.post('/config/validate', text, { 'Content-Type': 'application/yaml' });
  assert.deepEqual((await check(JSON.stringify(configOf({})))).json, { valid: true, errors: [] });
  const bad = await check('server:\n  prot: 1\n');
  assert.equal(bad.json.valid, false);
  assert.deepEqual({ ...bad.json.errors[0], file: '', message: '' }, { file: '', line: 2, column: 3, message: '' });
  assert.equal((await gateway.admin.post('/config/validate', 'a: 1', { 'Content-Type': 'image/png' })).status, 415);
});

test('every change is in the history, and can be taken back', { timeout }, async (t) => {
  const gateway = await startAdmin(t, { database: { enabled: true } });
  const before = (await gateway.admin.get('/routes')).json.total;
  await gateway.admin.post('/routes', fixed('one'));
  await gateway.admin.put('/routes/one', { add_response_headers: { 'X-Secret-Token': 'hidden-value' } });
  const config = JSON.parse(gateway.read('fastgate.yaml'));
  assert.match(await gateway.reload({ ...config, proxy: { timeout: 7 } }), /reloaded/);
  const history = await gateway.admin.get('/config/history');
  assert.equal(history.status, 200, history.text);
  const [reloaded, updated, created] = history.json.items;
  assert.deepEqual([reloaded.source, updated.source, created.source], ['reload', 'api', 'api']);
  assert.deepEqual([created.actor, created.ip_address, created.summary], ['local', '127.0.0.1', 'route one created']);
  assert.match(created.diff, /\+ {2}- route_id: one/);
  assert.match(reloaded.diff, /timeout/);
  assert.ok(!history.text.includes('hidden-value'));
  assert.equal((await gateway.admin.post('/config/rollback?dry_run=yes', { id: created.id })).status, 422);
  const back = await gateway.admin.post('/config/rollback', { id: created.id });
  assert.equal(back.status, 200, back.text);
  assert.equal((await gateway.admin.get('/routes')).json.total, before);
  assert.equal((await gateway.admin.get('/config/history?limit=1')).json.items[0].source, 'rollback');
  assert.equal((await gateway.admin.post('/config/rollback', { id: 999 })).status, 404);
  assert.equal((await fetch(`${gateway.url}/one`)).status, 404);
});
