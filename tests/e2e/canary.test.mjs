// Secrets put everywhere a secret can stand, then looked for in all that was written, answered or sent on.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { configOf, eventually, route, run, startGateway, tempFolder } from './support/gateway.mjs';
import { filesBelow, newKey, newValue } from './support/keys.mjs';
import { connect, request, send } from './support/raw_client.mjs';
import { answering, deadPort, startUpstream } from './support/upstream.mjs';

const timeout = 90_000;
const secret = (what) => `canary-${what}-${crypto.randomBytes(12).toString('hex')}`;
const json = { 'Content-Type': 'application/json' };

// What a secret looks like once somebody encoded it.
const spellings = (value) => [value, Buffer.from(value).toString('base64').replace(/=+$/, ''), Buffer.from(value).toString('hex'), encodeURIComponent(value)];

function holds(text, value) {
  return spellings(value).some((one) => text.includes(one));
}

// All secrets, by who they belong to.
function canaries() {
  return {
    client: newValue(),                     // a good key of a client
    wrong: newValue(),                      // a key of nobody
    env: secret('env'),                     // the backend's key, from ${ENV}
    file: secret('file'),                   // another one, from ${file:}
    body: secret('body'),                   // added to a JSON body
    answer: secret('answer'),               // added to an answer
    token: secret('token'),                 // in the query
    cookie: secret('cookie'),
    authorization: secret('authorization'), // of a client on a route without auth
    upstream: secret('upstream'),           // that an upstream sets in a cookie
  };
}

const formats = ['combined', 'json', 'logfmt', '$request|$request_uri|$args|$query_string|$http_authorization|$http_x_api_key|$http_cookie|$http_referer|$sent_http_set_cookie|$target_url|$remote_user|$upstream_addr|$error'];

function configFor(hosts, key, format) {
  const backend = { Authorization: 'Bearer ${BACKEND_KEY}', 'X-Backend-Token': '${file:secrets/backend}' };
  const tests = [{ request: { path: '/v1/tested', key: key.key_id }, expect: { route_id: 'v1' } }];
  return configOf({
    logging: { level: 'debug', access_format: format },
    include: ['conf.d/*.yaml'],
    upstreams: [{ name: 'group', servers: [{ host: hosts.good }] }],
    routes: [
      route(hosts.good, { route_id: 'v1', match_path: '/v1/*', auth: 'required', add_headers: backend, tests }),
      route(hosts.good, { route_id: 'body', match_path: '/body', auth: 'required', match_body_schema: { model: 'm' }, add_body_fields: { api_key: '${BODY_KEY}' }, add_headers: backend }),
      route(hosts.good, { route_id: 'answer', match_path: '/answer', add_response_headers: { 'X-Upstream-Token': '${ANSWER_KEY}' }, auth: 'required' }),
      route(hosts.dead, { route_id: 'dead', match_path: '/dead', auth: 'required', add_headers: backend, retry_count: 0 }),
      route(hosts.broken, { route_id: 'broken', match_path: '/broken', auth: 'required', add_headers: backend, retry_count: 0 }),
      route(hosts.good, { route_id: 'plain', match_path: '/plain', auth: 'none' }),
      { ...route('', { route_id: 'grouped', match_path: '/grouped', auth: 'optional', upstream: 'group' }), target_host: undefined },
      route(hosts.good, { route_id: 'forbidden', match_path: '/forbidden', auth: 'required', permissions: ['nobody'] }),
      route(hosts.good, { route_id: 'limited', match_path: '/limited', auth: 'required', rate_limit: 1, burst: 1 }),
    ],
  });
}

