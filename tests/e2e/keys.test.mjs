// API keys: made and taken away beside a running gateway, who may call what, how often, and how it is told.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import test from 'node:test';
import OpenAI from 'openai';
import { configOf, eventually, route, startGateway } from './support/gateway.mjs';
import { apiKey, bearer, filesBelow, keyCommand, newKey, newValue, sha256 } from './support/keys.mjs';
import { connect, get, post, request, send } from './support/raw_client.mjs';
import { answering, gate, startHttpUpstream, startUpstream } from './support/upstream.mjs';

const timeout = 60_000;
const closed = (host, fields) => route(host, { auth: 'required', ...fields });

async function keyed(t, keys, { route: fields, upstream, ...config } = {}, options) {
  const server = upstream ?? await startUpstream(t);
  const routes = config.routes?.(server.host) ?? [closed(server.host, fields)];
  const gateway = await startGateway(t, { ...config, routes, keys: keys.map((key) => key.entry) }, options);
  return { gateway, upstream: server };
}

const ask = (t, gateway, headers, target = '/') => send(t, gateway.port, get(target, headers));
const statusOf = async (t, gateway, headers, target) => (await ask(t, gateway, headers, target)).status;

// ------------------------------------------------------------------------------------ sub-commands

async function withFolder(t) {
  const upstream = await startUpstream(t);
  const gateway = await startGateway(t, { include: ['conf.d/*.yaml'], routes: [closed(upstream.host)] });
  return { gateway, upstream };
}

// Runs a sub-command and waits until the gateway took the change in.
async function andReload(gateway, ...args) {
  const reloaded = () => gateway.logs('configuration reloaded').length;
  const before = reloaded();
  const done = keyCommand(gateway, ...args);
  assert.equal(done.code, 0, done.output);
  await eventually(() => reloaded() > before, 'the reload');
  return done;
}

test('key create: the running gateway takes the key at once, and it may be revoked again', { timeout }, async (t) => {
  const { gateway } = await withFolder(t);
  const created = await andReload(gateway, 'create', '--source-path', 'web shop', '--permissions', 'chat,files', '--rate-limit', '600', '--json');
  const { key_id, key_value, source_path } = JSON.parse(created.stdout);
  assert.match(key_id, /^fg_[0-9a-f]{12}$/);
  assert.match(key_value, /^fg_[A-Za-z0-9_-]{43}$/);
  assert.equal(source_path, 'web shop');
  assert.equal(await statusOf(t, gateway, bearer(key_value)), 200);
  assert.equal(await statusOf(t, gateway, bearer(newValue())), 401);
  const listed = JSON.parse(keyCommand(gateway, 'list', '--json').stdout);
  assert.equal(listed.total, 1);
  assert.equal(listed.items[0].key_id, key_id);
  assert.deepEqual(listed.items[0].permissions, ['chat', 'files']);
  assert.equal(listed.items[0].rate_limit, 600);
  assert.equal(JSON.parse(keyCommand(gateway, 'list', '--json', '--source-path', 'other').stdout).total, 0);
  await andReload(gateway, 'revoke', key_id);
  assert.equal(await statusOf(t, gateway, bearer(key_value)), 401);
  assert.equal(JSON.parse(keyCommand(gateway, 'list', '--json').stdout).total, 0);
});

test('key create: the value is printed once, and files hold its SHA-256 only', { timeout }, async (t) => {
  const { gateway } = await withFolder(t);
  const { stdout, stderr } = await andReload(gateway, 'create', '--source-path', 's');
  const [, value] = /^key_value: (fg_\S{43})$/m.exec(stdout);
  assert.equal(stdout.split(value).length, 2);
  assert.ok(!stderr.includes(value));
  assert.equal(await statusOf(t, gateway, bearer(value)), 200);
  for (const args of [['list'], ['list', '--json']]) assert.ok(!keyCommand(gateway, ...args).output.includes(value));
  await gateway.stop();
  const files = filesBelow(gateway.folder);
  for (const { name, text } of files) assert.ok(!text.includes(value), `${name} holds the value`);
  const holders = files.filter(({ text }) => text.includes(sha256(value))).map(({ name }) => name);
  assert.deepEqual(holders, [gateway.file('conf.d/admin.yaml')]);
  assert.equal(fs.statSync(holders[0]).mode & 0o007, 0, 'others may read the key file');
});

test('key revoke --keep switches the key off and leaves its entry', { timeout }, async (t) => {
  const { gateway } = await withFolder(t);
  const { key_id, key_value } = JSON.parse((await andReload(gateway, 'create', '--source-path', 's', '--json')).stdout);
  await andReload(gateway, 'revoke', key_id, '--keep');
  const answer = await ask(t, gateway, bearer(key_value));
  assert.equal(answer.status, 401);
  assert.match(answer.json.detail, /inactive/);
  assert.match(keyCommand(gateway, 'list').stdout, new RegExp(`${key_id} +inactive`));
});

