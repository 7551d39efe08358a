// Which route a request takes, and the request that leaves.
import assert from 'node:assert/strict';
import test from 'node:test';
import { run, startGateway } from './support/gateway.mjs';
import { get, request, send } from './support/raw_client.mjs';
import { answering, startUpstream } from './support/upstream.mjs';

const timeout = 20_000;

// Routes that answer with their own id, so that no upstream is needed.
const fixed = (route_id, fields) => ({ route_id, auth: 'none', respond: { status: 200, body: route_id }, ...fields });

async function routed(t, routes, texts) {
  const gateway = await startGateway(t, { routes });
  const found = [];
  for (const text of texts) {
    const answer = await send(t, gateway.port, text);
    found.push(answer.status === 200 ? answer.text : answer.status);
  }
  return found;
}

const forms = [
  ['/v1/*', { '/v1/': true, '/v1/a': true, '/v1/a/b/c': true, '/v1': false, '/v10': false, '/x/v1/a': false }],
  ['/v2*', { '/v2': true, '/v2/': true, '/v20': true, '/v2x/y': true, '/v1': false, '/V2': false }],
  ['/api/v2/**', { '/api/v2/a': true, '/api/v2/a/b': true, '/api/v3/a': false }],
  ['/exact/path', { '/exact/path': true, '/exact/path/': false, '/exact': false, '/exact/path?q': true }],
  ['/user/{id}', { '/user/1': true, '/user/a.b': true, '/user/': false, '/user/1/2': false, '/user': false }],
  ['*.json', { '/a.json': true, '/a/b/c.json': true, '/.json': true, '/a.jsonx': false, '/json': false }],
  ['~^/v[12]/.*$', { '/v1/': true, '/v2/abc': true, '/v3/': false, '/x/v1/': false }],
];
for (const [pattern, paths] of forms) {
  test(`match_path ${pattern}`, { timeout }, async (t) => {
    const found = await routed(t, [fixed('hit', { match_path: pattern })], Object.keys(paths).map((path) => get(path)));
    assert.deepEqual(Object.fromEntries(Object.keys(paths).map((path, index) => [path, found[index]])),
      Object.fromEntries(Object.entries(paths).map(([path, hit]) => [path, hit ? 'hit' : 404])));
  });
}

test('paths are matched decoded and without dot segments', { timeout }, async (t) => {
  const routes = [fixed('admin', { match_path: '/private/*' }), fixed('other', { match_path: '/*', priority: 200 })];
  const paths = ['/%70rivate/x', '/a/../private/x', '/./private/x', '/a/%2e%2e/private/x', '/private%2Fx', '/%2Fprivate/x', '/PRIVATE/x'];
  assert.deepEqual(await routed(t, routes, paths.map((path) => get(path))),
    ['admin', 'admin', 'admin', 'admin', 'admin', 'other', 'other']);
});

test('what only looks like another path is none, and what two servers would follow apart is 400', { timeout }, async (t) => {
  const routes = [fixed('private', { match_path: '/private/*' }), fixed('other', { match_path: '/*', priority: 200 })];
  const table = {
    private: ['/private//x', '/private/?x', '/a/..%2fprivate/x', '/a%2f%2e%2e%2fprivate%2fx', '/a/././../private/x', 'http://b/a/../private/x'],
    other: ['//private/x', '/private', '/private;/x', '/private;a=b/x', '/private%20/x', '/private%5cx', '/private%3fx', '/private/..',
      '/private/../x', '/a/..;/private/x', '/a/%252e%252e/private/x', '/a/..%252fprivate/x', '/a/.../private/x', '/%70rivate%2f..%2fx'],
    400: ['/a//../private/x', '/a/b/..//../private/x', '/a/%2f../private/x', '/a/..%5cprivate/x', '/a%5c../private/x', '/a%5C%2e%2e%5Cprivate/x', '/a\\..\\private/x'],
  };
  for (const [name, paths] of Object.entries(table)) {
    const found = await routed(t, routes, paths.map((path) => get(path)));
    assert.deepEqual(Object.fromEntries(paths.map((path, index) => [path, String(found[index])])), Object.fromEntries(paths.map((path) => [path, name])));
  }
});

