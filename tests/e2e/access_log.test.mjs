// The access log's formats, and what the application log says of a request.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import test from 'node:test';
import { configOf, eventually, gatewayTo, run, startGateway, tempFolder } from './support/gateway.mjs';
import { connect, get, post, request, send } from './support/raw_client.mjs';
import { answering, startUpstream } from './support/upstream.mjs';

const timeout = 20_000;
const answered = answering((asked, connection) => connection.answer('twelve bytes'));
const asked = get('/a/b?c=d', { 'User-Agent': 'e2e/1.0', Referer: 'http://from.test/' });

async function logged(t, access_format, text = asked) {
  const gateway = await gatewayTo(t, await startUpstream(t, answered), { logging: { access_format } });
  const answer = await send(t, gateway.port, text);
  return { line: await gateway.accessLine(0), answer, gateway };
}

test('combined is nginx\'s', { timeout }, async (t) => {
  const { line } = await logged(t, 'combined');
  assert.match(line, /^127\.0\.0\.1 - - \[\d\d\/\w{3}\/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] "GET \/a\/b\?c=d HTTP\/1\.1" 200 12 "http:\/\/from\.test\/" "e2e\/1\.0"$/);
});

test('combined writes a dash for what is absent', { timeout }, async (t) => {
  const { line } = await logged(t, 'combined', 'GET /x HTTP/1.1\r\nHost: a\r\n\r\n');
  assert.match(line, /"GET \/x HTTP\/1\.1" 200 12 "-" "-"$/);
});

test('json is one object a line', { timeout }, async (t) => {
  const { line, answer } = await logged(t, 'json', get('/a"b\\?x', { 'User-Agent': 'quote " back \\ tab \t end' }).replace('/a"b\\?x', '/a%22b?x'));
  const entry = JSON.parse(line);
  assert.equal(entry.method, 'GET');
  assert.equal(entry.path, '/a%22b');
  assert.equal(entry.status_code, 200);
  assert.equal(entry.request_id, answer.header('x-request-id'));
  assert.equal(entry.user_agent, 'quote " back \\ tab \t end');
  assert.equal(entry.response_size, 12);
});

test('logfmt is key=value', { timeout }, async (t) => {
  const { line, answer } = await logged(t, 'logfmt');
  assert.match(line, /(^| )method=GET( |$)/);
  assert.match(line, /(^| )path=\/a\/b( |$)/);
  assert.match(line, /(^| )status_code=200( |$)/);
  assert.ok(line.includes(`request_id=${answer.header('x-request-id')}`));
});

test('a format string with nginx\'s variables', { timeout }, async (t) => {
  const format = '$remote_addr|$request_method|$request_uri|$uri|$args|$status|$body_bytes_sent|$http_user_agent|$host|$server_protocol|$request_id|$${status}!';
  const { line, answer } = await logged(t, format);
  assert.equal(line, `127.0.0.1|GET|/a/b?c=d|/a/b|c=d|200|12|e2e/1.0|gateway.test|HTTP/1.1|${answer.header('x-request-id')}|200!`);
});

test('times of a format string are seconds with milliseconds', { timeout }, async (t) => {
  const { line } = await logged(t, '$request_time $upstream_response_time $msec');
  assert.match(line, /^\d+\.\d{3} \d+\.\d{3} \d{10}\.\d{3}$/);
});

test('an unknown variable is a configuration error', { timeout }, (t) => {
  const folder = tempFolder(t);
  fs.writeFileSync(`${folder}/fastgate.yaml`, JSON.stringify({ logging: { access_format: '$status $nonsense' } }));
  const { code, output } = run(['-c', `${folder}/fastgate.yaml`, '-p', folder, '-t']);
  assert.equal(code, 1);
  assert.match(output, /fastgate\.yaml:1:\d+: .*nonsense/);
});

test('what a client sends cannot forge a line', { timeout }, async (t) => {
  const { line, gateway } = await logged(t, 'combined', get('/%0aforged', { 'User-Agent': 'a" 200 "\\x0a \xff' }));
  assert.ok(!/[^\x20-\x7e]/.test(line), line);
  assert.match(line, /\\x22/);
  assert.equal(gateway.accessLog().length, 1);
});

test('errors and refusals are logged as requests', { timeout }, async (t) => {
  const gateway = await startGateway(t, { routes: [] , logging: { access_format: '$status $request_method' } });
  await send(t, gateway.port, post('/x', 'y'));
  assert.equal(await gateway.accessLine(0), '404 POST');
  const client = await connect(t, gateway.port);
  await client.request('BAD REQUEST\r\n\r\n', 'GET');
  assert.match(await gateway.accessLine(1), /^400 /);
});

test('a request that cannot be read is logged as it came, as nginx does', { timeout }, async (t) => {
  const gateway = await startGateway(t, { routes: [], logging: { access_format: '$status "$request"' } });
  const cases = [
    ['BAD REQUEST\r\n\r\n', '400 "BAD REQUEST"'],
    ['GET /a?token=hidden&b=1 HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n', '400 "GET /a?token=***&b=1 HTTP/1.1"'],
    [`GET /${'a'.repeat(40_000)} HTTP/1.1\r\n\r\n`, `414 "GET /${'a'.repeat(507)}"`],
    [Buffer.from('\x16\x03\x01"\xff\n', 'latin1'), '400 "\\x16\\x03\\x01\\x22\\xFF"'],
  ];
  for (const [index, [text, line]] of cases.entries()) {
    const client = await connect(t, gateway.port);
    await client.request(text, 'GET');
    assert.equal(await gateway.accessLine(index), line);
  }
});