test('key create keeps what is written in the file, comments too', { timeout }, async (t) => {
  const upstream = await startUpstream(t);
  const own = newKey();
  const text = `# who may call us\nkeys:\n  # the web shop\n  - key_id: ${own.key_id}   # since spring\n    key_sha256: '${own.entry.key_sha256}'\n    source_path: shop\n`;
  const gateway = await startGateway(t, { include: ['conf.d/*.yaml'], routes: [closed(upstream.host)] }, { files: { 'conf.d/admin.yaml': text } });
  const { key_value } = JSON.parse((await andReload(gateway, 'create', '--source-path', 's', '--json')).stdout);
  assert.ok(gateway.read('conf.d/admin.yaml').startsWith(text), gateway.read('conf.d/admin.yaml'));
  assert.equal(await statusOf(t, gateway, bearer(own)), 200);
  assert.equal(await statusOf(t, gateway, bearer(key_value)), 200);
});

test('key create --no-reload waits for the next reload', { timeout }, async (t) => {
  const { gateway } = await withFolder(t);
  const { key_value } = JSON.parse(keyCommand(gateway, 'create', '--source-path', 's', '--json', '--no-reload').stdout);
  assert.equal(await statusOf(t, gateway, bearer(key_value)), 401);
  assert.match(await gateway.reload(), /configuration reloaded/);
  assert.equal(await statusOf(t, gateway, bearer(key_value)), 200);
});

test('key commands that cannot be done say why and change nothing', { timeout }, async (t) => {
  const { gateway } = await withFolder(t);
  const value = newValue();
  const cases = [
    [['create'], /source-path/],
    [['create', '--source-path', 's', '--expires-at', 'tomorrow'], /expires|time/i],
    [['create', '--source-path', 's', '--allowed-ips', '300.1.1.1'], /./],
    [['revoke', 'fg_000000000000'], /no key has this id/],
    [['revoke', value], /no key/],
  ];
  for (const [args, reason] of cases) {
    const done = keyCommand(gateway, ...args);
    assert.notEqual(done.code, 0, args.join(' '));
    assert.match(done.stderr, reason);
    assert.doesNotMatch(done.output, /fg_[\w-]{43}/, `a value in the answer to ${args[0]}`);
  }
  gateway.writeConfig(configOf({ routes: [] }));   // no include
  const unread = keyCommand(gateway, 'create', '--source-path', 's');
  assert.equal(unread.code, 1);
  assert.match(unread.stderr, /include/);
  assert.equal(fs.existsSync(gateway.file('conf.d/admin.yaml')), false);
});

// ------------------------------------------------------------------------------------ who one is

test('a key is taken from Bearer and from X-API-Key, and goes no further', { timeout }, async (t) => {
  const key = newKey();
  const { gateway, upstream } = await keyed(t, [key]);
  const forms = [
    { Authorization: `Bearer ${key.value}` }, { Authorization: `bearer ${key.value}` },
    { 'X-API-Key': key.value }, { 'x-api-key': key.value },
    { 'X-API-Key': key.value, Authorization: 'Basic dXNlcjpwYXNz' },
  ];
  for (const headers of forms) assert.equal(await statusOf(t, gateway, headers), 200, JSON.stringify(headers));
  assert.ok(!upstream.text.includes(key.value));
  for (const headers of [{}, { Authorization: key.value }, { Authorization: `Basic ${key.value}` }, { 'X-API-Key': `${key.value}x` },
    { 'X-API-Key': key.value.toUpperCase() }, { 'X-API-Key': key.entry.key_sha256 }, { 'X-API-Key': key.key_id }]) {
    const before = upstream.requests.length;
    assert.equal(await statusOf(t, gateway, headers), 401, JSON.stringify(headers));
    assert.equal(upstream.requests.length, before);
  }
});

test('the same key twice in one field is ambiguous', { timeout }, async (t) => {
  const key = newKey();
  const { gateway } = await keyed(t, [key]);
  assert.equal(await statusOf(t, gateway, { 'X-API-Key': [key.value, newValue()] }), 401);
  assert.equal(await statusOf(t, gateway, { Authorization: [`Bearer ${newValue()}`, `Bearer ${key.value}`] }), 401);
});

test('401 carries WWW-Authenticate and the errors of both kinds of clients', { timeout }, async (t) => {
  const { gateway } = await keyed(t, []);
  for (const headers of [{}, bearer(newValue())]) {
    const answer = await ask(t, gateway, headers);
    assert.equal(answer.status, 401);
    assert.match(answer.header('www-authenticate'), /^Bearer/);
    assert.match(answer.header('content-type'), /^application\/json/);
    assert.equal(answer.json.error.type, 'authentication_error');
    assert.equal(answer.json.detail, answer.json.error.message);
    assert.equal(typeof answer.json.error.code, 'string');
    assert.equal(answer.json.request_id, answer.header('x-request-id'));
  }
});

