// Changing the top-level fields of a JSON body on its way.
import assert from 'node:assert/strict';
import test from 'node:test';
import { changing, json, ruled } from './support/body_rules.mjs';
import { route, startGateway } from './support/gateway.mjs';
import { chunked } from './support/http1.mjs';
import { get, post, request, send } from './support/raw_client.mjs';
import { startUpstream } from './support/upstream.mjs';

const timeout = 60_000;

test('added fields are set or replaced, and every other byte stays', { timeout }, async (t) => {
  const { upstream, change } = await changing(t, { add_body_fields: { temperature: 0.7, options: { a: [1, null] } }, remove_body_fields: ['user', 'gone'] });
  const table = [
    ['{"model":"m"}', '{"model":"m","temperature":0.7,"options":{"a":[1,null]}}'],
    ['{"temperature":1,"options":2}', '{"temperature":0.7,"options":{"a":[1,null]}}'],
    ['{ "temperature" :\t1.50e+0 ,\r\n "n": 1.0e5, "big": 123456789012345678901234567890, "s":"\\u00e9\\/é", "options": {"temperature": 9} }',
      '{ "temperature" :\t0.7 ,\r\n "n": 1.0e5, "big": 123456789012345678901234567890, "s":"\\u00e9\\/é", "options": {"a":[1,null]} }'],
    ['{"user":"x","options":0,"temperature":0}', '{"options":{"a":[1,null]},"temperature":0.7}'],
    ['{"options":0,"temperature":0,"user":{"user":1}}', '{"options":{"a":[1,null]},"temperature":0.7}'],
    ['{"options":0,"a":{"user":1},"us\\u0065r":1,"temperature":0,"dup":1,"dup":2}', '{"options":{"a":[1,null]},"a":{"user":1},"temperature":0.7,"dup":1,"dup":2}'],
    ['{}', '{"temperature":0.7,"options":{"a":[1,null]}}'],
    ['{"user":1}', '{"temperature":0.7,"options":{"a":[1,null]}}'],
  ];
  for (const [body, wanted] of table) {
    assert.equal(await change(body), wanted, body);
    assert.equal(upstream.requests.at(-1).header('content-length'), String(Buffer.byteLength(wanted)));
    assert.deepEqual(upstream.requests.at(-1).headers('content-length').length, 1);
  }
});

test('a chunked body is changed too', { timeout }, async (t) => {
  const { upstream, client } = await changing(t, { add_body_fields: { max_tokens: 2048 } });
  const text = request('POST', '/x', { ...json, 'Transfer-Encoding': 'chunked' }) + chunked('{"max_', 'tokens": 1, "m', 'odel":"a" }');
  assert.equal((await client.request(text)).status, 200);
  assert.equal(upstream.requests[0].text, '{"max_tokens": 2048, "model":"a" }');
});

test('values may name the client, the request and what the path holds, escaped', { timeout }, async (t) => {
  const { upstream, client } = await changing(t, { match_path: '/{tenant}/chat', add_body_fields: { user: '{tenant}@{client_ip}', trace: { id: '{request_id}' } } });
  await client.request(post('/a%22b/chat', '{"x":1}', { ...json, 'X-Request-Id': 'req-1' }));
  assert.deepEqual(upstream.requests[0].json, { x: 1, user: 'a"b@127.0.0.1', trace: { id: upstream.requests[0].header('x-request-id') } });
});

test('a placeholder in doubled braces is its text, in a field of the body as in a header field', { timeout }, async (t) => {
  const { upstream, client } = await changing(t, { add_headers: { 'X-T': '{{path}} {path}' }, add_body_fields: { t: '{{path}} {path}' } });
  await client.request(post('/x', '{}', json));
  assert.equal(upstream.requests[0].header('x-t'), '{path} /x');
  assert.equal(upstream.requests[0].text, '{"t":"{path} /x"}');
});

test('what came from the environment is taken as it is, whatever placeholders it looks like', { timeout }, async (t) => {
  const own = 'a{path}{{path}}"{host';
  const upstream = await startUpstream(t);
  const mixed = '{method} ${OWN} {method}';
  const gateway = await startGateway(t, {
    routes: [
      route(upstream.host, { match_path: '/up', add_headers: { 'X-T': mixed }, add_response_headers: { 'X-R': '${OWN}' }, add_body_fields: { t: mixed, u: { v: ['${OWN}', '{path}'] } } }),
      route(undefined, { route_id: 'text', match_path: '/text', respond: { status: 200, headers: { 'X-R': mixed }, body: mixed } }),
      route(undefined, { route_id: 'object', match_path: '/object', respond: { status: 200, body: { t: mixed } } }),
    ],
  }, { env: { OWN: own } });
  const expected = `POST ${own} POST`;
  const answer = await send(t, gateway.port, post('/up', '{}', json));
  assert.equal(answer.header('x-r'), own);
  assert.equal(upstream.requests[0].header('x-t'), expected);
  assert.deepEqual(upstream.requests[0].json, { t: expected, u: { v: [own, '/up'] } });
  const text = await send(t, gateway.port, post('/text', ''));
  assert.deepEqual([text.text, text.header('x-r')], [expected, expected]);
  assert.deepEqual(JSON.parse((await send(t, gateway.port, post('/object', ''))).text), { t: expected });
});

test('malformed JSON on a route that changes fields is 400; a request without a body passes', { timeout }, async (t) => {
  const { upstream, client, change } = await changing(t, { add_body_fields: { a: 1 } });
  for (const body of ['{"b":', 'text', '[1]', '"s"', '{"b":1} {']) assert.equal(await change(body), 400, body);
  assert.equal(upstream.requests.length, 0);
  assert.equal((await client.request(get('/x'))).status, 200);
  assert.equal(upstream.requests[0].text, '');
});

test('a body of no bytes stays so on a route that changes fields', { timeout }, async (t) => {
  const { upstream, client, change } = await changing(t, { add_body_fields: { a: 1 }, remove_body_fields: ['b'] });
  assert.equal(await change(''), '');
  assert.equal(upstream.requests[0].header('content-length'), '0');
  const chunked = await client.request('POST /x HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n');
  assert.equal(chunked.status, 200);
  assert.equal(upstream.requests[1].text, '');
  assert.equal(await change(' '), 400);
});

test('a matched body is changed after it was matched', { timeout }, async (t) => {
  const { rule, where } = await ruled(t, { model: 'public' }, { rule: { add_body_fields: { model: 'private-7b' } } });
  assert.equal(await where('{"model":"public","n":1}'), 'rule');
  assert.equal(rule.requests[0].text, '{"model":"private-7b","n":1}');
  assert.equal(await where('{"model":"private-7b"}'), 'fallback');
});

test('a body larger than inspect_limit cannot be changed: 413', { timeout }, async (t) => {
  const { change } = await changing(t, { add_body_fields: { a: 1 } }, { proxy: { inspect_limit: '1KiB' } });
  assert.equal(await change(`{"x":"${'y'.repeat(1000)}"}`), `{"x":"${'y'.repeat(1000)}","a":1}`);
  assert.equal(await change(`{"x":"${'y'.repeat(2000)}"}`), 413);
});
