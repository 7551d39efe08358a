// Who may call the admin API: tokens, roles, sessions, addresses, pages of other origins.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Admin, startAdmin } from './support/admin.mjs';
import { startGateway } from './support/gateway.mjs';
import { sha256 } from './support/keys.mjs';

const timeout = 30_000;
const tokens = ['admin', 'operator', 'viewer'].map((role) => ({ name: `the-${role}`, role, token_sha256: sha256(`secret of ${role}`.replaceAll(' ', '-')) }));
const tokenOf = (role) => `secret-of-${role}`;
const bearer = (token) => ({ Authorization: `Bearer ${token}` });
const guarded = (t, admin = {}) => startGateway(t, { admin: { tokens, ...admin }, include: ['conf.d/*.yaml'] });
const fixed = { route_name: 'fixed', match_path: '/x', auth: 'none', respond: { status: 200, body: 'x' } };

test('without a token configured every call is 403, and the log says how to set one', { timeout }, async (t) => {
  const gateway = await startGateway(t, {});
  const admin = new Admin(gateway.port);
  for (const [method, path, headers] of [
    ['GET', '/keys'], ['POST', '/keys'], ['GET', '/config'], ['GET', '/session'],
    ['GET', '/keys?token=any'], ['GET', '/keys', bearer('any')], ['GET', '/keys', { Cookie: 'fastgate_session=any' }],
  ]) {
    const answer = await admin.call(method, path, undefined, headers);
    assert.equal(answer.status, 403, `${method} ${path}`);
    assert.equal(answer.json.error.code, 'no_token_configured');
  }
  const login = await admin.post('/session', { token: 'any' });
  assert.deepEqual([login.status, login.json.error.code], [403, 'no_token_configured']);
  assert.match(await gateway.logLine('admin API is closed'), /admin\.token/);
});

test('a token is taken from the header and from the query, where no log shows it', { timeout }, async (t) => {
  const gateway = await guarded(t);
  const admin = new Admin(gateway.port);
  const none = await admin.get('/routes');
  assert.equal(none.status, 401);
  assert.equal(none.headers['www-authenticate'], 'Bearer');
  assert.equal((await admin.get('/routes', bearer('wrong'))).status, 401);
  assert.equal((await admin.get('/routes', bearer(tokenOf('admin')))).status, 200);
  assert.equal((await admin.get(`/routes?token=${tokenOf('admin')}`)).status, 200);
  assert.equal((await admin.post(`/routes?token=${tokenOf('admin')}`, fixed)).status, 201);
  await gateway.stop();
  const logs = gateway.read('logs/access.log') + gateway.read('logs/fastgate.log');
  assert.ok(logs.includes('/admin/routes'), logs);
  assert.ok(!logs.includes(tokenOf('admin')), logs);
});

test('each role does what it may and no more', { timeout }, async (t) => {
  const gateway = await guarded(t);
  const as = (role) => new Admin(gateway.port, bearer(tokenOf(role)));
  const key = { source_path: 'a' };
  const cases = [
    ['GET', '/routes', undefined, [200, 200, 200]],
    ['GET', '/keys', undefined, [200, 200, 200]],
    ['POST', '/reload', undefined, [200, 200, 403]],
    ['POST', '/routes', fixed, [201, 201, 403]],
    ['POST', '/keys', key, [201, 403, 403]],
    ['GET', '/tokens', undefined, [200, 403, 403]],
    ['POST', '/routes', { ...fixed, add_response_headers: { 'X-Home': '${HOME}' } }, [201, 403, 403]],
  ];
  for (const [method, path, body, wanted] of cases) {
    for (const [index, role] of ['admin', 'operator', 'viewer'].entries()) {
      const answer = await as(role).call(method, path, body);
      assert.equal(answer.status, wanted[index], `${method} ${path} as ${role}: ${answer.text}`);
    }
  }
  const listed = await as('admin').get('/tokens');
  assert.deepEqual(listed.json.items, tokens.map(({ name, role }) => ({ name, role })));
});