test('auth: required, optional, none', { timeout }, async (t) => {
  const key = newKey();
  const { gateway, upstream } = await keyed(t, [key], { routes: (host) => [
    closed(host, { route_id: 'r', match_path: '/required' }),
    closed(host, { route_id: 'o', match_path: '/optional', auth: 'optional', add_headers: { 'X-Key': '{key_id}' } }),
    closed(host, { route_id: 'n', match_path: '/none', auth: 'none', add_headers: { 'X-Key': '{key_id}' } }),
  ] });
  const table = [['/required', {}, 401], ['/required', bearer(key), 200], ['/required', bearer(newValue()), 401],
    ['/optional', {}, 200], ['/optional', bearer(key), 200],
    ['/none', {}, 200], ['/none', bearer(key), 200], ['/none', { Authorization: 'Bearer of-the-client' }, 200]];
  for (const [target, headers, status] of table) assert.equal(await statusOf(t, gateway, headers, target), status, `${target} ${JSON.stringify(headers)}`);
  const seen = upstream.requests.filter(({ target }) => target !== '/required').map((one) => [one.target, one.header('x-key') ?? '', one.header('authorization')]);
  assert.deepEqual(seen.slice(0, 2), [['/optional', '', undefined], ['/optional', key.key_id, undefined]]);
  assert.equal(seen.at(-1)[2], 'Bearer of-the-client');
  assert.ok(!upstream.text.includes(key.value));
});

test('the openai package raises its own classes', { timeout }, async (t) => {
  const upstream = await startHttpUpstream(t, (asked, answer) => answer.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify({ object: 'list', data: [] })));
  const good = newKey({ rate_limit: 2 });
  const narrow = newKey({ permissions: ['files'] });
  const { gateway } = await keyed(t, [good, narrow], { upstream, route: { permissions: ['models'] } });
  const client = (apiKey) => new OpenAI({ apiKey, baseURL: `${gateway.url}/v1`, maxRetries: 0 });
  const rejects = (value, type, status) => assert.rejects(client(value).models.list(), (error) => {
    assert.ok(error instanceof type, `${error}`);
    assert.equal(error.status, status);
    assert.equal(typeof error.code, 'string');
    return true;
  });
  await rejects(newValue(), OpenAI.AuthenticationError, 401);
  await rejects(narrow.value, OpenAI.PermissionDeniedError, 403);
  for (let round = 0; round < 2; round++) await client(good.value).models.list();
  await rejects(good.value, OpenAI.RateLimitError, 429);
});

// ------------------------------------------------------------------------------------ what a key may

test('expiry, expires_days and is_active', { timeout }, async (t) => {
  const day = 86_400_000;
  const at = (offset) => new Date(Date.now() + offset).toISOString();
  const table = [
    [newKey({ expires_at: at(day) }), 200], [newKey({ expires_at: at(-1000) }), 401], [newKey({ expires_at: '2001-01-01T00:00:00' }), 401],
    [newKey({ expires_days: 2, created_at: at(-day) }), 200], [newKey({ expires_days: 1, created_at: at(-2 * day) }), 401],
    [newKey({ is_active: false }), 401], [newKey({ is_active: true }), 200],
  ];
  const { gateway } = await keyed(t, table.map(([key]) => key));
  for (const [key, status] of table) {
    const answer = await ask(t, gateway, bearer(key));
    assert.equal(answer.status, status, JSON.stringify(key.entry));
    if (status === 401) assert.match(answer.json.detail, /expired|inactive/);
  }
});

test('a key that expires while the gateway runs is refused from then on', { timeout }, async (t) => {
  const end = Date.now() + 4000;
  const key = newKey({ expires_at: new Date(end).toISOString() });
  const { gateway } = await keyed(t, [key]);
  const client = await connect(t, gateway.port);
  const first = await client.request(get('/', bearer(key)));
  if (Date.now() < end) assert.equal(first.status, 200);
  await eventually(async () => (await client.request(get('/', bearer(key)))).status === 401, 'the key to expire');
  assert.ok(Date.now() >= end - 5);
});

test('allowed_ips go by the real client behind trusted proxies', { timeout }, async (t) => {
  const here = newKey({ allowed_ips: ['127.0.0.0/8'] });
  const there = newKey({ allowed_ips: ['203.0.113.0/24', '2001:db8::/32'] });
  const from = (key, address) => ({ ...bearer(key), ...(address ? { 'X-Forwarded-For': address } : {}) });
  const plain = await keyed(t, [here, there]);
  const behind = await keyed(t, [here, there], { server: { trusted_proxies: ['127.0.0.1/32'] } });
  const table = [
    [plain, here, '', 200], [plain, there, '', 403], [plain, there, '203.0.113.7', 403], [plain, here, '198.51.100.1', 200],
    [behind, here, '', 200], [behind, there, '203.0.113.7', 200], [behind, there, '2001:db8::7', 200], [behind, there, '198.51.100.1', 403],
    [behind, there, '203.0.113.7, 198.51.100.1', 403], [behind, here, '203.0.113.7', 403],
  ];
  for (const [{ gateway }, key, address, status] of table) assert.equal(await statusOf(t, gateway, from(key, address)), status, `${JSON.stringify(key.entry.allowed_ips)} from ${address}`);
});