// A gateway with secrets everywhere, and everything that it has said so far in `heard`.
async function guarded(t, format) {
  const secrets = canaries();
  const key = newKey({ permissions: ['chat'] }, secrets.client);
  const upstream = await startUpstream(t, answering((asked, connection) => connection.answer(
    asked.target.includes('echo') ? 'none' : 'ok', `Set-Cookie: s=${secrets.upstream}\r\n`)));
  const broken = await startUpstream(t, async (connection) => { await connection.request(); await connection.write('HTTP/1.1 broken\r\n\r\n'); });
  const hosts = { good: upstream.host, broken: broken.host, dead: `127.0.0.1:${await deadPort()}` };
  const env = { BACKEND_KEY: secrets.env, BODY_KEY: secrets.body, ANSWER_KEY: secrets.answer };
  const folder = tempFolder(t);
  fs.writeFileSync(path.join(folder, 'backend'), `${secrets.file}\n`);
  // The file with the secret stands outside the gateway's own folder, so that this one can be searched whole.
  const text = JSON.stringify(configFor(hosts, key, format), null, 2).replaceAll('secrets/backend', path.join(folder, 'backend'));
  const { entry } = key;
  const keys = `keys:\n  - key_id: ${entry.key_id}\n    key_sha256: '${entry.key_sha256}'\n    source_path: tests\n    permissions: [chat]\n`;
  const gateway = await startGateway(t, text, { env, files: { 'conf.d/keys.yaml': keys } });
  return { secrets, key, upstream, broken, gateway, env, heard: [] };
}

// Sends one request with all of a client's secrets; keeps the answer.
async function knock(t, setup, method, target, { headers = {}, body = '' } = {}) {
  const { secrets, gateway, heard } = setup;
  const query = target.includes('?') ? '' : `?access_token=${secrets.token}&api_key=${secrets.token}&x=1`;
  const fields = { Cookie: `session=${secrets.cookie}`, Referer: `http://a.test/?token=${secrets.token}`, ...headers };
  const answer = await send(t, gateway.port, request(method, target + query, fields, body), method);
  // Set-Cookie is the upstream's own, and X-Upstream-Token is asked for by the route.
  const own = answer.fields.filter(([name]) => !/^(set-cookie|x-upstream-token)$/i.test(name));
  heard.push([`the answer to ${method} ${target}`, `${answer.reason} ${JSON.stringify(own)} ${answer.text}`]);
  return answer;
}

// Every path through the gateway that a request can take.
async function everyPath(t, setup) {
  const { secrets, gateway } = setup;
  const bearer = { Authorization: `Bearer ${secrets.client}` };
  const apiKey = { 'X-API-Key': secrets.client };
  const ask = async (status, method, target, options) => assert.equal((await knock(t, setup, method, target, options)).status, status, `${method} ${target}`);
  await ask(200, 'GET', '/v1/a', { headers: bearer });
  await ask(200, 'POST', '/v1/b', { headers: apiKey, body: 'x' });
  await ask(200, 'GET', '/v1/both', { headers: { ...bearer, ...apiKey } });
  await ask(200, 'POST', '/body', { headers: { ...apiKey, ...json }, body: '{"model":"m","x":1}' });
  await ask(404, 'POST', '/body', { headers: { ...apiKey, ...json }, body: '{"model":"other"}' });
  await ask(200, 'GET', '/answer', { headers: bearer });
  await ask(200, 'GET', '/plain', { headers: { Authorization: `Bearer ${secrets.authorization}` } });
  await ask(200, 'GET', '/plain', { headers: bearer });
  await ask(200, 'GET', '/plain', { headers: apiKey });
  await ask(200, 'GET', '/grouped', { headers: bearer });
  await ask(200, 'GET', '/grouped');
  await ask(401, 'GET', '/v1/none');
  await ask(401, 'GET', '/v1/wrong', { headers: { Authorization: `Bearer ${secrets.wrong}` } });
  await ask(401, 'POST', '/v1/wrong', { headers: { 'X-API-Key': secrets.wrong }, body: 'y' });
  await ask(401, 'GET', '/v1/twice', { headers: { Authorization: [`Bearer ${secrets.client}`, `Bearer ${secrets.wrong}`] } });
  await ask(403, 'GET', '/forbidden', { headers: bearer });
  await ask(200, 'GET', '/limited', { headers: bearer });
  await ask(429, 'GET', '/limited', { headers: bearer });
  await ask(404, 'GET', '/nowhere', { headers: bearer });
  await ask(502, 'GET', '/dead', { headers: bearer });
  await ask(502, 'POST', '/dead', { headers: apiKey, body: 'z' });
  await ask(502, 'POST', '/broken', { headers: apiKey, body: 'z' });
  await ask(400, 'GET', '/v1/../../x', { headers: bearer });
  await ask(200, 'HEAD', '/v1/h', { headers: bearer });
  await ask(200, 'GET', '/health', { headers: bearer });
  await ask(200, 'GET', '/metrics', { headers: bearer });
  // Heads that are no HTTP.
  for (const text of [`GET /v1/x?token=${secrets.token} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${secrets.client}\r\n bad\r\n\r\n`,
    `GET /v1/x?token=${secrets.token} HTTP/9.9\r\nAuthorization: Bearer ${secrets.client}\r\n\r\n`,
    `GET /v1/x HTTP/1.1\r\nHost: a\r\nX-API-Key: ${secrets.client}\r\nContent-Length: -1\r\n\r\n`]) {
    const client = await connect(t, gateway.port);
    const answer = await client.request(text);
    assert.ok(answer.status >= 400);
    setup.heard.push(['the answer to a malformed request', `${answer.head} ${answer.text}`]);
  }
  // A client that leaves.
  const client = await connect(t, gateway.port);
  await client.write(`POST /v1/left?token=${secrets.token} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${secrets.client}\r\nContent-Length: 9\r\n\r\nx`);
  await setup.upstream.until(() => setup.upstream.text.includes('/v1/left'));
  client.reset();
  await eventually(() => gateway.accessLog().some((line) => line.includes('/v1/left')), 'the access line of the client that left');
}

