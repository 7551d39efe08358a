// API keys: who may call what, how a refusal is told, and what becomes of those who guess.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import test from 'node:test';
import OpenAI from 'openai';
import { eventually, route, startGateway } from './support/gateway.mjs';
import { ask, closed, keyed, statusOf } from './support/keyed.mjs';
import { apiKey, bearer, newKey, newValue, sha256 } from './support/keys.mjs';
import { connect, get, post, request, send } from './support/raw_client.mjs';
import { startHttpUpstream, startUpstream } from './support/upstream.mjs';

const timeout = 60_000;

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
    [key('chat.completionsx'), '/completions', 403], [key('Chat'), '/completions', 403], [key('chat.'), '/completions', 403], [key('chat.*'), '/completions', 403],
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
    ['{"model":"\\u0067pt-4"}', 200], ['not json', 403], ['[]', 403], ['', 200],
    ['{"model":"gpt-3","model":"gpt-4"}', 403], ['{"model":"gpt-4","mod\\u0065l":"gpt-4"}', 403],
    ['{"model":"gpt-4","Model":"gpt-3"}', 403], ['{"MODEL":"gpt-3","model":"gpt-4"}', 403], ['{"model":"gpt-4","models":["gpt-3"]}', 200]];
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