test('permissions are hierarchical, and any of the route\'s is enough', { timeout }, async (t) => {
  const key = (...permissions) => newKey({ permissions });
  const table = [
    [key('chat'), '/completions', 200], [key('chat.completions'), '/completions', 200], [key('chat.completions.fast'), '/completions', 403],
    [key('cha'), '/completions', 403], [key('chat.comp'), '/completions', 403], [key('chat.other'), '/completions', 403],
    [key('audit'), '/completions', 200], [key('*'), '/completions', 200], [key(), '/completions', 200],
    [key('x', 'y', 'audit'), '/completions', 200], [key('x'), '/free', 200], [key('completions'), '/completions', 403],
  ];
  const { gateway, upstream } = await keyed(t, table.map(([one]) => one), { routes: (host) => [
    closed(host, { route_id: 'c', match_path: '/completions', permissions: ['chat.completions', 'audit'] }),
    closed(host, { route_id: 'f', match_path: '/free' }),
  ] });
  for (const [one, target, status] of table) {
    const before = upstream.requests.length;
    const answer = await ask(t, gateway, bearer(one), target);
    assert.equal(answer.status, status, `${one.entry.permissions} ${target}`);
    if (status === 403) {
      assert.equal(answer.json.error.type, 'permission_error');
      assert.equal(answer.header('www-authenticate'), undefined);
      assert.equal(upstream.requests.length, before);
    }
  }
});

test('allowed_routes', { timeout }, async (t) => {
  const key = newKey({ allowed_routes: ['a'] });
  const { gateway } = await keyed(t, [key], { routes: (host) => ['a', 'b'].map((id) => closed(host, { route_id: id, match_path: `/${id}` })) });
  assert.equal(await statusOf(t, gateway, bearer(key), '/a'), 200);
  assert.equal(await statusOf(t, gateway, bearer(key), '/b'), 403);
});

test('allowed_models of JSON bodies, with a trailing star', { timeout }, async (t) => {
  const key = newKey({ allowed_models: ['gpt-4*', 'plain'] });
  const free = newKey();
  const { gateway, upstream } = await keyed(t, [key, free]);
  const chat = (body, who = key) => send(t, gateway.port, post('/v1/chat', body, { ...bearer(who), 'Content-Type': 'application/json' }));
  const table = [['{"model":"gpt-4o"}', 200], ['{"model":"gpt-4"}', 200], ['{ "messages": [], "model" : "plain" }', 200],
    ['{"model":"plain2"}', 403], ['{"model":"gpt-3"}', 403], ['{"model":"GPT-4"}', 403], ['{"model":4}', 403], ['{"messages":[]}', 403],
    ['{"model":"\\u0067pt-4"}', 200], ['not json', 403], ['[]', 403]];
  for (const [body, status] of table) {
    const before = upstream.requests.length;
    assert.equal((await chat(body)).status, status, body);
    assert.equal(upstream.requests.length - before, status === 200 ? 1 : 0);
    if (status === 200) assert.equal(upstream.requests.at(-1).text, body);
  }
  assert.equal((await chat('{"model":"gpt-3"}', free)).status, 200);
});

test('rotation: the old value works until its own end', { timeout }, async (t) => {
  const old = newValue();
  const end = Date.now() + 4000;
  const lasting = newKey({ previous_sha256: sha256(old), previous_expires_at: new Date(Date.now() + 3_600_000).toISOString() });
  const other = newValue();
  const over = newKey({ previous_sha256: sha256(other), previous_expires_at: '2020-01-01T00:00:00Z' });
  const soon = newValue();
  const ending = newKey({ previous_sha256: sha256(soon), previous_expires_at: new Date(end).toISOString() });
  const { gateway, upstream } = await keyed(t, [lasting, over, ending], { route: { add_headers: { 'X-Key': '{key_id}' } } });
  assert.equal(await statusOf(t, gateway, bearer(old)), 200);
  assert.equal(await statusOf(t, gateway, bearer(lasting)), 200);
  assert.deepEqual(upstream.requests.map((one) => one.header('x-key')), [lasting.key_id, lasting.key_id]);
  assert.equal(await statusOf(t, gateway, bearer(other)), 401);
  assert.equal(await statusOf(t, gateway, bearer(over)), 200);
  await eventually(async () => (await statusOf(t, gateway, bearer(soon))) === 401, 'the old value to end');
  assert.ok(Date.now() >= end - 5);
  assert.equal(await statusOf(t, gateway, bearer(ending)), 200);
});

test('a rotation shares one limit between both values', { timeout }, async (t) => {
  const old = newValue();
  const key = newKey({ rate_limit: 3, previous_sha256: sha256(old), previous_expires_at: '2099-01-01T00:00:00Z' });
  const { gateway } = await keyed(t, [key]);
  const statuses = [];
  for (const value of [old, key.value, old, key.value]) statuses.push(await statusOf(t, gateway, bearer(value)));
  assert.deepEqual(statuses, [200, 200, 200, 429]);
});