test('who may only read learns nothing of variables and files by having a text checked', { timeout }, async (t) => {
  const gateway = await guarded(t);
  const check = (role, text) => new Admin(gateway.port, bearer(tokenOf(role))).post('/config/validate', text, { 'Content-Type': 'application/yaml' });
  const probe = (expected) => `routes: [{route_id: a, match_path: '${expected}', respond: {status: 200}, tests: [{request: {path: '\${HOME}'}, expect: {route_id: a}}]}]\n`;
  for (const text of [probe('~^/'), 'include: [/etc/passwd]\n', '<<: {include: [/etc/passwd]}\n']) {
    const seen = await check('admin', text);
    assert.equal(seen.status, 200, seen.text);
    for (const role of ['operator', 'viewer']) {
      const refused = await check(role, text);
      assert.equal(refused.status, 403, refused.text);
      assert.equal(refused.json.error.code, 'forbidden');
    }
  }
  assert.equal((await check('viewer', gateway.read('fastgate.yaml'))).json.valid, true);
});

test('who may only read learns no digest of a file, by which a short secret in it could be found', { timeout }, async (t) => {
  const gateway = await guarded(t);
  const read = (role, headers = {}) => new Admin(gateway.port, { ...bearer(tokenOf(role)), ...headers }).get('/config');
  const digest = sha256(gateway.read('fastgate.yaml'));
  const whole = await read('admin');
  assert.equal(whole.json.files[0].sha256, digest);
  const tags = [whole.headers.etag];
  for (const role of ['operator', 'viewer']) {
    const seen = await read(role);
    assert.deepEqual(Object.keys(seen.json.files[0]), ['path', 'writable']);
    assert.ok(!seen.text.includes(digest));
    tags.push(seen.headers.etag);
    assert.equal((await read(role, { 'If-None-Match': seen.headers.etag })).status, 304);
  }
  const guess = `"${sha256(digest).slice(0, 32)}"`;
  assert.ok(!tags.includes(guess), 'an ETag is not made of what can be guessed alone');
});

test('a path of the store that came through ${…} is not shown', { timeout }, async (t) => {
  const start = async (sqlite_path, env) => startGateway(t, { admin: { tokens }, database: { enabled: true, sqlite_path } }, { env });
  const pathOf = async (gateway) => (await new Admin(gateway.port, bearer(tokenOf('viewer'))).get('/status')).json.store;
  const hidden = await pathOf(await start('${STORE_PATH}', { STORE_PATH: 'data/hidden.db' }));
  assert.deepEqual([hidden.path, hidden.state], ['***', 'ok']);
  assert.match((await pathOf(await start('data/shown.db', {}))).path, /data\/shown\.db$/);
});

test('many wrong tokens of an address are slowed down', { timeout }, async (t) => {
  const gateway = await guarded(t);
  const admin = new Admin(gateway.port, bearer('wrong'));
  const statuses = [];
  for (let i = 0; i < 30; ++i) statuses.push((await admin.get('/routes')).status);
  assert.equal(statuses[0], 401);
  assert.equal(statuses.at(-1), 429);
  const refused = await admin.get('/routes');
  assert.ok(Number(refused.headers['retry-after']) >= 1);
});

