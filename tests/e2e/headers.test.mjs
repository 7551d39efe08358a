// What happens to the fields of a message, both ways.
import assert from 'node:assert/strict';
import test from 'node:test';
import { gatewayTo, startGateway, route } from './support/gateway.mjs';
import { connect, get, post, request, send } from './support/raw_client.mjs';
import { answering, startUpstream } from './support/upstream.mjs';

const timeout = 20_000;

// The fields that the upstream got for a request with `headers`.
async function forwarded(t, headers, { route: fields, ...config } = {}) {
  const upstream = await startUpstream(t);
  const gateway = await gatewayTo(t, upstream, { route: fields, ...config });
  const answer = await send(t, gateway.port, typeof headers === 'string' ? headers : get('/', headers));
  assert.equal(answer.status, 200);
  return { asked: upstream.requests[0], answer, upstream, gateway };
}

test('order and spelling of request fields are kept', { timeout }, async (t) => {
  const { asked } = await forwarded(t, { 'x-FIRST': '1', Accept: 'a/b', 'X-Many': ['one', 'two'], 'x-last': 'a,  b' });
  const own = asked.fields.filter(([name]) => /^(x-first|accept|x-many|x-last)$/i.test(name));
  assert.deepEqual(own, [['x-FIRST', '1'], ['Accept', 'a/b'], ['X-Many', 'one'], ['X-Many', 'two'], ['x-last', 'a,  b']]);
});

test('order and spelling of answer fields are kept', { timeout }, async (t) => {
  const upstream = await startUpstream(t, answering((asked, connection) => connection.answer('ok',
    'x-FIRST: 1\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nSERVER: own\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n')));
  const gateway = await gatewayTo(t, upstream);
  const answer = await send(t, gateway.port, get('/'));
  const own = answer.fields.filter(([name]) => /^(x-first|set-cookie|server|date)$/i.test(name));
  assert.deepEqual(own, [['x-FIRST', '1'], ['Set-Cookie', 'a=1'], ['Set-Cookie', 'b=2'], ['SERVER', 'own'],
    ['Date', 'Thu, 01 Jan 1970 00:00:00 GMT']]);
});

test('the reason phrase is passed on', { timeout }, async (t) => {
  const upstream = await startUpstream(t, answering((asked, connection) => connection.write('HTTP/1.1 299 Rather Good\r\nContent-Length: 0\r\n\r\n')));
  const gateway = await gatewayTo(t, upstream);
  const answer = await send(t, gateway.port, get('/'));
  assert.equal(`${answer.status} ${answer.reason}`, '299 Rather Good');
});

test('hop-by-hop fields of a request are taken off', { timeout }, async (t) => {
  const { asked } = await forwarded(t, {
    'Keep-Alive': 'timeout=5', 'Proxy-Connection': 'keep-alive', 'Proxy-Authorization': 'Basic eDp5', TE: 'trailers, deflate',
    'X-Kept': 'yes',
  });
  for (const name of ['keep-alive', 'proxy-connection', 'proxy-authorization']) assert.equal(asked.header(name), undefined, name);
  assert.doesNotMatch(asked.header('te') ?? '', /deflate/);
  assert.equal(asked.header('x-kept'), 'yes');
});

test('fields that Connection nominates are taken off', { timeout }, async (t) => {
  const { asked } = await forwarded(t, {
    Connection: 'X-One, x-two ,,keep-alive', 'X-One': '1', 'X-Two': '2', 'X-Three': '3',
  });
  assert.equal(asked.header('x-one'), undefined);
  assert.equal(asked.header('x-two'), undefined);
  assert.equal(asked.header('x-three'), '3');
  assert.doesNotMatch(asked.header('connection') ?? '', /x-one|x-two/i);
});