test('a hundred thousand keys are loaded beside the loops, which answer meanwhile', { timeout }, async (t) => {
  const [first, last] = [newKey(), newKey()];
  const upstream = await startUpstream(t);
  const lineOf = ({ key_id, key_sha256 }) => `  - {key_id: ${key_id}, key_sha256: '${key_sha256}', source_path: s}\n`;
  const filler = (number) => ({ key_id: `fg_${number.toString(16).padStart(12, '0')}`, key_sha256: sha256(`filler ${number}`) });
  const gateway = await startGateway(t, { include: ['conf.d/*.yaml'], routes: [closed(upstream.host)] },
    { files: { 'conf.d/keys.yaml': `keys:\n${lineOf(first.entry)}` } });
  const many = Array.from({ length: 99_998 }, (_, number) => lineOf(filler(number))).join('');
  fs.writeFileSync(gateway.file('conf.d/keys.yaml'), `keys:\n${lineOf(first.entry)}${many}${lineOf(last.entry)}`);
  const client = await connect(t, gateway.port);
  let isReloaded = false;
  const reload = gateway.reload().then((line) => { isReloaded = true; return line; });
  let meanwhile = 0;
  while (!isReloaded) {
    assert.equal((await client.request(get('/', bearer(first)))).status, 200);
    if (!isReloaded) meanwhile++;
  }
  assert.match(await reload, /configuration reloaded/);
  assert.ok(meanwhile > 1, `${meanwhile} answers while it was loaded`);
  for (const key of [first, last]) assert.equal(await statusOf(t, gateway, bearer(key)), 200);
  assert.equal(await statusOf(t, gateway, bearer(newValue())), 401);
});

// ------------------------------------------------------------------------------------ how often

test('429 tells when to come back, and answers tell what is left', { timeout }, async (t) => {
  const key = newKey({ rate_limit: 6 });
  const { gateway, upstream } = await keyed(t, [key]);
  const client = await connect(t, gateway.port);
  for (let left = 5; left >= 0; left--) {
    const answer = await client.request(get('/', bearer(key)));
    assert.equal(answer.status, 200);
    assert.deepEqual(['limit', 'remaining'].map((name) => answer.header(`ratelimit-${name}`)), ['6', `${left}`]);
    assert.deepEqual(['limit', 'remaining'].map((name) => answer.header(`x-ratelimit-${name}-requests`)), ['6', `${left}`]);
    assert.match(answer.header('ratelimit-reset'), /^\d+$/);
    assert.match(answer.header('x-ratelimit-reset-requests'), /^(\d+h)?(\d+m)?[\d.]+(s|ms)$/);
    assert.equal(answer.header('retry-after'), undefined);
  }
  const answer = await client.request(get('/', bearer(key)));
  assert.equal(answer.status, 429);
  const wait = Number(answer.header('retry-after'));
  assert.ok(wait >= 1 && wait <= 10, `Retry-After: ${wait}`);   // one in ten seconds
  assert.equal(answer.header('ratelimit-remaining'), '0');
  assert.ok(Number(answer.header('ratelimit-reset')) <= 60);
  assert.equal(answer.json.error.type, 'rate_limit_error');
  assert.equal(upstream.requests.length, 6);
  assert.equal(await statusOf(t, gateway, bearer(newValue())), 401, 'the limit is this key\'s alone');
});

test('an upstream\'s own RateLimit fields pass where the gateway sets none', { timeout }, async (t) => {
  const upstream = await startUpstream(t, answering((asked, connection) => connection.answer('ok', 'RateLimit-Limit: 77\r\nx-ratelimit-remaining-requests: 76\r\n')));
  const [limited, free] = [newKey({ rate_limit: 5 }), newKey()];
  const { gateway } = await keyed(t, [limited, free], { upstream });
  const plain = await ask(t, gateway, bearer(free));
  assert.deepEqual([plain.header('ratelimit-limit'), plain.header('x-ratelimit-remaining-requests')], ['77', '76']);
  const own = await ask(t, gateway, bearer(limited));
  assert.deepEqual([own.headers('ratelimit-limit'), own.headers('x-ratelimit-remaining-requests')], [['5'], ['4']]);
});

const parallel = async (t, gateway, count, headers) => {
  const clients = await Promise.all(Array.from({ length: count }, () => connect(t, gateway.port)));
  const statuses = await Promise.all(clients.map(async (client) => (await client.request(get('/', headers))).status));
  return { ok: statuses.filter((status) => status === 200).length, refused: statuses.filter((status) => status === 429).length };
};

for (const workers of [1, 4]) {
  test(`50 at once against a limit of 10: exactly 10 pass (workers: ${workers})`, { timeout }, async (t) => {
    const key = newKey({ rate_limit: 1, burst: 10 });   // forgiven so slowly that no request of this test is
    const { gateway, upstream } = await keyed(t, [key], { server: { workers } });
    assert.deepEqual(await parallel(t, gateway, 50, bearer(key)), { ok: 10, refused: 40 });
    assert.equal(upstream.requests.length, 10);
  });
}

test('a route\'s limit counts over all keys, a client\'s by its address', { timeout }, async (t) => {
  const keys = [newKey(), newKey()];
  const { gateway } = await keyed(t, keys, { server: { trusted_proxies: ['127.0.0.1/32'] }, routes: (host) => [
    closed(host, { route_id: 'r', match_path: '/route', rate_limit: 1, burst: 3 }),
    closed(host, { route_id: 'c', match_path: '/client', auth: 'none', client_rate_limit: 1, client_burst: 2 }),
  ] });
  const routed = [];
  for (let round = 0; round < 4; round++) routed.push(await statusOf(t, gateway, bearer(keys[round % 2]), '/route'));
  assert.deepEqual(routed, [200, 200, 200, 429]);
  const clients = [];
  for (const address of ['198.51.100.1', '198.51.100.1', '198.51.100.1', '198.51.100.2']) clients.push(await statusOf(t, gateway, { 'X-Forwarded-For': address }, '/client'));
  assert.deepEqual(clients, [200, 200, 429, 200]);
});

