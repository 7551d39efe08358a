// Routing by what a JSON body says.
import assert from 'node:assert/strict';
import test from 'node:test';
import zlib from 'node:zlib';
import { changing, json, ruled } from './support/body_rules.mjs';
import { route, run, startGateway } from './support/gateway.mjs';
import { chunked } from './support/http1.mjs';
import { connect, get, post, request, send } from './support/raw_client.mjs';
import { startNamed } from './support/server_groups.mjs';
import { answering, startUpstream } from './support/upstream.mjs';

const timeout = 60_000;

// ------------------------------------------------------------------------------------ the use cases

test('case 4: one model goes to its server, all others to the fallback', { timeout }, async (t) => {
  const [qwen, other] = await startNamed(t, 'qwen', 'other');
  const common = { match_path: '/v2*', match_method: 'POST', target_path: '/v1/chat/completions', auth: 'none', target_protocol: 'http', is_active: true };
  const gateway = await startGateway(t, { routes: [
    { route_name: 'V2 Fallback Proxy', ...common, target_host: other.host, priority: 80 },
    { route_name: 'V2 Qwen3-30B Proxy', ...common, target_host: qwen.host, priority: 40, match_body_schema: { model: 'mckj/Qwen3-30B-A3B' },
      add_headers: { Authorization: 'Bearer backend', 'X-Proxy-Source': 'M-FastGate-v0.2.0' } },
  ] });
  const chat = (model) => JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello' }], max_tokens: 100 });
  const ask = async (body) => (await send(t, gateway.port, post('/v2/chat/completions', body, { ...json, Authorization: 'Bearer client' }))).text;
  assert.equal(await ask(chat('mckj/Qwen3-30B-A3B')), 'qwen');
  assert.equal(await ask(chat('other-model')), 'other');
  assert.equal(await ask(chat('mckj/qwen3-30b-a3b')), 'other');
  assert.equal(await ask('{}'), 'other');
  assert.deepEqual([qwen.requests[0].target, qwen.requests[0].headers('authorization'), qwen.requests[0].header('x-proxy-source')],
    ['/v1/chat/completions', ['Bearer backend'], 'M-FastGate-v0.2.0']);
  assert.equal(qwen.requests[0].text, chat('mckj/Qwen3-30B-A3B'));
  assert.deepEqual([other.requests[0].header('authorization'), other.requests[0].header('x-proxy-source')], ['Bearer client', undefined]);
  assert.equal((await send(t, gateway.port, get('/v2/x'))).status, 404);
});

test('a text that was cut within an emoji, as JSON.stringify writes it, is routed and passed on as it came', { timeout }, async (t) => {
  const { rule, where } = await ruled(t, { model: 'm' }, { rule: { add_body_fields: { stream: true } } });
  const body = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'well \u{1F600}'.slice(0, 6) }] });
  assert.match(body, /\\ud83d"/);
  assert.equal(await where(body), 'rule');
  assert.equal(rule.requests[0].text, `${body.slice(0, -1)},"stream":true}`);
});