test('Connection can take neither Host nor framing off', { timeout }, async (t) => {
  const upstream = await startUpstream(t);
  const gateway = await gatewayTo(t, upstream);
  const answer = await send(t, gateway.port, request('POST', '/', { Connection: 'Host, Content-Length, Transfer-Encoding' }, 'four'));
  if (answer.status === 200) {
    const [asked] = upstream.requests;
    assert.ok(asked.header('host'));
    assert.equal(asked.text, 'four');
  } else {
    assert.equal(answer.status, 400);
  }
});

test('hop-by-hop and nominated fields of an answer are taken off', { timeout }, async (t) => {
  const upstream = await startUpstream(t, answering((asked, connection) => connection.answer('ok',
    'Connection: X-Inner, keep-alive\r\nX-Inner: 1\r\nKeep-Alive: timeout=5\r\nProxy-Authenticate: Basic\r\nX-Outer: 2\r\n')));
  const gateway = await gatewayTo(t, upstream);
  const answer = await send(t, gateway.port, get('/'));
  for (const name of ['x-inner', 'keep-alive', 'proxy-authenticate']) assert.equal(answer.header(name), undefined, name);
  assert.equal(answer.header('x-outer'), '2');
});

test('Host is the target\'s; the client\'s is in X-Forwarded-Host', { timeout }, async (t) => {
  const { asked, upstream } = await forwarded(t, { Host: 'api.example.com' });
  assert.equal(asked.header('host'), upstream.host);
  assert.equal(asked.header('x-forwarded-host'), 'api.example.com');
  assert.equal(asked.header('x-forwarded-proto'), 'http');
  assert.equal(asked.header('x-forwarded-for'), '127.0.0.1');
  assert.equal(asked.header('x-real-ip'), '127.0.0.1');
});

test('forwarding fields of an untrusted client are replaced', { timeout }, async (t) => {
  const { asked } = await forwarded(t, {
    'X-Forwarded-For': '1.2.3.4', 'x-forwarded-proto': 'https', 'X-Forwarded-Host': 'evil.test', 'X-Real-IP': '1.2.3.4',
  });
  assert.deepEqual(asked.headers('x-forwarded-for'), ['127.0.0.1']);
  assert.deepEqual(asked.headers('x-forwarded-proto'), ['http']);
  assert.deepEqual(asked.headers('x-forwarded-host'), ['gateway.test']);
  assert.deepEqual(asked.headers('x-real-ip'), ['127.0.0.1']);
});

test('a trusted proxy is believed', { timeout }, async (t) => {
  const { asked } = await forwarded(t, { 'X-Forwarded-For': '203.0.113.7', 'X-Forwarded-Proto': 'https', 'X-Forwarded-Host': 'outer.test' },
    { server: { trusted_proxies: ['127.0.0.1/32'] } });
  assert.match(asked.header('x-forwarded-for'), /^203\.0\.113\.7, ?127\.0\.0\.1$/);
  assert.equal(asked.header('x-forwarded-proto'), 'https');
  assert.equal(asked.header('x-forwarded-host'), 'outer.test');
  assert.equal(asked.header('x-real-ip'), '203.0.113.7');
});

test('every request gets an id, the same for upstream, answer and log', { timeout }, async (t) => {
  const { asked, answer, gateway } = await forwarded(t, {});
  const id = answer.header('x-request-id');
  assert.match(id, /^req_[0-9a-f]{24}$/);
  assert.equal(asked.header('x-request-id'), id);
  assert.match(await gateway.logLine('Request forwarded'), new RegExp(`request_id=${id}`));
  assert.notEqual((await send(t, gateway.port, get('/'))).header('x-request-id'), id);
});

test('a usable request id of the client is carried on, any other is replaced', { timeout }, async (t) => {
  const { asked, answer, gateway } = await forwarded(t, { 'X-Request-Id': 'trace-17.a' });
  assert.equal(asked.header('x-request-id'), 'trace-17.a');
  assert.deepEqual(answer.headers('x-request-id'), ['trace-17.a']);
  for (const bad of ['two words', 'x'.repeat(200), '<script>', '']) {
    assert.match((await send(t, gateway.port, get('/', { 'X-Request-Id': bad }))).header('x-request-id'), /^req_[0-9a-f]{24}$/);
  }
});