test('a request that another limit refuses is not counted against the key', { timeout }, async (t) => {
  const key = newKey({ rate_limit: 1, burst: 3 });
  const { gateway } = await keyed(t, [key], { routes: (host) => [
    closed(host, { route_id: 'tight', match_path: '/tight', rate_limit: 1, burst: 1 }),
    closed(host, { route_id: 'open', match_path: '/open' }),
  ] });
  const statuses = [];
  for (const target of ['/tight', '/tight', '/tight', '/open', '/open', '/open']) statuses.push(await statusOf(t, gateway, bearer(key), target));
  assert.deepEqual(statuses, [200, 429, 429, 200, 200, 429]);
});

test('default_requests_per_minute is for keys without their own; 0 is no limit', { timeout }, async (t) => {
  const [plain, own, free] = [newKey(), newKey({ rate_limit: 5 }), newKey({ rate_limit: 0 })];
  const { gateway } = await keyed(t, [plain, own, free], { rate_limiting: { default_requests_per_minute: 2 } });
  const passed = async (key) => {
    for (let count = 0; ; count++) if (count === 8 || (await statusOf(t, gateway, bearer(key))) === 429) return count;
  };
  assert.deepEqual([await passed(plain), await passed(own), await passed(free)], [2, 5, 8]);
});

test('rate_limiting off: no limit, no fields', { timeout }, async (t) => {
  const key = newKey({ rate_limit: 1 });
  const { gateway } = await keyed(t, [key], { rate_limiting: { enabled: false } });
  for (let round = 0; round < 3; round++) {
    const answer = await ask(t, gateway, bearer(key));
    assert.deepEqual([answer.status, answer.header('ratelimit-limit')], [200, undefined]);
  }
});

test('what was taken of a limit survives HUP and a restart', { timeout }, async (t) => {
  const key = newKey({ rate_limit: 1, burst: 3 });
  const upstream = await startUpstream(t);
  const { gateway } = await keyed(t, [key], { upstream });
  const taken = async (one) => statusOf(t, one, bearer(key));
  assert.deepEqual([await taken(gateway), await taken(gateway)], [200, 200]);
  assert.match(await gateway.reload(), /configuration reloaded/);
  assert.deepEqual([await taken(gateway), await taken(gateway)], [200, 429]);
  await gateway.stop();
  const state = gateway.read('data/limits.state');
  assert.ok(state.length > 0, 'no limits.state');
  assert.ok(!state.includes(key.value));
  assert.equal(fs.statSync(gateway.file('data/limits.state')).mode & 0o077, 0);
  const { gateway: next } = await keyed(t, [key], { upstream }, { files: { 'data/limits.state': state } });
  assert.equal(await taken(next), 429);
});

test('usage of keys is kept over a restart', { timeout }, async (t) => {
  const [key, idle] = [newKey(), newKey()];
  const upstream = await startUpstream(t, answering((asked, connection) => connection.answer('12345')));
  const { gateway } = await keyed(t, [key, idle], { upstream });
  for (let round = 0; round < 3; round++) assert.equal((await send(t, gateway.port, post('/', 'abc', bearer(key)))).status, 200);
  await gateway.stop();
  // Requests, errors, bytes in, bytes out.
  const counts = (text) => new RegExp(`^key ${key.key_id} (\\d+ \\d+ \\d+ \\d+) \\d+$`, 'm').exec(text)?.[1];
  const first = gateway.read('data/usage.state');
  assert.equal(counts(first), '3 0 9 15', first);
  assert.ok(!first.includes(key.value) && !first.includes(idle.key_id));
  const { gateway: next } = await keyed(t, [key, idle], { upstream }, { files: { 'data/usage.state': first } });
  for (let round = 0; round < 2; round++) assert.equal((await send(t, next.port, post('/', 'abc', bearer(key)))).status, 200);
  assert.equal((await send(t, next.port, post('/none/', 'abc', bearer(newValue())))).status, 401);
  await next.stop();
  assert.equal(counts(next.read('data/usage.state')), '5 0 15 25');
});

// ------------------------------------------------------------------------------------ at once

const holding = (door) => answering(async (asked, connection) => {
  if (asked.target.startsWith('/held')) await door.opened;
  await connection.answer(asked.target);
});

for (const where of ['key', 'route']) {
  test(`max_concurrency of a ${where}`, { timeout }, async (t) => {
    const door = gate();
    const upstream = await startUpstream(t, holding(door));
    const limit = { max_concurrency: 2 };
    const key = newKey(where === 'key' ? limit : {});
    const { gateway } = await keyed(t, [key], { upstream, route: where === 'route' ? limit : {} });
    const held = await Promise.all([1, 2].map(() => connect(t, gateway.port)));
    for (const client of held) await client.write(get('/held', bearer(key)));
    await upstream.requestAt(1);
    const refused = await ask(t, gateway, bearer(key));
    assert.equal(refused.status, 429);
    assert.ok(Number(refused.header('retry-after')) >= 1);
    door.open();
    for (const client of held) assert.equal((await client.response()).status, 200);
    assert.equal(await statusOf(t, gateway, bearer(key)), 200);
  });
}

