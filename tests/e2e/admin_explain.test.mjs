// What `explain` and the test of a route say is what an upstream really receives.
import assert from 'node:assert/strict';
import test from 'node:test';
import { startAdmin } from './support/admin.mjs';
import { connect } from './support/raw_client.mjs';
import { answering, startHttpUpstream, startUpstream } from './support/upstream.mjs';

const timeout = 60_000;

const routesTo = (host) => [
  { route_id: 'chat', match_path: '/v1/chat/*', match_method: 'POST', target_host: host, target_path: '/api/chat', auth: 'none',
    add_headers: { Authorization: 'Bearer sk-upstream', 'X-Client': '{client_ip}' }, remove_headers: ['X-Remove-This'] },
  { route_id: 'model', match_path: '/v2*', match_method: 'POST', match_body_schema: { model: 'big' }, target_host: host, target_path: '/big', auth: 'none',
    add_body_fields: { max_tokens: 2048 }, remove_body_fields: ['seed'], priority: 10 },
  { route_id: 'fallback', match_path: '/v2*', target_host: host, auth: 'none', priority: 80 },
  { route_id: 'user', match_path: '/user/{id}', target_host: host, target_path: '/people/{id}/profile', auth: 'none' },
  { route_id: 'prefix', match_path: '/strip/*', target_host: host, target_path: '/under', strip_path_prefix: true, auth: 'none' },
  { route_id: 'team', match_path: '/*', match_headers: { 'X-Team': 'regex:^(red|blue)$' }, target_host: host, auth: 'none', priority: 90 },
];

// Requests of many shapes, the same at every run.
function requests() {
  const shapes = [
    (i) => ({ method: 'POST', path: `/v1/chat/c${i}?q=${i}`, headers: { 'Content-Type': 'application/json', 'X-Remove-This': 'x', 'X-Keep': `k${i}` }, body: `{"n":${i}}` }),
    (i) => ({ method: 'POST', path: `/v2/x${i}`, headers: { 'Content-Type': 'application/json' }, body: `{"model":"big", "seed": ${i}, "a" : [1]}` }),
    (i) => ({ method: 'POST', path: `/v2/y${i}`, headers: { 'Content-Type': 'application/json' }, body: `{"model":"small${i}"}` }),
    (i) => ({ method: 'GET', path: `/user/${i}%20a`, headers: { Accept: 'text/plain' } }),
    (i) => ({ method: 'DELETE', path: `/strip/a/b${i}?x=%2F`, headers: {} }),
    (i) => ({ method: 'PUT', path: `/any/${i}`, headers: { 'X-Team': i % 2 ? 'red' : 'BLUE', 'Content-Type': 'text/plain' }, body: `text ${i}` }),
  ];
  return Array.from({ length: 100 }, (_, i) => shapes[i % shapes.length](i));
}

test('a hundred explained requests are what the upstream receives', { timeout }, async (t) => {
  const upstream = await startUpstream(t, answering());
  const gateway = await startAdmin(t, { routes: routesTo(upstream.host) });
  const client = await connect(t, gateway.port);
  for (const [index, { method, path, headers, body }] of requests().entries()) {
    const sent = { Host: 'client.example', ...headers };
    const { status, json, text } = await gateway.admin.post('/explain', { method, path, headers: sent, body });
    assert.equal(status, 200, text);
    assert.ok(json.upstream_request, `${method} ${path}: ${text}`);
    const lines = Object.entries(body === undefined ? sent : { ...sent, 'Content-Length': Buffer.byteLength(body) }).map(([name, value]) => `${name}: ${value}\r\n`);
    await client.request(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body ?? ''}`);
    const received = await upstream.requestAt(index);
    const told = json.upstream_request;
    assert.equal(received.method, told.method);
    assert.equal(`http://${upstream.host}${received.target}`, told.url);
    assert.equal(received.text || null, told.body || null);
    const names = received.fields.map(([name]) => name);
    assert.deepEqual(names.map((name) => name.toLowerCase()).sort(), Object.keys(told.headers).map((name) => name.toLowerCase()).sort(), text);
    for (const [name, value] of received.fields) {
      if (name === 'X-Request-Id' || told.headers[name] === '***') continue;
      assert.equal(told.headers[name], value, `${name} of ${method} ${path}`);
    }
    assert.equal(told.headers.Authorization ?? '***', '***');
  }
});

test('an explanation names the candidates and why others were passed over', { timeout }, async (t) => {
  const { admin } = await startAdmin(t, { routes: routesTo('127.0.0.1:9') });
  const { json } = await admin.post('/explain', { method: 'POST', path: '/v2/x', body: { model: 'big' }, headers: { 'Content-Type': 'application/json' } });
  assert.deepEqual(json.candidates, ['model', 'fallback']);
  assert.match(json.trace, /route: model/);
  const none = await admin.post('/explain', { path: '/nowhere' });
  assert.equal(none.json.route_id, null);
  assert.ok(none.json.rejected.length > 0);
  assert.equal((await admin.post('/explain', { headers: [] })).status, 422);
  assert.equal((await admin.post('/explain', { key_id: 'fg_000000000000' })).status, 422);
});