test('strip_headers takes fields off every request', { timeout }, async (t) => {
  const { asked } = await forwarded(t, { 'X-Secret': 'a', Cookie: 'b', 'X-Other': 'c' },
    { proxy: { strip_headers: ['x-secret', 'Cookie'] } });
  assert.equal(asked.header('x-secret'), undefined);
  assert.equal(asked.header('cookie'), undefined);
  assert.equal(asked.header('x-other'), 'c');
});

test('add_headers sets and replaces, remove_headers takes off', { timeout }, async (t) => {
  const { asked, answer } = await forwarded(t, { Authorization: 'Bearer mine', 'X-Gone': '1', 'X-Client': 'forged' }, {
    route: {
      add_headers: { Authorization: 'Bearer theirs', 'X-Client': '{client_ip}', 'X-Id': 'id-{request_id}' },
      remove_headers: ['x-gone'],
    },
  });
  assert.deepEqual(asked.headers('authorization'), ['Bearer theirs']);
  assert.deepEqual(asked.headers('x-client'), ['127.0.0.1']);
  assert.equal(asked.header('x-id'), `id-${answer.header('x-request-id')}`);
  assert.equal(asked.header('x-gone'), undefined);
});

test('values from the environment reach the upstream', { timeout }, async (t) => {
  const upstream = await startUpstream(t);
  const gateway = await startGateway(t, { routes: [route(upstream.host, { add_headers: { Authorization: 'Bearer ${E2E_SECRET}', 'X-Else': '${E2E_NONE:-other}', 'X-File': '${file:secret.txt}' } })] },
    { env: { E2E_SECRET: 'from-outside' }, files: { 'secret.txt': 'in-a-file\n' } });
  await send(t, gateway.port, get('/'));
  const [asked] = upstream.requests;
  assert.equal(asked.header('authorization'), 'Bearer from-outside');
  assert.equal(asked.header('x-else'), 'other');
  assert.equal(asked.header('x-file'), 'in-a-file');
});

test('answer fields are added and removed', { timeout }, async (t) => {
  const upstream = await startUpstream(t, answering((asked, connection) => connection.answer('ok', 'Server: x\r\nX-Old: 1\r\n')));
  const gateway = await gatewayTo(t, upstream, {
    route: { add_response_headers: { 'X-Old': '2', 'X-New': '3' }, remove_response_headers: ['server'] },
  });
  const answer = await send(t, gateway.port, get('/'));
  assert.deepEqual(answer.headers('x-old'), ['2']);
  assert.equal(answer.header('x-new'), '3');
  assert.equal(answer.header('server'), undefined);
});

test('errors of a route have its answer fields, but for secrets: pages of other origins can read them', { timeout }, async (t) => {
  const upstream = await startUpstream(t);
  const add_response_headers = { 'Access-Control-Allow-Origin': '*', 'X-Secret': '${A_SECRET}', 'Retry-After': '9', 'Content-Type': 'text/plain' };
  const gateway = await startGateway(t, { routes: [
    { match_path: '/closed', target_host: upstream.host, add_response_headers },
    { match_path: '/down', auth: 'none', retry_count: 0, target_host: '127.0.0.1:1', add_response_headers },
    { match_path: '/small', auth: 'none', max_body_size: 1, target_host: upstream.host, add_response_headers },
    { match_path: '/busy', auth: 'none', rate_limit: 1, target_host: upstream.host, add_response_headers },
  ] }, { env: { A_SECRET: 'secret-value' } });
  await send(t, gateway.port, get('/busy'));
  for (const [target, status, body] of [['/closed', 401], ['/down', 502], ['/small', 413, 'xyz'], ['/busy', 429]]) {
    const answer = await send(t, gateway.port, body ? post(target, body) : get(target));
    assert.deepEqual([answer.status, answer.header('access-control-allow-origin'), answer.header('x-secret')], [status, '*', undefined], target);
    assert.match(answer.header('content-type'), /json/);
    assert.match(answer.header('retry-after'), status === 429 ? /^[1-9]\d*$/ : /^9$/);
  }
  assert.equal((await send(t, gateway.port, get('/nowhere'))).header('access-control-allow-origin'), undefined);
});

