// Every call of the admin API leaves a record of who made it, apart from the traffic and its statistics.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Admin } from './support/admin.mjs';
import { eventually, run, startGateway } from './support/gateway.mjs';
import { filesBelow, sha256 } from './support/keys.mjs';

const timeout = 60_000;
const roles = ['admin', 'operator', 'viewer'];
const tokenOf = (role) => `secret-of-${role}`;
const tokens = roles.map((role) => ({ name: `the-${role}`, role, token_sha256: sha256(tokenOf(role)) }));
const bearer = (role) => ({ Authorization: `Bearer ${tokenOf(role)}` });
const fixed = { route_name: 'made', match_path: '/made', auth: 'none', respond: { status: 200, body: 'x' } };

async function start(t) {
  const gateway = await startGateway(t, {
    admin: { tokens }, database: { enabled: true }, include: ['conf.d/*.yaml'],
    routes: [{ route_id: 'all', match_path: '/*', auth: 'none', respond: { status: 200, body: 'traffic' } }],
  });
  gateway.admin = new Admin(gateway.port);
  // The records of one listing, oldest first, without the calls that ask for them.
  gateway.listed = async (query) => (await gateway.admin.get(`/logs?order=asc&limit=1000&${query}`, bearer('viewer'))).json.items
    .filter(({ path }) => path !== '/admin/logs');
  return gateway;
}

const told = ({ actor, actor_role, actor_via, method, path, status_code }) => [actor, actor_role, actor_via, method, path, status_code];

test('who called what and what became of it can be looked up', { timeout }, async (t) => {
  const gateway = await start(t);
  const { admin } = gateway;
  const began = Date.now();
  await admin.post('/routes', fixed, bearer('operator'));
  await admin.get('/keys', bearer('viewer'));
  await admin.post('/keys', { source_path: 'a' }, bearer('viewer'));
  await admin.get(`/status?token=${tokenOf('admin')}`);
  await admin.get('/status', { Authorization: 'Bearer a-wrong-secret' });
  await admin.put('/routes', {}, bearer('operator'));
  await admin.get('/nothing', bearer('admin'));
  const login = await admin.post('/session', { token: tokenOf('operator') });
  const Cookie = login.headers['set-cookie'][0].split(';')[0];
  await admin.post('/routes/made/toggle', undefined, { Cookie, 'X-CSRF-Token': login.json.csrf_token });
  const items = await eventually(async () => {
    const found = await gateway.listed('kind=admin');
    return found.length >= 9 && found.every(({ stage }) => stage === 'complete') && found;
  }, 'the whole records of nine calls');
  assert.deepEqual(items.map(told), [
    ['the-operator', 'operator', 'token', 'POST', '/admin/routes', 201],
    ['the-viewer', 'viewer', 'token', 'GET', '/admin/keys', 200],
    ['the-viewer', 'viewer', 'token', 'POST', '/admin/keys', 403],
    ['the-admin', 'admin', 'token', 'GET', '/admin/status', 200],
    [null, null, null, 'GET', '/admin/status', 401],
    ['the-operator', 'operator', 'token', 'PUT', '/admin/routes', 405],
    ['the-admin', 'admin', 'token', 'GET', '/admin/nothing', 404],
    ['the-operator', 'operator', 'token', 'POST', '/admin/session', 200],
    ['the-operator', 'operator', 'session', 'POST', '/admin/routes/made/toggle', 200],
  ]);
  for (const item of items) {
    assert.deepEqual([item.kind, item.ip_address, item.key_id, item.source_path, item.stage], ['admin', '127.0.0.1', null, null, 'complete']);
    const at = Date.parse(item.request_time);
    assert.ok(at >= began - 1000 && at <= Date.now() + 1000, item.request_time);
    assert.match(item.request_id, /^req_/);
  }
  assert.equal(items[3].query, 'token=***');
  assert.deepEqual((await gateway.listed('actor=the-operator')).map(({ path }) => path), ['/admin/routes', '/admin/routes', '/admin/session', '/admin/routes/made/toggle']);
  assert.deepEqual((await gateway.listed('kind=admin&status_code=401')).map(({ path }) => path), ['/admin/status']);
  const one = await admin.get(`/logs/${items[0].id}`, bearer('viewer'));
  assert.deepEqual(told(one.json), told(items[0]));
  const shown = run(['-c', gateway.file('fastgate.yaml'), '-p', gateway.folder, 'logs', '--kind', 'admin', '--actor', 'the-viewer', '--path', '/admin/keys', '--format', 'csv', '--fields', 'actor,actor_role,method,status_code,kind']);
  assert.equal(shown.stdout, 'actor,actor_role,method,status_code,kind\r\nthe-viewer,viewer,GET,200,admin\r\nthe-viewer,viewer,POST,403,admin\r\n', shown.output);
  await gateway.stop();
  const written = filesBelow(gateway.folder);
  for (const secret of [...roles.map(tokenOf), 'a-wrong-secret', login.json.csrf_token, Cookie.split('=')[1]]) {
    for (const { name, text } of written) assert.ok(!text.includes(secret), `${secret} stands in ${name}`);
  }
});