test('a request is not explained or sent with a part of it unread', { timeout }, async (t) => {
  const { admin } = await startAdmin(t, { routes: [{ route_id: 'fixed', match_path: '/fixed', respond: { status: 203 } }] });
  for (const path of ['/explain', '/routes/fixed/test']) {
    for (const [given, detail] of [[{ path: '/fixed', keyid: 'fg_0123456789ab' }, '`keyid` is not known; did you mean `key_id`?'], [{ path: '/fixed', query: 'a=1' }, '`query` is not known']]) {
      const refused = await admin.post(path, given);
      assert.deepEqual([refused.status, refused.json.detail], [422, detail], path);
    }
  }
});

test('an id that a request brings goes on, and a request that tests a route is called as the call is', { timeout }, async (t) => {
  const seen = [];
  const upstream = await startHttpUpstream(t, (asked, answer) => { seen.push(asked.headers['x-request-id']); answer.end(); });
  const { admin, port } = await startAdmin(t, { routes: [{ route_id: 'all', match_path: '/*', target_host: upstream.host, auth: 'none' }] });
  const explained = async (id) => (await admin.post('/explain', { path: '/a', headers: { 'X-Request-Id': id } })).json.upstream_request.headers['X-Request-Id'];
  for (const id of ['mine-1', 'no id, it has blanks']) {
    await fetch(`http://127.0.0.1:${port}/a`, { headers: { 'X-Request-Id': id } });
    assert.equal(await explained(id), id === 'mine-1' ? seen.at(-1) : 'req_000000000000000000000000');
  }
  assert.equal(seen[0], 'mine-1');
  const tested = await admin.post('/routes/all/test', { path: '/a' });
  assert.match(seen.at(-1), /^req_[0-9a-f]{24}$/);
  assert.equal(seen.at(-1), tested.headers['x-request-id']);
  await admin.post('/routes/all/test', { path: '/a', headers: { 'X-Request-Id': 'mine-2' } });
  assert.equal(seen.at(-1), 'mine-2');
});

test('a route is tested by a real request to its target', { timeout }, async (t) => {
  const seen = [];
  const upstream = await startHttpUpstream(t, (asked, answer) => {
    let body = '';
    asked.on('data', (piece) => { body += piece; }).on('end', () => {
      seen.push({ method: asked.method, url: asked.url, authorization: asked.headers.authorization, body });
      answer.writeHead(asked.url === '/people/1/profile' ? 418 : 200, { 'X-Made': 'up' });
      answer.end('x'.repeat(20_000));
    });
  });
  const { admin } = await startAdmin(t, { routes: [...routesTo(upstream.host), { route_id: 'dead', match_path: '/dead', target_host: '127.0.0.1:1', auth: 'required' },
    { route_id: 'off', match_path: '/off', is_active: false, respond: { status: 200 } },
    { route_id: 'fixed', match_path: '/fixed', respond: { status: 203, body: 'fixed' } }] });
  const chat = (await admin.post('/routes/chat/test', { body: { n: 1 } })).json;
  assert.deepEqual([chat.matched, chat.status_code, chat.error_message], [true, 200, null]);
  assert.equal(chat.target_url, `http://${upstream.host}/api/chat`);
  assert.equal(chat.response_body, 'x'.repeat(10_240));
  assert.equal(chat.response_headers['X-Made'], 'up');
  assert.ok(chat.response_time_ms > 0);
  assert.deepEqual(seen[0], { method: 'POST', url: '/api/chat', authorization: 'Bearer sk-upstream', body: '{"n":1}' });
  assert.equal((await admin.post('/routes/user/test')).json.status_code, 418);
  const model = (await admin.post('/routes/model/test')).json;
  assert.deepEqual([model.matched, seen.at(-1).body], [true, '{"model":"big","max_tokens":2048}']);
  const second = (await admin.post('/routes/fallback/test', { method: 'POST', path: '/v2/a', body: { model: 'big' }, headers: { 'Content-Type': 'application/json' } })).json;
  assert.deepEqual([second.matched, second.chosen_route_id, second.status_code], [true, 'model', 200]);
  const other = (await admin.post('/routes/chat/test', { path: '/user/1', method: 'GET' })).json;
  assert.deepEqual([other.matched, other.status_code, other.chosen_route_id], [false, null, 'user']);
  assert.equal(other.error_message, 'the request does not fit this route: method is GET, not POST');
  const elsewhere = (await admin.post('/routes/chat/test', { path: '/nowhere' })).json;
  assert.match(elsewhere.error_message, /^the request does not fit this route: path does not fit '\/.*'$/);
  assert.equal((await admin.post('/routes/off/test')).json.error_message, 'the route is switched off');
  const dead = (await admin.post('/routes/dead/test')).json;
  assert.deepEqual([dead.matched, dead.status_code], [true, null]);
  assert.ok(dead.error_message);
  assert.deepEqual([(await admin.post('/routes/fixed/test')).json.response_body], ['fixed']);
  assert.equal((await admin.post('/routes/none/test')).status, 404);
});