test('a path that leaves the root, holds NUL or a broken escape is 400', { timeout }, async (t) => {
  const paths = ['/../x', '/a/../../x', '/%2e%2e/x', '/a%00b', '/a%', '/a%zz', '/a%2'];
  assert.deepEqual(await routed(t, [fixed('hit', { match_path: '/*' })], paths.map((path) => get(path))), paths.map(() => 400));
});

test('the path is forwarded as it came', { timeout }, async (t) => {
  const upstream = await startUpstream(t);
  const gateway = await startGateway(t, { routes: [{ match_path: '/*', auth: 'none', target_host: upstream.host }] });
  const targets = ['/a%20b', '/a//b', '/a/./b/../c', '/%41', '/a?x=%2F&y=a+b', '/a?', '/a;p=1', '/~u/!$&\'()*+,='];
  for (const target of targets) await send(t, gateway.port, get(target));
  assert.deepEqual(upstream.requests.map((asked) => asked.target), targets);
});

test('methods', { timeout }, async (t) => {
  const routes = [fixed('read', { match_path: '/*', match_method: 'GET,HEAD' }), fixed('post', { match_path: '/*', match_method: 'POST' }),
    fixed('any', { match_path: '/any', match_method: 'ANY', priority: 50 })];
  assert.deepEqual(await routed(t, routes, [get('/x'), request('POST', '/x'), request('DELETE', '/x'), request('DELETE', '/any'), request('PATCH', '/any')]),
    ['read', 'post', 404, 'any', 'any']);
});

test('hosts', { timeout }, async (t) => {
  const routes = [
    fixed('exact', { match_path: '/*', match_host: 'api.example.com', priority: 1 }),
    fixed('port', { match_path: '/*', match_host: 'ported.test:8080', priority: 1 }),
    fixed('wild', { match_path: '/*', match_host: '*.example.com', priority: 2 }),
    fixed('rest', { match_path: '/*', priority: 3 }),
  ];
  const hosts = ['api.example.com', 'API.Example.COM', 'api.example.com:8000', 'x.example.com', 'a.b.example.com', 'example.com',
    'ported.test:8080', 'ported.test', 'other.test',
    'api.example.com.', 'api.example.com.:8000', 'PORTED.test.:8080', 'ported.test:80', 'ported.test:', 'x.example.com.', 'api.example.com..',
    '.example.com', 'xexample.com', 'example.com.x', 'api%2eexample.com', 'api.example.com:0'];
  assert.deepEqual(await routed(t, routes, hosts.map((Host) => get('/', { Host }))),
    ['exact', 'exact', 'exact', 'wild', 'wild', 'rest', 'port', 'rest', 'rest',
      'exact', 'exact', 'port', 'rest', 'rest', 'wild', 'rest', 'rest', 'rest', 'rest', 'rest', 'exact']);
  assert.deepEqual(await routed(t, routes, [get('http://api.example.com/', { Host: 'other.test' }), get('http://other.test/', { Host: 'api.example.com' })]), ['exact', 'rest']);
});

test('headers, plain and by regular expression', { timeout }, async (t) => {
  const routes = [
    fixed('plain', { match_path: '/*', match_headers: { 'x-tier': 'Gold' } }),
    fixed('both', { match_path: '/*', match_headers: { 'X-A': '1', 'X-B': 'regex:^v[0-9]+$' }, priority: 1 }),
  ];
  const cases = [
    [{ 'X-Tier': 'gold' }, 'plain'], [{ 'x-tier': 'silver' }, 404], [{}, 404],
    [{ 'X-A': '1', 'X-B': 'V12' }, 'both'], [{ 'X-A': '1', 'X-B': 'w12' }, 404], [{ 'X-A': '1' }, 404],
  ];
  assert.deepEqual(await routed(t, routes, cases.map(([headers]) => get('/', headers))), cases.map(([, expected]) => expected));
});