test('listings, exports and statistics are of the traffic alone', { timeout }, async (t) => {
  const gateway = await start(t);
  const { admin } = gateway;
  for (let i = 0; i < 5; ++i) {
    assert.equal(await (await fetch(`${gateway.url}/one/${i}`)).text(), 'traffic');
    assert.equal((await admin.get('/routes', bearer('viewer'))).status, 200);
    assert.equal((await admin.get('/routes')).status, 401);
    assert.equal((await fetch(`${gateway.url}/health`)).status, 200);
    assert.equal((await fetch(`${gateway.url}/admin/ui/`)).status, 200);
  }
  await eventually(async () => (await gateway.listed('path=/admin/routes&kind=admin')).length === 10, 'the records of the calls');
  await eventually(async () => (await gateway.listed('')).length === 5, 'the records of the requests');
  const paths = async (query) => new Set((await gateway.listed(query)).map(({ path }) => path));
  assert.ok([...await paths('')].every((path) => path.startsWith('/one/')));
  // The pages' own files are no calls, nor are /health and /metrics.
  assert.deepEqual(await paths('kind=admin'), new Set(['/admin/routes']));
  assert.equal((await paths('kind=all')).size, 6);
  const exported = (await admin.get('/logs/export?format=ndjson', bearer('viewer'))).text.trim().split('\n').map((line) => JSON.parse(line));
  assert.deepEqual(exported.map(({ path, kind }) => [path, kind]), Array.from({ length: 5 }, (_, i) => [`/one/${i}`, 'traffic']));
  const { json } = await admin.get('/metrics', bearer('viewer'));
  assert.deepEqual([json.total_requests, json.total_errors, json.status_distribution['4xx'] ?? 0], [5, 0, 0]);
  assert.ok(json.top_paths.every(({ path }) => path.startsWith('/one/')), JSON.stringify(json.top_paths));
  assert.equal((await admin.get('/metrics/hourly?hours=24', bearer('viewer'))).json.items.reduce((sum, item) => sum + item.total_requests, 0), 5);
  assert.equal((await admin.get('/logs?kind=none', bearer('viewer'))).status, 422);
});

test('a call whose client leaves, and one whose body never ends, are recorded too', { timeout }, async (t) => {
  const gateway = await start(t);
  const { connect } = await import('./support/raw_client.mjs');
  const client = await connect(t, gateway.port);
  await client.write(`POST /admin/routes HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${tokenOf('operator')}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{`);
  const begun = await eventually(async () => (await gateway.listed('kind=admin'))[0], 'the record of a call that has begun');
  assert.deepEqual([begun.stage, begun.actor, begun.path, begun.status_code], ['begun', 'the-operator', '/admin/routes', null]);
  assert.deepEqual(await gateway.listed(''), []);
  client.destroy();
  const ended = await eventually(async () => (await gateway.listed('kind=admin')).find(({ stage }) => stage === 'complete'), 'its end');
  assert.deepEqual([ended.id, ended.actor, ended.status_code], [begun.id, 'the-operator', 499]);
  assert.equal((await gateway.admin.get('/metrics', bearer('viewer'))).json.total_requests, 0);
});