// Nothing that was said, and no file, holds a secret; how many places were looked at.
function search(setup) {
  const { secrets, gateway, heard } = setup;
  const places = [...heard, ['standard output and error', gateway.stderr], ...filesBelow(gateway.folder).map(({ name, text }) => [name, text])];
  const found = places.flatMap(([place, text]) => Object.entries(secrets)
    .filter(([, value]) => holds(text, value))
    .map(([name, value]) => `${place} holds the canary "${name}": ${text.split('\n').find((line) => holds(line, value))}`));
  assert.deepEqual(found, []);
  return places.length;
}

for (const format of formats) {
  test(`no secret of a client or a backend is in any answer or file; access log: ${format.slice(0, 30)}`, { timeout }, async (t) => {
    const setup = await guarded(t, format);
    await everyPath(t, setup);
    assert.match(await setup.gateway.reload(), /configuration reloaded/);
    await setup.gateway.stop();
    assert.ok(setup.gateway.accessLog().length >= 29);
    assert.ok(setup.gateway.logs('Request forwarded').length >= 12);
    assert.ok(search(setup) > 30);
  });
}

test('the gateway\'s key reaches no upstream; the backend\'s key stands where it must', { timeout }, async (t) => {
  const setup = await guarded(t, 'combined');
  const { secrets, upstream, broken } = setup;
  await everyPath(t, setup);
  for (const text of [upstream.text, broken.text]) {
    assert.ok(!holds(text, secrets.client));
    assert.ok(!holds(text, secrets.wrong));
  }
  const to = (start) => upstream.requests.filter(({ target }) => target.startsWith(start));
  assert.ok(to('/v1/').length >= 4);
  for (const one of to('/v1/')) {
    assert.deepEqual(one.headers('authorization'), [`Bearer ${secrets.env}`]);
    assert.deepEqual(one.headers('x-backend-token'), [secrets.file]);
    assert.equal(one.header('x-api-key'), undefined);
  }
  assert.deepEqual(to('/body')[0].json, { model: 'm', x: 1, api_key: secrets.body });
  assert.deepEqual(to('/plain').map((one) => one.header('authorization')), [`Bearer ${secrets.authorization}`, undefined, undefined]);
  for (const one of [...to('/plain'), ...to('/grouped')]) assert.ok(!holds(one.head, secrets.env) && !holds(one.head, secrets.file));
  for (const one of to('/plain')) {
    assert.equal(one.header('cookie'), `session=${secrets.cookie}`);
    assert.ok(one.target.includes(secrets.token), 'the client\'s own query goes on');
  }
});