test('a place is given back by clients that leave, too', { timeout }, async (t) => {
  const door = gate();
  const upstream = await startUpstream(t, holding(door));
  const key = newKey({ max_concurrency: 1 });
  const { gateway } = await keyed(t, [key], { upstream });
  for (let round = 0; round < 5; round++) {
    const client = await connect(t, gateway.port);
    await client.write(get('/held', bearer(key)));
    await upstream.requestAt(round);
    client.reset();
    await eventually(async () => gateway.accessLog().length > round, 'the request to end');
  }
  assert.equal(await statusOf(t, gateway, bearer(key)), 200);
  door.open();
});

test('a waiting room in place of 429: all are served, in turns between the keys', { timeout }, async (t) => {
  const door = gate();
  const upstream = await startUpstream(t, holding(door));
  const [many, one] = [newKey(), newKey()];
  const { gateway } = await keyed(t, [many, one], { upstream, route: { max_concurrency: 1, queue: { max_wait: '30s', size: 10 } } });
  const start = async (target, key) => {
    const client = await connect(t, gateway.port);
    await client.write(get(target, bearer(key)));
    return client;
  };
  const clients = [await start('/held', many)];
  await upstream.requestAt(0);
  for (let number = 1; number <= 4; number++) clients.push(await start(`/many/${number}`, many));
  // The one's request comes last of all: a full turn of the gateway's loop lies between.
  await ask(t, gateway, {}, '/');
  clients.push(await start('/one', one));
  await ask(t, gateway, {}, '/');
  assert.equal(upstream.requests.length, 1);
  door.open();
  for (const client of clients) assert.equal((await client.response()).status, 200);
  const order = upstream.requests.map(({ target }) => target);
  assert.deepEqual(order.filter((target) => target.startsWith('/many')).length, 4);
  assert.ok(order.indexOf('/one') <= 2, `in the order ${order}`);
});

test('a waiting room that is full, and a wait that is over, are 429', { timeout }, async (t) => {
  const door = gate();
  const upstream = await startUpstream(t, holding(door));
  const key = newKey();
  const { gateway } = await keyed(t, [key], { upstream, route: { max_concurrency: 1, queue: { max_wait: '1500ms', size: 1 } } });
  const first = await connect(t, gateway.port);
  await first.write(get('/held', bearer(key)));
  await upstream.requestAt(0);
  const waiting = await connect(t, gateway.port);
  const began = performance.now();
  await waiting.write(get('/waits', bearer(key)));
  await ask(t, gateway, {});
  const full = await ask(t, gateway, bearer(key), '/full');
  assert.equal(full.status, 429);
  assert.ok(full.header('retry-after'));
  const over = await waiting.response();
  assert.equal(over.status, 429);
  assert.ok(performance.now() - began >= 1490);
  assert.ok(over.header('retry-after'));
  door.open();
  assert.equal((await first.response()).status, 200);
  assert.deepEqual(upstream.requests.map(({ target }) => target), ['/held']);
});

test('a waiting client that leaves gives its place in the row up', { timeout }, async (t) => {
  const door = gate();
  const upstream = await startUpstream(t, holding(door));
  const key = newKey();
  const { gateway } = await keyed(t, [key], { upstream, route: { max_concurrency: 1, queue: { max_wait: '30s', size: 1 } } });
  const first = await connect(t, gateway.port);
  await first.write(get('/held', bearer(key)));
  await upstream.requestAt(0);
  const leaving = await connect(t, gateway.port);
  await leaving.write(get('/left', bearer(key)));
  await ask(t, gateway, {});
  leaving.reset();
  await eventually(() => gateway.accessLog().some((line) => line.includes('/left')), 'the client to leave');
  const next = await connect(t, gateway.port);
  await next.write(get('/next', bearer(key)));
  await ask(t, gateway, {});
  door.open();
  assert.equal((await first.response()).status, 200);
  assert.equal((await next.response()).status, 200);
  assert.deepEqual(upstream.requests.map(({ target }) => target), ['/held', '/next']);
});

test('a waiting room for a rate: the next one passes as soon as the limit lets it', { timeout }, async (t) => {
  const key = newKey({ rate_limit: 120, burst: 1 });   // one each half second
  const { gateway } = await keyed(t, [key], { route: { queue: { max_wait: '20s', size: 10 } } });
  const began = performance.now();
  const clients = await Promise.all([1, 2, 3].map(() => connect(t, gateway.port)));
  const answers = await Promise.all(clients.map((client) => client.request(get('/', bearer(key)))));
  assert.deepEqual(answers.map(({ status }) => status), [200, 200, 200]);
  assert.ok(performance.now() - began >= 980, `took ${performance.now() - began} ms`);
});

// ------------------------------------------------------------------------------------ guessing