test('a session has a cookie that scripts cannot read, and writes need its CSRF token', { timeout }, async (t) => {
  const gateway = await guarded(t);
  const admin = new Admin(gateway.port);
  assert.equal((await admin.post('/session', { token: 'wrong' })).status, 401);
  assert.equal((await admin.post('/session', { token: 7 })).status, 422);
  const opened = await admin.post('/session', { token: tokenOf('operator') });
  assert.equal(opened.status, 200);
  assert.equal(opened.json.role, 'operator');
  for (const headers of [{ Origin: 'https://evil.example' }, { 'Sec-Fetch-Site': 'cross-site' }]) {
    const foreign = await admin.post('/session', { token: tokenOf('operator') }, headers);
    assert.deepEqual([foreign.status, foreign.json.error?.code, foreign.headers['set-cookie']], [403, 'foreign_origin', undefined]);
  }
  const [set] = opened.headers['set-cookie'];
  for (const part of [/^fastgate_session=/, /HttpOnly/, /SameSite=Strict/]) assert.match(set, part);
  assert.doesNotMatch(set, /Path=/, 'the path that the browser sees is the right one');
  const Cookie = set.split(';')[0];
  const csrf = { Cookie, 'X-CSRF-Token': opened.json.csrf_token };
  assert.deepEqual((await admin.get('/session', { Cookie })).json, opened.json);
  assert.equal((await admin.get('/routes', { Cookie })).status, 200);
  assert.equal((await admin.post('/routes', fixed, { Cookie })).json.error.code, 'csrf_token');
  assert.equal((await admin.post('/routes', fixed, { Cookie, 'X-CSRF-Token': 'x' })).status, 403);
  assert.equal((await admin.post('/routes', fixed, { ...csrf, Origin: 'https://evil.example' })).status, 403);
  assert.equal((await admin.post('/routes', fixed, { ...csrf, Origin: `http://127.0.0.1:${gateway.port}` })).status, 201);
  assert.equal((await admin.delete('/session', csrf)).status, 200);
  assert.equal((await admin.get('/session', { Cookie })).status, 401);
});

test('a token in the query of an older link opens a session, for the path of the pages', { timeout }, async (t) => {
  const gateway = await guarded(t);
  const admin = new Admin(gateway.port);
  const token = tokenOf('viewer');
  const bare = await admin.get(`?token=${token}`);
  assert.equal(bare.status, 302);
  assert.equal(bare.headers['set-cookie'], undefined, 'it would be for the folder above');
  const next = new URL(bare.headers.location, 'http://a/prefix/admin');
  assert.equal(next.pathname + next.search, `/prefix/admin/dashboard?token=${token}`);
  const opened = await admin.get(`/dashboard?token=${token}`);
  assert.equal(new URL(opened.headers.location, next).pathname, '/prefix/admin/ui/');
  const Cookie = opened.headers['set-cookie'][0].split(';')[0];
  assert.equal((await admin.get('/session', { Cookie })).json.role, 'viewer');
  assert.equal((await admin.get('/dashboard?token=wrong')).status, 401);
});

test('a session ends with its token', { timeout }, async (t) => {
  const gateway = await guarded(t);
  const admin = new Admin(gateway.port);
  const opened = await admin.post('/session', { token: tokenOf('viewer') });
  const Cookie = opened.headers['set-cookie'][0].split(';')[0];
  assert.equal((await admin.get('/session', { Cookie })).status, 200);
  const config = JSON.parse(gateway.read('fastgate.yaml'));
  config.admin.tokens.pop();
  assert.match(await gateway.reload(config), /configuration reloaded/);
  assert.equal((await admin.get('/session', { Cookie })).status, 401);
});

test('addresses that are not allowed are turned away, token or not', { timeout }, async (t) => {
  const gateway = await guarded(t, { allow: ['10.0.0.0/8'] });
  const admin = new Admin(gateway.port, bearer(tokenOf('admin')));
  assert.equal((await admin.get('/routes')).status, 403);
  assert.equal((await admin.get('/ui/')).status, 403);
});