test('-t, -T, explain and key list show no secret', { timeout }, async (t) => {
  const setup = await guarded(t, 'combined');
  const { gateway, env, secrets, heard, key } = setup;
  const common = ['-c', gateway.file('fastgate.yaml'), '-p', gateway.folder];
  const command = (name, args, code = 0) => {
    const done = run([...common, ...args], { env: { ...process.env, ...env }, cwd: gateway.folder });
    assert.equal(done.code, code, `${name}: ${done.output}`);
    heard.push([name, done.output]);
    return done;
  };
  command('-t', ['-t']);
  assert.match(command('-T', ['-T']).stdout, /BACKEND_KEY|\*\*\*/);
  for (const form of [[], ['--json']]) {
    const explain = (target, code, ...more) => command(`explain ${target.split('?')[0]} ${form}`, ['explain', 'POST', target, ...form, ...more], code);
    const asked = explain('/v1/x?a=b', 0, '-H', `Cookie: c=${secrets.cookie}`, '-H', `Authorization: Bearer ${secrets.client}`);
    assert.match(asked.stdout, /\*\*\*/);
    explain('/v1/x', 0, '--key', secrets.client);
    explain('/v1/x', 0, '--key', secrets.wrong);
    explain('/v1/x', 0, '-H', `X-API-Key: ${secrets.client}`);
    explain('/v1/x', 0, '--key', key.key_id);
    explain('/plain', 0, '-H', `Authorization: Bearer ${secrets.authorization}`);
    explain('/body', 0, '--key', secrets.client, '-H', 'Content-Type: application/json', '-d', '{"model":"m"}');
    explain('/answer', 0, '--key', secrets.client);
    explain(`/v1/x?access_token=${secrets.token}&b=1`, 0, '--key', secrets.client, '-H', `Referer: http://a.test/?token=${secrets.token}`);
    explain(`/nowhere?api_key=${secrets.token}`, 1);
    explain('/nowhere', 1, '--key', secrets.client);
  }
  command('key list', ['key', 'list']);
  command('key list --json', ['key', 'list', '--json']);
  command('key revoke of a value', ['key', 'revoke', secrets.client], 1);
  const made = JSON.parse(run([...common, 'key', 'create', '--source-path', 's', '--json', '--no-reload'], { env: { ...process.env, ...env } }).stdout);
  secrets.made = made.key_value;
  command('key list', ['key', 'list']);
  command('explain by a new value', ['explain', 'GET', '/v1/x', '--key', made.key_value]);
  command('key revoke', ['key', 'revoke', made.key_id, '--no-reload']);
  await gateway.stop();
  search(setup);
});