test('priority first, then the more specific pattern, then file order; inactive routes are not there', { timeout }, async (t) => {
  const routes = [
    fixed('wide', { match_path: '/*' }), fixed('deep', { match_path: '/a/b/*' }), fixed('middle', { match_path: '/a/*' }),
    fixed('urgent', { match_path: '/a/u*', priority: 1 }), fixed('late', { match_path: '/a/b/exact', priority: 500 }),
    fixed('same-1', { match_path: '/same' }), fixed('same-2', { match_path: '/same' }),
    fixed('off', { match_path: '/off', is_active: false, priority: 1 }),
  ];
  assert.deepEqual(await routed(t, routes, ['/x', '/a/b/c', '/a/c', '/a/u/b', '/a/b/exact', '/same', '/off'].map((path) => get(path))),
    ['wide', 'deep', 'middle', 'urgent', 'deep', 'same-1', 'wide']);
});

const rewrites = [
  [{ match_path: '/old', target_path: '/new' }, '/old?q=1', '/new?q=1'],
  [{ match_path: '/user/{id}/x', target_path: '/u/{id}' }, '/user/7/x', '/u/7'],
  [{ match_path: '/v1/*', target_path: '/api/*' }, '/v1/a/b?c', '/api/a/b?c'],
  [{ match_path: '/t/{tenant}/*', target_path: '/{tenant}/v2/*' }, '/t/acme/chat/x', '/acme/v2/chat/x'],
  [{ match_path: '/v1/*', strip_path_prefix: true }, '/v1/a/b', '/a/b'],
  [{ match_path: '/v1/*', strip_path_prefix: true, target_path: '/base/' }, '/v1/a/b', '/base/a/b'],
  [{ match_path: '/v1/*', strip_path_prefix: true, target_path: '/base' }, '/v1/a/b?x=1', '/base/a/b?x=1'],
  [{ match_path: '/v1/*', target_path: '/fixed' }, '/v1/a/b', '/fixed'],
];
for (const [fields, target, expected] of rewrites) {
  test(`${JSON.stringify(fields)} sends ${target} as ${expected}`, { timeout }, async (t) => {
    const upstream = await startUpstream(t);
    const gateway = await startGateway(t, { routes: [{ auth: 'none', target_host: upstream.host, ...fields }] });
    assert.equal((await send(t, gateway.port, get(target))).status, 200);
    assert.equal(upstream.requests[0].target, expected);
  });
}

test('a fixed answer: status, headers, body as text and as JSON', { timeout }, async (t) => {
  const gateway = await startGateway(t, {
    routes: [
      { match_path: '/text', auth: 'none', respond: { status: 418, headers: { 'X-Pot': 'tea' }, body: 'short and stout' } },
      { match_path: '/json', auth: 'none', respond: { status: 200, body: { ok: true } } },
    ],
  });
  const text = await send(t, gateway.port, get('/text'));
  assert.deepEqual([text.status, text.header('x-pot'), text.text], [418, 'tea', 'short and stout']);
  const json = await send(t, gateway.port, get('/json'));
  assert.match(json.header('content-type'), /^application\/json/);
  assert.deepEqual(json.json, { ok: true });
  const head = await send(t, gateway.port, request('HEAD', '/text'));
  assert.deepEqual([head.status, head.header('content-length'), head.body.length], [418, '15', 0]);
});

test('answer fields that a route adds and takes off are so of its fixed answer too, as explain says', { timeout }, async (t) => {
  const gateway = await startGateway(t, { admin: { auth: 'none' }, routes: [{
    match_path: '/x', auth: 'none', respond: { status: 200, headers: { 'X-Off': '1', 'X-Own': '1' }, body: 'x' },
    add_response_headers: { 'Access-Control-Allow-Origin': '*' }, remove_response_headers: ['x-off'],
  }] });
  const answer = await send(t, gateway.port, get('/x'));
  assert.deepEqual(['access-control-allow-origin', 'x-own', 'x-off'].map((name) => answer.header(name)), ['*', '1', undefined]);
  const explained = run(['explain', '-c', gateway.file('fastgate.yaml'), '-p', gateway.folder, '--json', 'GET', '/x']);
  assert.deepEqual(Object.keys(JSON.parse(explained.stdout).respond.headers), ['Content-Type', 'X-Own', 'Access-Control-Allow-Origin']);
});