test('case 5: streams by `const: true`', { timeout }, async (t) => {
  const events = answering((asked, connection) => connection.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n' + chunked('data: 1\n\n', 'data: [DONE]\n\n')));
  const stream = await startUpstream(t, events);
  const [plain] = await startNamed(t, 'plain');
  const gateway = await startGateway(t, { routes: [
    route(stream.host, { route_id: 's', match_path: '/stream/*', match_body_schema: { properties: { stream: { const: true } }, required: ['stream'] }, target_path: '/v1/chat/completions', timeout: 300 }),
    route(plain.host, { route_id: 'p', match_path: '/stream/*', priority: 200 }),
  ] });
  const ask = (body) => send(t, gateway.port, post('/stream/chat', body, json));
  const streamed = await ask('{"model": "gpt-4", "stream": true}');
  assert.deepEqual([streamed.header('content-type'), streamed.text], ['text/event-stream', 'data: 1\n\ndata: [DONE]\n\n']);
  assert.equal(stream.requests[0].target, '/v1/chat/completions');
  for (const body of ['{"stream": false}', '{"stream": 1}', '{"stream": "true"}', '{"stream": null}', '{}']) assert.equal((await ask(body)).text, 'plain', body);
});

test('case 5 as it is written: `properties` alone lets an absent field pass, as JSON Schema has it', { timeout }, async (t) => {
  const { where } = await ruled(t, { properties: { stream: { const: true } } });
  assert.deepEqual([await where('{"stream":true}'), await where('{"stream":false}'), await where('{}')], ['rule', 'fallback', 'rule']);
});

test('fifty models, fifty servers\' worth of routes', { timeout }, async (t) => {
  const upstream = await startUpstream(t);
  const models = Array.from({ length: 50 }, (_, number) => `vendor/model-${number}`);
  const gateway = await startGateway(t, { routes: [
    ...models.map((model, number) => route(upstream.host, { route_id: `m${number}`, match_body_schema: { model }, add_headers: { 'X-Route': `m${number}` } })),
    route(upstream.host, { route_id: 'rest', priority: 900, add_headers: { 'X-Route': 'rest' } }),
  ] });
  const client = await connect(t, gateway.port);
  for (const model of [...models, 'vendor/model-50', 'vendor/model-']) await client.request(post('/', JSON.stringify({ messages: [], model }), json));
  assert.deepEqual(upstream.requests.map((one) => one.header('x-route')), [...models.map((_, number) => `m${number}`), 'rest', 'rest']);
});

// ------------------------------------------------------------------------------------ rules

const rules = [
  ['simple form: a field equals', { model: 'a' }, { '{"model":"a"}': 1, ' { "x": 1,\n"model" : "\\u0061" } ': 1, '{"model":"A"}': 0, '{"model":["a"]}': 0, '{"other":{"model":"a"}}': 0, '{}': 0 }],
  ['simple form: all of several fields', { model: 'a', n: 1 }, { '{"n":1,"model":"a"}': 1, '{"n":1.0,"model":"a"}': 1, '{"n":2,"model":"a"}': 0, '{"model":"a"}': 0 }],
  ['simple form: null is not absence, true is not 1', { a: null, b: true }, { '{"a":null,"b":true}': 1, '{"b":true}': 0, '{"a":null,"b":1}': 0, '{"a":null,"b":"true"}': 0 }],
  ['simple form: deep equality', { o: { x: [1, { y: 2 }], z: 'q' } }, { '{"o":{"z":"q","x":[1,{"y":2}]}}': 1, '{"o":{"x":[1,{"y":2}],"z":"q","w":0}}': 0, '{"o":{"z":"q","x":[{"y":2},1]}}': 0 }],
  ['simple form: numbers by value', { n: 100 }, { '{"n":100}': 1, '{"n":1e2}': 1, '{"n":100.0}': 1, '{"n":100.00000000000001}': 0, '{"n":"100"}': 0 }],
  ['the documented schema', { type: 'object', properties: { model: { type: 'string' }, stream: { const: true } }, required: ['model'] },
    { '{"model":"m","stream":true}': 1, '{"model":"m"}': 1, '{"model":"m","stream":false}': 0, '{"model":1}': 0, '{"stream":true}': 0, '[]': 0 }],
  ['enum and pattern', { properties: { model: { enum: ['a', 'b'] }, user: { pattern: '^u[0-9]+$' } }, required: ['model', 'user'] },
    { '{"model":"b","user":"u12"}': 1, '{"model":"c","user":"u12"}': 0, '{"model":"a","user":"xu12"}': 0 }],
  ['anyOf, not, $ref', { $defs: { big: { type: 'integer', minimum: 1000 } }, anyOf: [{ properties: { max_tokens: { $ref: '#/$defs/big' } }, required: ['max_tokens'] }, { required: ['tools'] }], not: { required: ['legacy'] } },
    { '{"max_tokens":1000}': 1, '{"max_tokens":999}': 0, '{"tools":[]}': 1, '{"tools":[],"legacy":1}': 0, '{}': 0 }],
  ['contains over messages', { properties: { messages: { contains: { properties: { role: { const: 'system' } }, required: ['role'] } } }, required: ['messages'] },
    { '{"messages":[{"role":"user"},{"role":"system"}]}': 1, '{"messages":[{"role":"user"}]}': 0, '{"messages":[]}': 0 }],
  ['an array at the top', { type: 'array', minItems: 2 }, { '[1,2]': 1, '[1]': 0, '{}': 0 }],
];
for (const [name, rule, bodies] of rules) {
  test(name, { timeout }, async (t) => {
    const { where } = await ruled(t, rule);
    for (const [body, fits] of Object.entries(bodies)) assert.equal(await where(body), fits ? 'rule' : 'fallback', body);
  });
}

test('a schema that is invalid or not supported is a configuration error with its place', { timeout }, async (t) => {
  const { gateway } = await ruled(t, { model: 'a' });
  for (const schema of [{ type: 'objekt' }, { properties: { a: { $ref: '#/$defs/none' } } }, { properties: { a: { pattern: '(' } } }, { required: 'model', type: 'object' }]) {
    gateway.writeConfig({ routes: [{ match_path: '/', auth: 'none', target_host: 'a', match_body_schema: schema }] });
    const { code, output } = run(['-c', gateway.file('fastgate.yaml'), '-p', gateway.folder, '-t']);
    assert.equal(code, 1, JSON.stringify(schema));
    assert.match(output, /fastgate\.yaml:\d+:\d+: /);
  }
});

// ------------------------------------------------------------------------------------ forms of bodies

const codings = {
  gzip: zlib.gzipSync,
  br: (bytes) => zlib.brotliCompressSync(bytes, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 1 } }),
};
for (const [coding, encode] of Object.entries(codings)) {
  test(`a body in ${coding} is matched and goes on as it came`, { timeout }, async (t) => {
    const { rule, fallback, gateway } = await ruled(t, { model: 'a' });
    const ask = async (bytes, headers = {}) => {
      const client = await connect(t, gateway.port);
      await client.write(request('POST', '/x', { ...json, 'Content-Encoding': coding, 'Content-Length': bytes.length, ...headers }));
      await client.write(bytes);
      return (await client.response('POST')).text;
    };
    const fits = encode(Buffer.from(JSON.stringify({ model: 'a', text: 'long '.repeat(5000) })));
    assert.equal(await ask(fits), 'rule');
    assert.ok(rule.requests[0].body.equals(fits));
    assert.equal(rule.requests[0].header('content-encoding'), coding);
    const other = encode(Buffer.from('{"model":"b"}'));
    assert.equal(await ask(other), 'fallback');
    assert.ok(fallback.requests[0].body.equals(other));
    assert.equal(await ask(fits.subarray(0, fits.length - 9)), 'fallback', 'one that is cut off');
    assert.equal(await ask(Buffer.from('{"model":"a"}')), 'fallback', 'one that is not what it says');
  });

  test(`a bomb in ${coding} costs little and does not match`, { timeout }, async (t) => {
    const { gateway } = await ruled(t, { model: 'a' });
    const bomb = encode(Buffer.concat([Buffer.from('{"model":"a","x":"'), Buffer.alloc(100 << 20, 'a'), Buffer.from('"}')]));
    const client = await connect(t, gateway.port);
    const before = gateway.memory();
    await client.write(request('POST', '/x', { ...json, 'Content-Encoding': coding, 'Content-Length': bomb.length }));
    await client.write(bomb);
    const answer = await client.response('POST');
    assert.ok(answer.status === 413 || answer.text === 'fallback', `${answer.status} ${answer.text}`);
    assert.ok(gateway.memory() - before < 60 << 20, `${gateway.memory() - before} bytes more`);
  });
}