const one = (fields) => ({ routes: [{ match_path: '/', auth: 'none', target_host: 'a', ...fields }] });
const zeros = '0'.repeat(64);
// `value` is a good key's value that somebody put where it does not belong.
const wrongs = (value) => ({
  'a secret for a number': { proxy: { timeout: '${BACKEND_KEY}' } },
  'a secret for a size': { proxy: { inspect_limit: '${BACKEND_KEY}' } },
  'a secret for a switch': { database: { enabled: '${BACKEND_KEY}' } },
  'a secret for a host': one({ target_host: '${BACKEND_KEY} x' }),
  'a secret for a priority': one({ priority: '${BACKEND_KEY}' }),
  'a secret for a method': one({ match_method: '${BACKEND_KEY} x' }),
  'a secret for an address': { server: { trusted_proxies: ['${BACKEND_KEY}'] } },
  'a secret for a level': { logging: { level: '${BACKEND_KEY}' } },
  'a secret for a format': { logging: { access_format: '$status $x_${BACKEND_KEY}' } },
  'a secret for an upstream': { routes: [{ match_path: '/', auth: 'none', upstream: '${BACKEND_KEY}' }] },
  'a secret with a line break in a header': one({ add_headers: { 'X-A': '${BROKEN_KEY}' } }),
  'a secret in an expression for a header': one({ match_headers: { 'X-A': 'regex:(${BACKEND_KEY}' } }),
  'a secret twice as an id': { routes: [1, 2].map(() => ({ route_id: '${BACKEND_KEY}', match_path: '/', auth: 'none', target_host: 'a' })) },
  'a secret in a schema': one({ match_body_schema: { type: '${BACKEND_KEY}' } }),
  'a secret in a pattern': one({ match_path: '/a/{${BACKEND_KEY}' }),
  'a secret in an expression for a path': one({ match_path: '~(${BACKEND_KEY}' }),
  'a secret for the name of a capture': one({ match_path: '/{${BACKEND_KEY}}/{${BACKEND_KEY}}' }),
  'a secret in a target': one({ match_path: '/a', target_path: '/{${BACKEND_KEY}}' }),
  'a secret in a target that is no path': one({ target_path: '${BACKEND_KEY}' }),
  'a secret for the host of requests': one({ match_host: '${BACKEND_KEY}.*.x' }),
  'a secret in a reference': one({ match_body_schema: { $ref: '#/$defs/${BACKEND_KEY}' } }),
  'a secret in a reference elsewhere': one({ match_body_schema: { $ref: 'http://${BACKEND_KEY}.test/x' } }),
  'a secret in an expression of a schema': one({ match_body_schema: { type: 'string', pattern: '(${BACKEND_KEY}' } }),
  'a secret in the name of a format': one({ match_body_schema: { required: ['${BACKEND_KEY}', '${BACKEND_KEY}'] } }),
  'a secret in a path of a certificate': { server: { listen: ['127.0.0.1:0 tls'], tls: { certificate: 'no/${BACKEND_KEY}.pem', private_key: '/no/${BACKEND_KEY}.key' } }, ...one({}) },
  'a secret in a path of an authority': one({ target_protocol: 'https', target_tls: { ca: '/no/${BACKEND_KEY}.pem' } }),
  'a secret in an include': { include: ['no/${BACKEND_KEY}.yaml'] },
  'a secret in a file\'s name': { admin: { token: '${file:no-${BACKEND_KEY}}' }, proxy: { timeout: '${BACKEND_KEY}' } },
  'a secret that a test expects': one({ target_path: '/x', tests: [{ request: { path: '/' }, expect: { target_url: 'http://${BACKEND_KEY}/x' } }] }),
  'a secret that a test meets': one({ target_host: '${BACKEND_KEY}.test', tests: [{ request: { path: '/' }, expect: { target_url: 'http://b/' } }] }),
  'a secret for the route of a test': one({ tests: [{ request: { path: '/' }, expect: { route_id: '${BACKEND_KEY}' } }] }),
  'a secret for the key of a test': one({ tests: [{ request: { path: '/', key: '${BACKEND_KEY}' }, expect: { status: 200 } }] }),
  'a secret for a hash': { upstreams: [{ name: 'u', servers: ['a'], balance: 'hash', hash_by: '${BACKEND_KEY}' }] },
  'a secret for a role': { admin: { tokens: [{ name: 'a', token: 'x'.repeat(32), role: '${BACKEND_KEY}' }] } },
  'a key\'s value in place of its id': { keys: [{ key_id: value, key_sha256: zeros }] },
  'a key\'s value in place of its digest': { keys: [{ key_sha256: value }] },
  'a key\'s value itself': { keys: [{ key: value, key_sha256: zeros }] },
  'a file in place of a secret': { admin: { token: '${file:none/of/these}' }, proxy: { timeout: '${BACKEND_KEY}' } },
});
// Not so where a message is about an entry as a whole, where the secret is a part of a JSON value, and in paths.
const isPlaceTold = (name) => !/test|schema|format|certificate|authority/.test(name);
for (const name of Object.keys(wrongs(''))) {
  test(`an error of -t quotes no secret: ${name}`, { timeout }, (t) => {
    const secrets = { env: secret('env'), value: newValue() };
    const folder = tempFolder(t);
    fs.writeFileSync(path.join(folder, 'fastgate.yaml'), JSON.stringify(wrongs(secrets.value)[name]));
    for (const flag of ['-t', '-T']) {
      const done = run(['-c', path.join(folder, 'fastgate.yaml'), '-p', folder, flag],
        { env: { ...process.env, BACKEND_KEY: secrets.env, BROKEN_KEY: `${secrets.env}\nX-B: 1` } });
      assert.equal(done.code, 1, done.output);
      assert.match(done.output, /fastgate\.yaml:\d+:\d+: /);
      for (const value of Object.values(secrets)) assert.ok(!holds(done.output, value), done.output);
      // Too short to be looked for in every message: only its place tells that it is one.
      const brief = run(['-c', path.join(folder, 'fastgate.yaml'), '-p', folder, flag],
        { env: { ...process.env, BACKEND_KEY: '~q^', BROKEN_KEY: '~q^\nX-B: 1' } });
      if (isPlaceTold(name)) assert.ok(!brief.output.includes('~q^'), brief.output);
    }
  });
}