test('a missing route names what was asked for: the method and the path, or the body', { timeout }, async (t) => {
  const gateway = await startGateway(t, { routes: [fixed('a', { match_path: '/a', match_body_schema: { model: 'x' } })] });
  const message = async (text) => (await send(t, gateway.port, text)).json.error.message;
  assert.equal(await message(get('/chat/completions?key=1')), 'no route matches GET /chat/completions');
  assert.equal(await message(request('POST', '/a', { 'Content-Type': 'application/json' }, '{"model": "y"}')),
    'no route matches POST /a with this body');
  assert.equal(await message(get('/a')), 'no route matches GET /a without a body');
  assert.equal(await message(get(`/${'x'.repeat(4000)}`)), `no route matches GET /${'x'.repeat(199)}…`);
});

test('OPTIONS * is answered by the gateway, TRACE is refused: neither reaches an upstream', { timeout }, async (t) => {
  const upstream = await startUpstream(t);
  const gateway = await startGateway(t, { routes: [
    { match_path: '*', auth: 'none', target_host: upstream.host, add_headers: { Authorization: 'Bearer backend-key' } },
  ] });
  const answer = await send(t, gateway.port, request('OPTIONS', '*'));
  assert.deepEqual([answer.status, answer.header('content-length')], [200, '0']);
  assert.match(answer.header('allow'), /GET.*POST/);
  const trace = await send(t, gateway.port, request('TRACE', '/'));
  assert.deepEqual([trace.status, trace.json.error.code], [501, 'not_implemented']);
  assert.equal((await send(t, gateway.port, request('OPTIONS', '/'))).status, 200);
  assert.deepEqual(upstream.requests.map(({ method, target }) => `${method} ${target}`), ['OPTIONS /']);
});

test('no route: 404 in the error form, and the connection stays', { timeout }, async (t) => {
  const gateway = await startGateway(t, { routes: [fixed('a', { match_path: '/a' })] });
  const answer = await send(t, gateway.port, get('/b'));
  assert.equal(answer.status, 404);
  assert.match(answer.header('content-type'), /^application\/json/);
  const { detail, error, request_id: id } = answer.json;
  assert.equal(typeof detail, 'string');
  assert.deepEqual(Object.keys(error).sort(), ['code', 'message', 'type']);
  assert.equal(id, answer.header('x-request-id'));
});

test('a named group of upstreams takes turns, by weight', { timeout }, async (t) => {
  const own = (name) => answering((asked, connection) => connection.answer(name));
  const [a, b] = [await startUpstream(t, own('a')), await startUpstream(t, own('b'))];
  const gateway = await startGateway(t, {
    upstreams: [{ name: 'pair', servers: [{ host: a.host, weight: 2 }, { host: b.host }] }],
    routes: [{ match_path: '/*', auth: 'none', upstream: 'pair' }],
  });
  const seen = [];
  for (let round = 0; round < 9; round++) seen.push((await send(t, gateway.port, get('/'))).text);
  assert.equal(seen.filter((name) => name === 'a').length, 6);
  assert.equal(seen.filter((name) => name === 'b').length, 3);
});

test('ten thousand routes are found', { timeout: 60_000 }, async (t) => {
  const routes = Array.from({ length: 10_000 }, (_, number) => fixed(`r${number}`, { match_path: `/service-${number}/*` }));
  const paths = [0, 1, 4_999, 9_999].map((number) => get(`/service-${number}/x`));
  assert.deepEqual(await routed(t, routes, paths), ['r0', 'r1', 'r4999', 'r9999']);
});

test('GET /health answers without a token', { timeout }, async (t) => {
  const gateway = await startGateway(t, { routes: [fixed('all', { match_path: '/x' })] });
  assert.equal((await send(t, gateway.port, get('/health'))).status, 200);
});