test('an unknown content coding does not match', { timeout }, async (t) => {
  const { where } = await ruled(t, { model: 'a' });
  assert.equal(await where('{"model":"a"}', { ...json, 'Content-Encoding': 'x-own' }), 'fallback');
  assert.equal(await where('{"model":"a"}', { ...json, 'Content-Encoding': 'identity' }), 'rule');
});

test('chunked bodies, in any pieces', { timeout }, async (t) => {
  const { rule, fallback, gateway } = await ruled(t, { model: 'aé' });
  const client = await connect(t, gateway.port);
  const body = Buffer.from('{"model": "aé", "n": [1, 2]}');
  for (const size of [1, 2, 7, 100]) {
    await client.write(request('POST', '/x', { ...json, 'Transfer-Encoding': 'chunked' }));
    for (let at = 0; at < body.length; at += size) {
      const piece = body.subarray(at, at + size);
      await client.write(Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')]));
    }
    await client.write('0\r\n\r\n');
    assert.equal((await client.response('POST')).text, 'rule');
    assert.ok(rule.requests.at(-1).body.equals(body));
  }
  const other = request('POST', '/x', { ...json, 'Transfer-Encoding': 'chunked' });
  assert.equal((await client.request(other + chunked('{"model"', ':1}'))).text, 'fallback');
  assert.equal(fallback.requests[0].text, '{"model":1}');
});

test('trailers of a chunked body that was matched go on', { timeout }, async (t) => {
  const { rule, gateway } = await ruled(t, { model: 'a' });
  const text = request('POST', '/x', { ...json, 'Transfer-Encoding': 'chunked', Trailer: 'X-Sum' }) + 'd\r\n{"model":"a"}\r\n0\r\nX-Sum: 7\r\n\r\n';
  assert.equal((await send(t, gateway.port, text)).text, 'rule');
  assert.deepEqual([rule.requests[0].text, rule.requests[0].trailers], ['{"model":"a"}', [['X-Sum', '7']]]);
});

test('malformed JSON, other media types and empty bodies match no rule', { timeout }, async (t) => {
  const { where, fallback, gateway } = await ruled(t, { model: 'a' });
  for (const body of ['{"model":"a"', '{"model":"a"}}', '{model:"a"}', "{'model':'a'}", '{"model":"a",}', '{"model":"a"} x', 'null', '"a"', '\ufeff', '{"model":"a\u0001"}', 'x'.repeat(3000), '['.repeat(20_000)]) {
    assert.equal(await where(body), 'fallback', body.slice(0, 30));
    assert.equal(fallback.requests.at(-1).text, body);
  }
  const good = '{"model":"a"}';
  const types = { 'application/json': 1, 'application/json; charset=utf-8': 1, 'APPLICATION/JSON': 1, 'application/vnd.api+json': 1,
    'text/plain': 0, 'application/x-www-form-urlencoded': 0, 'application/jsonl': 0, 'multipart/form-data; boundary=application/json': 0 };
  for (const [type, fits] of Object.entries(types)) assert.equal(await where(good, { 'Content-Type': type }), fits ? 'rule' : 'fallback', type);
  assert.equal((await send(t, gateway.port, get('/x'))).text, 'fallback');
  assert.equal((await send(t, gateway.port, post('/x', '', { ...json, 'Content-Length': '0' }))).text, 'fallback');
});

test('texts that parsers read apart: what matches, and what a route that changes fields makes of them', { timeout }, async (t) => {
  const { where } = await ruled(t, { model: 'a' });
  const { change } = await changing(t, { add_body_fields: { model: 'own' }, remove_body_fields: ['gone'] });
  const bytes = (...values) => Buffer.from(values).toString('latin1');
  const nested = (depth) => `{"model":"a","d":${'['.repeat(depth)}${']'.repeat(depth)}}`;
  // The text, whether it matches, and what it becomes: 400 where it is no JSON object.
  const table = [
    ['{"model":"b","model":"a"}', 1, '{"model":"own"}'], ['{"model":"a","model":"b"}', 0, '{"model":"own"}'],
    ['{"\\u006dodel":"\\u0061"}', 1, '{"\\u006dodel":"own"}'], ['{"m\\u006Fdel":"a","model":"b"}', 0, '{"model":"own"}'],
    ['{"gone":1,"g\\u006fne":2,"model":"a","gone":3}', 1, '{"model":"own"}'], ['{"Model":"a"}', 0, '{"Model":"a","model":"own"}'],
    [' \t\r\n{"model":"a"}\n\n', 1, ' \t\r\n{"model":"own"}\n\n'], ['{"d":{"model":"a"}}', 0, '{"d":{"model":"a"},"model":"own"}'],
    ['{"model":"a","d":1e999999}', 1, '{"model":"own","d":1e999999}'], [`{"model":"a","d":${'9'.repeat(5000)}}`, 1, `{"model":"own","d":${'9'.repeat(5000)}}`],
    ['{"model":"a","d":-0}', 1, '{"model":"own","d":-0}'], ['{"model":"a","d":"\\u0000\x7f"}', 1, '{"model":"own","d":"\\u0000\x7f"}'],
    ['{"model":["a"]}', 0, '{"model":"own"}'], ['{"model":"a\\u0000"}', 0, '{"model":"own"}'], [nested(500), 1, nested(500).replace('"a"', '"own"')],
    ['\ufeff{"model":"a"}', 0, 400], ['{"model":"a"}\0', 0, 400], ['{"model":"a"}{}', 0, 400], ['[{"model":"a"}]', 0, 400], ['{"model":"a"/**/}', 0, 400],
    ['{"model":"a","d":01}', 0, 400], ['{"model":"a","d":+1}', 0, 400], ['{"model":"a","d":.5}', 0, 400], ['{"model":"a","d":NaN}', 0, 400],
    ['{"model":"a","d":"\n"}', 0, 400], ['{"model":"a","d":"\\x41"}', 0, 400], ['{"model":"a","d":"\\ud80"}', 0, 400],
    ['{"model":"a","d":"\\ud800"}', 1, '{"model":"own","d":"\\ud800"}'], ['{"model":"a","\\udc00\\ud800":1}', 1, '{"model":"own","\\udc00\\ud800":1}'],
    [nested(5000), 0, 400],
  ];
  for (const [text, fits, wanted] of table) {
    assert.equal(await where(text), fits ? 'rule' : 'fallback', text.slice(0, 60));
    assert.equal(await change(text), wanted, text.slice(0, 60));
  }
  for (const d of [bytes(0xff), bytes(0xed, 0xa0, 0x80), bytes(0xc0, 0xaf), bytes(0xf4, 0x90, 0x80, 0x80), bytes(0xe2, 0x82)]) {
    const text = `{"model":"a","d":"${d}"}`;
    assert.equal(await where(Buffer.from(text, 'latin1')), 'fallback', escape(d));
    assert.equal(await change(Buffer.from(text, 'latin1')), 400, escape(d));
  }
});

test('the debug log says why a body matched no rule, and nothing of what is in it', { timeout }, async (t) => {
  const upstream = await startUpstream(t);
  const gateway = await startGateway(t, {
    logging: { level: 'debug' },
    routes: [route(upstream.host, { route_id: 'm', match_body_schema: { model: 'm' }, priority: 1 }), route(upstream.host, { route_id: 'rest', priority: 2 })],
  });
  for (const [number, [type, body, reason]] of [
    ['application/json', '{"s3cr3t"', /it is not JSON/], ['text/plain', '{"model":"m"}', /media type 'text\/plain'/], ['application/json', '"s3cr3t"', /neither a JSON object nor an array/],
  ].entries()) {
    const answer = await send(t, gateway.port, request('POST', '/', { 'Content-Type': type, 'X-Request-Id': `mine-${number}` }, body), 'POST');
    assert.equal(answer.status, 200);
    const line = await gateway.logLine(`request_id=mine-${number} reason`);
    assert.match(line, / DEBUG the body matches no rule /);
    assert.match(line, reason);
    assert.doesNotMatch(line, /s3cr3t/);
  }
  assert.equal((await send(t, gateway.port, request('POST', '/', { 'Content-Type': 'application/json' }, '{"model":"x"}'), 'POST')).status, 200);
  assert.equal((await send(t, gateway.port, request('GET', '/'))).status, 200);
  await gateway.stop();
  assert.equal(gateway.logs('matches no rule').length, 3, 'a body that does not fit, and none, are no news');
});

test('explain says why a body did not match', { timeout }, async (t) => {
  const { gateway } = await ruled(t, { model: 'a' });
  const explain = (body, ...more) => {
    const { stdout } = run(['-c', gateway.file('fastgate.yaml'), '-p', gateway.folder, 'explain', 'POST', '/x', '--json', '-H', 'Content-Type: application/json', ...more, '-d', body]);
    const { route_id, rejected } = JSON.parse(stdout);
    return [route_id, rejected.map((one) => `${one.route_id} ${one.reason}`).join()];
  };
  assert.deepEqual(explain('{"model":"a"}'), ['rule', '']);
  const [id, reason] = explain('{"model":"b"}');
  assert.equal(id, 'fallback');
  assert.match(reason, /^rule .*model.*"b".*"a"/);
  assert.match(explain('{"model":')[1], /^rule .*JSON/);
});

test('without a rule that needs it no body is waited for', { timeout }, async (t) => {
  const { gateway, fallback } = await ruled(t, { model: 'a' }, { rule: { match_path: '/only/here' } });
  const client = await connect(t, gateway.port);
  await client.write(request('POST', '/x', { ...json, 'Content-Length': 14 }) + '{"mod');
  const asked = await fallback.requestAt(0);   // its head is there while the body is on its way
  await client.write('el":"a"} ');
  assert.equal((await client.response('POST')).text, 'fallback');
  assert.equal(asked.text, '{"model":"a"} ');
});

test('inspect_limit: 413 where a body rule needs more, streamed where none does', { timeout }, async (t) => {
  const { gateway, rule, fallback } = await ruled(t, { model: 'a' }, { rule: { match_path: '/rule' }, proxy: { inspect_limit: '2KiB' } });
  const body = (size) => `{"model":"a"${' '.repeat(size - 13)}}`;
  const ask = (target, size) => send(t, gateway.port, post(target, body(size), json));
  assert.equal((await ask('/rule', 2048)).text, 'rule');
  const answer = await ask('/rule', 2049);
  assert.equal(answer.status, 413);
  assert.equal(answer.json.error.type, 'invalid_request_error');
  assert.equal((await ask('/other', 100_000)).text, 'fallback');
  const client = await connect(t, gateway.port);
  await client.write(request('POST', '/rule', { ...json, 'Transfer-Encoding': 'chunked' }));
  for (let count = 0; count < 3; count++) await client.write(`400\r\n${' '.repeat(1024)}\r\n`);
  assert.equal((await client.response('POST')).status, 413);
  assert.deepEqual([rule.requests.length, fallback.requests.length], [1, 1]);
});

test('an upload of another type than JSON is not read for a rule: it is streamed, however large', { timeout }, async (t) => {
  const { gateway, rule, fallback } = await ruled(t, { model: 'a' }, { proxy: { inspect_limit: '2KiB' } });
  const form = { 'Content-Type': 'multipart/form-data; boundary=b' };
  assert.equal((await send(t, gateway.port, post('/x', 'x'.repeat(100_000), form))).text, 'fallback');
  const client = await connect(t, gateway.port);
  await client.write(request('POST', '/x', { ...form, 'Content-Length': 8 }) + 'half');
  const asked = await fallback.requestAt(1);   // its head is there while the body is on its way
  await client.write('half');
  assert.equal((await client.response('POST')).text, 'fallback');
  assert.equal(asked.text, 'halfhalf');
  assert.equal(rule.requests.length, 0);
  const explained = run(['-c', gateway.file('fastgate.yaml'), '-p', gateway.folder, 'explain', 'POST', '/x', '--json', '-H', `Content-Type: ${form['Content-Type']}`, '-d', 'x'.repeat(3000)]);
  assert.equal(JSON.parse(explained.stdout).route_id, 'fallback', explained.output);
});

test('an upload of another type than JSON to a route that changes bodies is 415, or 413 beyond what is read', { timeout }, async (t) => {
  const { change, client } = await changing(t, { add_body_fields: { a: 1 } }, { proxy: { inspect_limit: '2KiB' } });
  const form = { 'Content-Type': 'multipart/form-data; boundary=b' };
  assert.equal(await change('--b--', form), 415);
  assert.ok([413, 415].includes(await change('x'.repeat(3000), form)), 'as the body was there, or not');
  await client.write(request('POST', '/x', { ...form, 'Content-Length': 8 }) + 'half');
  await client.write('half');
  assert.equal((await client.response('POST')).status, 415);
});

test('a body with Expect: 100-continue is asked for, then matched', { timeout }, async (t) => {
  const { gateway, rule } = await ruled(t, { model: 'a' });
  const client = await connect(t, gateway.port);
  await client.write(request('POST', '/x', { ...json, Expect: '100-continue', 'Content-Length': 13 }));
  assert.equal((await client.interim()).status, 100);
  await client.write('{"model":"a"}');
  assert.equal((await client.response('POST')).text, 'rule');
  assert.equal(rule.requests[0].text, '{"model":"a"}');
});