test('a warning of -t quotes no secret', { timeout }, (t) => {
  const env = { BACKEND_KEY: secret('env') };
  const folder = tempFolder(t);
  const hidden = { match_path: '/a/${BACKEND_KEY}', auth: 'none', target_host: 'a', route_id: '${BACKEND_KEY}' };
  fs.writeFileSync(path.join(folder, 'fastgate.yaml'), JSON.stringify({
    routes: [
      { route_id: 'wide-${BACKEND_KEY}', match_path: '/*', auth: 'none', respond: { body: 'x' }, priority: 1 },
      hidden,
      { match_path: '/b', auth: 'none', target_host: 'b', target_tls: { ca: '${BACKEND_KEY}' } },
    ],
    keys: [{ key_id: 'fg_000000000000', key_sha256: 'a'.repeat(64), allowed_routes: ['no-${BACKEND_KEY}'] }],
  }));
  const done = run(['-c', path.join(folder, 'fastgate.yaml'), '-p', folder, '-t'], { env: { ...process.env, ...env } });
  assert.equal(done.code, 0, done.output);
  for (const warning of [/never chosen/, /allowed_routes/, /target_tls/]) assert.match(done.output, warning);
  assert.match(done.output, /\*\*\*/);
  assert.ok(!holds(done.output, env.BACKEND_KEY), done.output);
});

test('a log that cannot be opened and explain quote no secret', { timeout }, (t) => {
  const env = { BACKEND_KEY: secret('env') };
  const folder = tempFolder(t);
  const command = (config, args) => {
    fs.writeFileSync(path.join(folder, 'fastgate.yaml'), JSON.stringify(config));
    const done = run(['-c', path.join(folder, 'fastgate.yaml'), '-p', folder, ...args], { env: { ...process.env, ...env } });
    assert.ok(!holds(done.output, env.BACKEND_KEY), done.output);
    return done;
  };
  const log = command({ logging: { file: '/dev/null/${BACKEND_KEY}/a.log' }, server: { listen: ['127.0.0.1:0'] }, ...one({}) }, []);
  assert.equal(log.code, 1, log.output);
  assert.match(log.output, /\*\*\*/);
  const routes = [
    { route_id: 'a', match_path: '/${BACKEND_KEY}/*', auth: 'none', target_host: 'a' },
    { route_id: 'b', match_path: '/*', match_host: '${BACKEND_KEY}.test', auth: 'none', target_host: 'a' },
    { route_id: 'c', match_path: '/*', auth: 'none', target_host: '${BACKEND_KEY}.test' },
  ];
  for (const form of [[], ['--json']]) {
    const explained = command({ routes }, ['explain', 'GET', '/x', ...form]);
    assert.equal(explained.code, 0, explained.output);
    assert.match(explained.output, /http:\/\/\*\*\*\.test\/x/);
  }
});

test('a rejected reload and a refused key command quote no secret', { timeout }, async (t) => {
  const setup = await guarded(t, 'combined');
  const { gateway, env, secrets, heard } = setup;
  const good = gateway.read('fastgate.yaml');
  for (const name of ['a secret for a number', 'a secret for a host', 'a key\'s value in place of its id']) {
    assert.match(await gateway.reload(JSON.stringify(wrongs(secrets.client)[name])), /configuration rejected/);
  }
  gateway.writeConfig(good);   // the wrong ones held a secret themselves
  const refused = run(['-c', gateway.file('fastgate.yaml'), '-p', gateway.folder, 'key', 'create', '--source-path', 's', '--allowed-ips', '300.0.0.1'], { env: { ...process.env, ...env } });
  assert.equal(refused.code, 1);
  assert.doesNotMatch(refused.output, /fg_[\w-]{43}/);
  heard.push(['key create that is refused', refused.output]);
  await gateway.stop();
  search(setup);
});