// Answers to wrong keys up to the first refusal. On a slow machine some are forgiven meanwhile, one in six seconds.
async function untilRefused(once) {
  const answers = [];
  while (answers.length < 40 && answers.at(-1)?.status !== 429) answers.push(await once());
  assert.deepEqual(answers.slice(0, -1).filter(({ status }) => status !== 401), []);
  assert.equal(answers.at(-1).status, 429);
  assert.ok(answers.length > 10, `refused after ${answers.length - 1}`);
  return answers;
}

test('wrong keys: 429 after ten, and a right key from the same address still passes', { timeout }, async (t) => {
  const key = newKey();
  const { gateway } = await keyed(t, [key], { server: { trusted_proxies: ['127.0.0.1/32'] } });
  const from = (address, value) => ({ ...bearer(value), 'X-Forwarded-For': address });
  const wrong = await untilRefused(() => ask(t, gateway, from('198.51.100.1', newValue())));
  assert.ok(Number(wrong.at(-1).header('retry-after')) >= 1);
  assert.equal(wrong.at(-1).header('ratelimit-limit'), undefined, 'how many may be tried is told');
  assert.equal(await statusOf(t, gateway, from('198.51.100.1', key)), 200);
  assert.equal(await statusOf(t, gateway, { 'X-Forwarded-For': '198.51.100.1' }), 401, 'no key is not a wrong one');
  assert.equal(await statusOf(t, gateway, from('198.51.100.2', newValue())), 401);
  const metrics = (await send(t, gateway.port, get('/metrics'))).text;
  assert.match(metrics, new RegExp(`^fastgate_key_failures_total ${wrong.length + 1}$`, 'm'));
});

test('wrong keys are answered slower and slower, right ones meanwhile', { timeout }, async (t) => {
  const key = newKey();
  const { gateway } = await keyed(t, [key]);
  const client = await connect(t, gateway.port);
  const took = async (value) => {
    const began = performance.now();
    const { status } = await client.request(get('/', bearer(value)));
    return { status, time: performance.now() - began };
  };
  const times = [];
  for (let round = 0; round < 6; round++) {
    const { status, time } = await took(newValue());
    assert.equal(status, 401);
    times.push(time);
  }
  // 50, 100 and 200 ms for those behind the third.
  assert.ok(Math.max(...times.slice(3)) >= 190, `took ${times} ms`);
  // The next wrong one waits for 400 ms, and the gateway goes on serving meanwhile.
  const slow = await connect(t, gateway.port);
  await slow.write(get('/wrong', bearer(newValue())));
  assert.equal(await statusOf(t, gateway, bearer(key)), 200);
  assert.equal((await slow.response()).status, 401);
});

test('wrong keys count at routes that a body\'s value tells apart, too', { timeout }, async (t) => {
  const { gateway } = await keyed(t, [], { routes: (host) => ['a', 'b'].map((model) => closed(host, { route_id: model, match_body_schema: { model } })) });
  const json = { 'Content-Type': 'application/json' };
  await untilRefused(() => send(t, gateway.port, post('/', '{"model":"a"}', { ...json, ...bearer(newValue()) })));
});

test('a client that leaves while its wrong key is being weighed is let go', { timeout }, async (t) => {
  const { gateway } = await keyed(t, []);
  for (let round = 0; round < 6; round++) await ask(t, gateway, bearer(newValue()));
  const client = await connect(t, gateway.port);
  await client.write(get('/left', bearer(newValue())));
  await ask(t, gateway, {});
  client.reset();
  await eventually(() => gateway.accessLog().some((line) => line.includes('/left')), 'the access line of the client that left');
  assert.equal(await statusOf(t, gateway, {}), 401);
});

test('the refusal of a body comes before the body: a client without a key sends it for nothing', { timeout }, async (t) => {
  const { gateway, upstream } = await keyed(t, [], { route: { match_body_schema: { model: 'm' } } });
  const client = await connect(t, gateway.port);
  await client.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\nExpect: 100-continue\r\n\r\n');
  const answer = await client.response('POST');
  assert.equal(answer.status, 401);
  assert.deepEqual(answer.interim, []);
  assert.equal(upstream.connections.length, 0);
});

test('HEAD and DELETE need keys like any other method', { timeout }, async (t) => {
  const key = newKey();
  const { gateway } = await keyed(t, [key]);
  for (const method of ['HEAD', 'DELETE', 'OPTIONS', 'PATCH']) {
    assert.equal((await send(t, gateway.port, request(method, '/'), method)).status, 401, method);
    assert.equal((await send(t, gateway.port, request(method, '/', bearer(key)), method)).status, 200, method);
    assert.equal((await send(t, gateway.port, request(method, '/', apiKey(key)), method)).status, 200, method);
  }
});

test('what is no key of the gateway is told apart from none at all', { timeout }, async (t) => {
  const { gateway } = await keyed(t, [newKey()]);
  const told = async (headers) => (await ask(t, gateway, headers)).json.error.message;
  assert.match(await told({}), /^no API key was given/);
  for (const headers of [bearer('sk-of-openai'), { 'X-API-Key': 'sk-of-openai' }, { Authorization: 'Basic YTpi' }]) {
    assert.match(await told(headers), /no API key of this gateway: its keys begin with `fg_`/);
  }
  assert.equal(await told(bearer(newValue())), 'the API key is unknown');
});