test('an error before a route is chosen has the answer fields of the best-placed one', { timeout }, async (t) => {
  const upstream = await startUpstream(t);
  const to = (match_path, fields) => ({ match_path, target_host: upstream.host, ...fields });
  const model = (name, fields) => ({ match_body_schema: { model: name }, add_response_headers: { 'Access-Control-Allow-Origin': `https://${name}` }, ...fields });
  const gateway = await startGateway(t, {
    server: { client_body_timeout: '100ms' }, proxy: { inspect_limit: 1024 }, admin: { auth: 'none' },
    routes: [
      to('/keyed', model('b', { priority: 2 })), to('/keyed', model('a', { priority: 1 })),
      to('/open/{name}', model('a', { auth: 'none', add_response_headers: { 'Access-Control-Allow-Origin': '{name}' } })),
      to('/changed', { auth: 'none', add_body_fields: { x: 1 }, add_response_headers: { 'Access-Control-Allow-Origin': '*' } }),
      to('/*', { auth: 'none', priority: 900, match_method: 'GET', add_response_headers: { 'Access-Control-Allow-Origin': 'no' } }),
    ],
  });
  const json = { 'Content-Type': 'application/json' };
  const large = `"${'x'.repeat(2000)}"`;
  for (const [target, body, status, origin, fields] of [
    ['/keyed', '{"model": "b"}', 401, 'https://a'],
    ['/open/me', '{"model": "c"}', 404, 'me'],
    ['/open/me', large, 413, 'me'],
    ['/open/me', '{', 408, 'me', { 'Content-Length': '9' }],
    ['/changed', large, 413, '*'],
    ['/nowhere', '{}', 404, undefined],
    ['/admin/keys', '{}', 403, undefined],
    ['/open/%zz', '{}', 400, undefined],
  ]) {
    const answer = await send(t, gateway.port, post(target, body, { ...json, ...fields }));
    assert.deepEqual([answer.status, answer.header('access-control-allow-origin')], [status, origin], target);
  }
});

test('the client\'s Authorization passes where a route asks for no key', { timeout }, async (t) => {
  const { asked } = await forwarded(t, { Authorization: 'Bearer sk-own' });
  assert.equal(asked.header('authorization'), 'Bearer sk-own');
});

test('an absolute request target is forwarded in origin form, its host taken', { timeout }, async (t) => {
  const { asked } = await forwarded(t, 'GET http://other.test/a?b HTTP/1.1\r\nHost: other.test\r\n\r\n');
  assert.equal(asked.target, '/a?b');
  assert.equal(asked.header('x-forwarded-host'), 'other.test');
});

test('fields with bytes beyond ASCII pass unchanged', { timeout }, async (t) => {
  const { asked } = await forwarded(t, { 'X-Bytes': 'caf\xe9 \xff' });
  assert.equal(asked.header('x-bytes'), 'caf\xe9 \xff');
});

test('a hundred fields pass', { timeout }, async (t) => {
  const fields = Object.fromEntries(Array.from({ length: 100 }, (_, number) => [`X-Field-${number}`, `${number}`]));
  const { asked } = await forwarded(t, fields);
  for (const [name, value] of Object.entries(fields)) assert.equal(asked.header(name), value);
});

test('Date is added to the gateway\'s own answers', { timeout }, async (t) => {
  const gateway = await startGateway(t, { routes: [{ match_path: '/*', auth: 'none', respond: { status: 200, body: 'x' } }] });
  const client = await connect(t, gateway.port);
  assert.match((await client.request(get('/'))).header('date'), /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/);
});