test('a client that left is 499', { timeout }, async (t) => {
  const upstream = await startUpstream(t, async (connection) => {
    await connection.request();
    await connection.closed();
  });
  const gateway = await gatewayTo(t, upstream, { logging: { access_format: '$status' } });
  const client = await connect(t, gateway.port);
  await client.write(get('/'));
  await upstream.requestAt(0);
  client.reset();
  assert.equal(await gateway.accessLine(0), '499');
});

test('`off` writes none, and no line is lost in a thousand', { timeout }, async (t) => {
  const upstream = await startUpstream(t, answered);
  const off = await gatewayTo(t, upstream, { logging: { access_log: 'off', file: 'logs/fastgate.log' } });
  await send(t, off.port, get('/'));
  await off.stop();
  assert.equal(fs.existsSync(off.file('logs/access.log')), false);
  const gateway = await gatewayTo(t, upstream, { logging: { access_format: '$request_uri' } });
  const client = await connect(t, gateway.port);
  const targets = Array.from({ length: 1000 }, (_, number) => `/${number}`);
  for (const target of targets) await client.request(get(target));
  await gateway.stop();
  assert.deepEqual(gateway.accessLog(), targets);
});

test('`-` is standard output for the access log', { timeout }, async (t) => {
  const gateway = await gatewayTo(t, await startUpstream(t, answered), { logging: { access_log: '-' } });
  let output = '';
  gateway.child.stdout.on('data', (text) => { output += text; });
  await send(t, gateway.port, asked);
  await eventually(() => /"GET \/a\/b\?c=d HTTP\/1\.1" 200 12 /.test(output), 'the line on standard output');
});

test('escape=json makes JSON of a text', { timeout }, async (t) => {
  const { line } = await logged(t, 'escape=json {"agent":"$http_user_agent","to":"$upstream_addr","bytes":$body_bytes_sent,"no":$arg_x}',
    get('/', { 'User-Agent': 'a "b" \\' }));
  const { agent, to, bytes, no } = JSON.parse(line);
  assert.deepEqual([agent, bytes, no], ['a "b" \\', 12, null]);
  assert.match(to, /^127\.0\.0\.1:\d+$/);
});

test('$sent_http_NAME tells the gateway\'s own answers as they were sent', { timeout }, async (t) => {
  const names = ['content_type', 'content_length', 'transfer_encoding', 'location', 'x_request_id', 'connection', 'date'];
  const access_format = `$status $upstream_http_content_type ${names.map((name) => `$sent_http_${name}`).join('|')}`;
  const moved = { route_id: 'moved', match_path: '/moved', auth: 'none', respond: { status: 302, headers: { Location: '/next?token=hidden' } } };
  const gateway = await startGateway(t, {
    logging: { access_format }, admin: { token: 'adminadminadmin' }, database: { enabled: true, sqlite_path: 'data/audit.db' }, proxy: { async_audit: false }, routes: [moved],
  });
  const bearer = { Authorization: 'Bearer adminadminadmin' };
  const asked = [
    [get('/moved'), 302], [get('/none'), 404], [get('/health'), 200], [request('HEAD', '/health'), 200], [get('/admin/keys'), 401],
    [get('/admin/logs/export', bearer), 200], ['GET /x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n', 404], ['BAD REQUEST\r\n\r\n', 400],
  ];
  for (const [index, [text, status]] of asked.entries()) {
    const answer = await send(t, gateway.port, text);
    assert.equal(answer.status, status);
    const told = names.map((name) => answer.header(name.replaceAll('_', '-'))?.replace('hidden', '***') ?? '-');
    assert.equal(await gateway.accessLine(index), `${status} - ${told.join('|')}`);
  }
  const silent = { logging: { access_format: '$status $http_host' }, routes: [moved] };
  assert.match(await gateway.reload(configOf(silent)), /reloaded/);
  await send(t, gateway.port, get('/moved'));
  assert.equal(await gateway.accessLine(asked.length), '302 gateway.test');
});

test('Server-Timing is in every answer, with the upstream\'s time where one was asked', { timeout }, async (t) => {
  const upstream = await startUpstream(t, async (connection) => {
    await connection.request();
    connection.reset();
  });
  const gateway = await gatewayTo(t, upstream, { proxy: { max_retries: 0, server_timing: true }, route: { match_path: '/asked' } });
  const of = async (target) => (await send(t, gateway.port, get(target))).header('server-timing');
  assert.match(await of('/asked'), /^gateway;dur=\d+\.\d{3}, upstream;dur=\d+\.\d{3}$/);
  for (const target of ['/none', '/health', '/metrics', '/admin/ui/']) assert.match(await of(target), /^gateway;dur=\d+\.\d{3}$/, target);
  assert.match(await of('/admin/logs'), /^gateway;dur=\d+\.\d{3}$/);
});

test('the application log has one line a request at info, and ends with the time', { timeout }, async (t) => {
  const gateway = await gatewayTo(t, await startUpstream(t, answered));
  const answer = await send(t, gateway.port, request('DELETE', '/x'));
  const line = await gateway.logLine('Request forwarded');
  assert.match(line, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z INFO Request forwarded /);
  assert.ok(line.includes(`request_id=${answer.header('x-request-id')}`));
  assert.match(line, / route_id=all /);
  assert.match(line, / status_code=200 /);
  assert.match(line, / response_time_ms=\d+(\.\d+)?$/);
});