test('without a token only names of this machine and pages of its own may call', { timeout }, async (t) => {
  const { admin, port } = await startAdmin(t);
  for (const Host of ['localhost', 'localhost:1', `127.0.0.1:${port}`, '[::1]:80', 'x.localhost']) {
    assert.equal((await admin.get('/session', { Host })).status, 200, Host);
  }
  for (const Host of ['evil.example', `127.0.0.1.evil.example:${port}`, 'localhost.evil.example', '10.0.0.1']) {
    assert.equal((await admin.get('/session', { Host })).status, 403, Host);
  }
  const Host = `localhost:${port}`;
  assert.equal((await admin.post('/routes', fixed, { Host, Origin: 'http://evil.example' })).status, 403);
  assert.equal((await admin.post('/routes', fixed, { Host, Origin: 'null' })).status, 403);
  assert.equal((await admin.post('/routes', fixed, { Host, 'Sec-Fetch-Site': 'cross-site' })).status, 403);
  assert.equal((await admin.post('/routes', fixed, { Host, Origin: `http://localhost:${port}` })).status, 201);
});

test('unknown calls are 404, other methods 405 with Allow, other types 415, other bodies 400', { timeout }, async (t) => {
  const { admin } = await startAdmin(t);
  assert.equal((await admin.get('/nothing')).status, 404);
  const answer = await admin.put('/routes', {});
  assert.equal(answer.status, 405);
  assert.equal(answer.headers.allow, 'GET, HEAD, POST');
  assert.equal((await admin.post('/routes', '<a/>', { 'Content-Type': 'application/xml' })).status, 415);
  assert.equal((await admin.post('/routes', '{')).status, 400);
  assert.equal((await admin.post('/routes', '[1]')).status, 400);
  const error = await admin.get('/routes/none');
  assert.equal(error.status, 404);
  assert.deepEqual(Object.keys(error.json), ['detail', 'error', 'request_id']);
});

test('a listener of its own serves the admin API, and the others no more', { timeout }, async (t) => {
  const gateway = await startGateway(t, {
    admin: { auth: 'none', listen: '127.0.0.1:0', metrics_on_admin_only: true }, include: ['conf.d/*.yaml'],
    routes: [{ route_id: 'all', match_path: '/*', auth: 'none', respond: { status: 200, body: 'traffic' } }],
  });
  const own = Number(/:(\d+)/.exec((await gateway.logLine(' listening ', 1)))[1] && /address=\S*?:(\d+)(?:\s|$)/.exec(gateway.logs(' listening ')[1])[1]);
  const [at, traffic] = [new Admin(own), new Admin(gateway.port)];
  assert.equal((await at.get('/routes')).status, 200);
  assert.equal((await traffic.get('/routes')).text, 'traffic');
  const path = async (port, name) => (await fetch(`http://127.0.0.1:${port}${name}`)).text();
  assert.match(await path(own, '/metrics'), /fastgate_/);
  assert.equal(await path(gateway.port, '/metrics'), 'traffic');
  assert.match(await path(gateway.port, '/health'), /"ok"/);
  assert.equal((await fetch(`http://127.0.0.1:${own}/other`)).status, 404);
});

test('the pages are served with a policy, an ETag and compressed', { timeout }, async (t) => {
  const { admin } = await startAdmin(t);
  for (const path of ['', '/', '/dashboard', '/ui']) {
    const moved = await admin.get(path);
    assert.equal(moved.status, 302, path);
    assert.doesNotMatch(moved.headers.location, /^\//, 'a proxy may put a path before it');
    assert.equal(new URL(moved.headers.location, `http://a/admin${path}`).pathname, '/admin/ui/');
  }
  const page = await admin.get('/ui/');
  assert.equal(page.status, 200);
  assert.match(page.headers['content-type'], /^text\/html/);
  assert.match(page.headers['content-security-policy'], /default-src 'none'; script-src 'self'/);
  assert.equal(page.headers['x-content-type-options'], 'nosniff');
  assert.match(page.text, /<html/i);
  assert.equal((await admin.get('/ui/', { 'If-None-Match': page.headers.etag })).status, 304);
  assert.equal((await admin.get('/ui/', { 'Accept-Encoding': 'gzip' })).headers['content-encoding'], 'gzip');
  assert.equal((await admin.get('/ui/../../etc/passwd')).status, 404);
});
