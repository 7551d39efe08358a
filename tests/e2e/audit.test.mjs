// The audit store of the real binary: what is in it and when, and what it survives.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import test from 'node:test';
import OpenAI from 'openai';
import { recordOf, records, stages } from './support/audit_store.mjs';
import { configOf, eventually, gatewayTo, route, sanitized, startGateway } from './support/gateway.mjs';
import { connect, get, request } from './support/raw_client.mjs';
import { answering, gate, startHttpUpstream, startUpstream } from './support/upstream.mjs';

const timeout = 60_000;
const on = { database: { sqlite_path: 'data/fastgate.db' } };

const health = async (gateway) => (await fetch(`${gateway.url}/health`)).json();

test('a stream is seen as begun, with its first byte, and complete, while it runs', { timeout }, async (t) => {
  const [mayAnswer, mayEnd] = [gate(), gate()];
  const upstream = await startUpstream(t, async (connection) => {
    await connection.request();
    await mayAnswer.opened;
    await connection.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n9\r\ndata: 1\n\n\r\n');
    await mayEnd.opened;
    await connection.write('0\r\n\r\n');
  });
  const gateway = await gatewayTo(t, upstream, on);
  const client = await connect(t, gateway.port);
  await client.write(get('/stream?a=1&token=s3cret'));
  const begun = await recordOf(gateway, '/stream', (record) => record.stage === stages.begun);
  assert.equal(begun.query, 'a=1&token=***');
  mayAnswer.open();
  const answering_ = await recordOf(gateway, '/stream', (record) => record.stage === stages.firstByte);
  assert.equal(answering_.id, begun.id);
  assert.equal(answering_.status, 200);
  mayEnd.open();
  const complete = await recordOf(gateway, '/stream');
  assert.equal(complete.id, begun.id);
  assert.equal(complete.chunks, 1);
  assert.equal(records(gateway).length, 1);
});

test('a request that is refused for its target is recorded with it', { timeout }, async (t) => {
  const gateway = await gatewayTo(t, await startUpstream(t, answering()), on);
  const refused = [
    [request('GET', '/../etc/passwd?token=s3cret&a=1'), '/../etc/passwd', 'token=***&a=1', 400],
    [request('GET', '/a%00b'), '/a%00b', '', 400],
    [request('TRACE', '/traced?x'), '/traced', 'x', 501],
    [request('GET', 'http://me:s3cret@h/%00?b=2'), '', '', 400],
  ];
  for (const [index, [text, path, query, status]] of refused.entries()) {
    const client = await connect(t, gateway.port);
    await client.write(text);
    const found = await eventually(() => records(gateway).filter((record) => record.stage === stages.complete)[index], `the record of ${path}`);
    assert.deepEqual([found.path, found.query, found.status], [path, query, status]);
  }
});

test('with async_audit false an answer that has ended is in the store', { timeout }, async (t) => {
  const upstream = await startUpstream(t, answering());
  const gateway = await gatewayTo(t, upstream, { ...on, proxy: { async_audit: false } });
  for (let number = 0; number < 10; number++) {
    await (await fetch(`${gateway.url}/${number}`)).text();
    // Asked once: it must be there already.
    const found = records(gateway).filter((record) => record.path === `/${number}`);
    assert.equal(found.length, 1);
    assert.equal(found[0].stage, stages.complete);
  }
});

// Asks one thing after the other until the gateway is gone; what was answered whole.
async function askUntilGone(gateway, name, answered) {
  for (let number = 0; ; number++) {
    const target = `/${name}/${number}`;
    try {
      const answer = await fetch(gateway.url + target);
      await answer.text();
    } catch {
      return;
    }
    answered.push({ target, at: Date.now() });
  }
}

const flushInterval = 200;

// Asks for the number of commits, one time after the other, until the gateway is gone.
async function watchCommits(gateway, looks) {
  for (;;) {
    const at = Date.now();
    try {
      const text = await (await fetch(`${gateway.url}/metrics`)).text();
      looks.push({ at, commits: Number(/^fastgate_audit_commits_total (\d+)/m.exec(text)[1]) });
    } catch {
      return;
    }
  }
}

// What was answered before this moment must be stored, on a machine of any speed. The worker's timers that were due
// at a look have gone off by the next one: what was answered a flush interval before it is with the writer by then.
// Of two commits that end later the first may have begun before, the second took all that was there.
function storedUntil(looks) {
  const commits = looks.at(-1)?.commits ?? 0;
  const index = looks.findLastIndex((look) => look.commits <= commits - 2);
  return index < 1 ? 0 : looks[index - 1].at - flushInterval;
}

for (const [asyncAudit, what] of [
  [true, 'what was answered a flush interval before is there'], [false, 'nothing that was answered is lost']]) {
  // What a kill leaves is the same under a sanitizer, whose process takes longer to start again.
  const kills = sanitized ? 4 : 20;
  test(`killed ${kills} times under load, async_audit ${asyncAudit}: ${what}`, { timeout: 240_000 }, async (t) => {
    const upstream = await startUpstream(t, answering());
    const config = { ...on, proxy: { async_audit: asyncAudit }, routes: [route(upstream.host)] };
    const first = await startGateway(t, config);
    let gateway = first;
    const expected = [];
    const rounds = [];
    for (let round = 0; round < kills; round++) {
      const answered = [];
      const looks = [];
      const running = Array.from({ length: 8 }, (_, number) => askUntilGone(gateway, `${round}/${number}`, answered));
      if (asyncAudit) running.push(watchCommits(gateway, looks));
      const promised = () => (asyncAudit ? answered.filter(({ at }) => at < storedUntil(looks)) : answered);
      await eventually(() => promised().length > 50 + round * 5, 'load', 60_000);
      expected.push(...promised());
      const killed = Date.now();
      await gateway.kill();
      await Promise.all(running);
      if (!asyncAudit) expected.push(...answered);
      rounds.push({ answered, killed });
      gateway = await startGateway(t, config, { folder: first.folder });
    }
    const known = new Set(records(gateway).filter(({ stage }) => stage === stages.complete).map(({ path }) => path));
    assert.deepEqual(expected.filter(({ target }) => !known.has(target)), []);
    assert.ok(expected.length > kills * 50, `${expected.length} answers`);
    const lost = rounds.map(({ answered, killed }) => answered.filter(({ target }) => !known.has(target)).map(({ at }) => killed - at));
    t.diagnostic(`answers lost in each round: ${lost.map((ages) => ages.length).join(' ')}; the oldest, ms before the kill: ${lost.map((ages) => Math.max(0, ...ages)).join(' ')}`);
    await eventually(async () => (await health(gateway)).store === 'ok', 'the store to be open');
  });
}

test('a store that cannot be opened: traffic goes on, it is told once, and it comes back', { timeout }, async (t) => {
  const upstream = await startUpstream(t, answering());
  // A file stands where the folder should be.
  const gateway = await gatewayTo(t, upstream, { database: { sqlite_path: 'blocked/fastgate.db' } }, { files: { blocked: '' } });
  assert.equal((await fetch(`${gateway.url}/1`)).status, 200);
  await eventually(async () => (await health(gateway)).store === 'failing', 'the store to be failing');
  assert.equal((await fetch(`${gateway.url}/2`)).status, 200);
  const told = () => gateway.logs('ERROR').filter((line) => line.includes('Audit store')).length;
  assert.equal(told(), 1);
  fs.unlinkSync(gateway.file('blocked'));
  await eventually(async () => {
    await (await fetch(`${gateway.url}/again`)).text();
    return (await health(gateway)).store === 'ok';
  }, 'the store to come back');
  await recordOf(gateway, '/again', undefined, 'blocked/fastgate.db');
  assert.equal(told(), 1);
});

test('records outlive a restart, and a graceful stop loses none', { timeout }, async (t) => {
  const upstream = await startUpstream(t, answering());
  const config = { ...on, routes: [route(upstream.host)] };
  const gateway = await startGateway(t, config);
  for (let number = 0; number < 20; number++) await (await fetch(`${gateway.url}/${number}`)).text();
  await gateway.stop('SIGQUIT');
  assert.equal(records(gateway).length, 20);
  const next = await startGateway(t, config, { folder: gateway.folder });
  await (await fetch(`${next.url}/after`)).text();
  await recordOf(next, '/after');
  assert.equal(records(next).length, 21);
});

test('a reload moves the store, switches it off and on', { timeout }, async (t) => {
  const upstream = await startUpstream(t, answering());
  const config = (database) => configOf({ database, routes: [route(upstream.host)] });
  const gateway = await startGateway(t, config({ sqlite_path: 'one/a.db' }));
  const ask = async (target) => (await fetch(gateway.url + target)).text();
  await ask('/one');
  assert.match(await gateway.reload(config({ sqlite_path: 'two/b.db' })), /reloaded/);
  assert.ok(records(gateway, 'one/a.db').some(({ path }) => path === '/one'), 'what was known is written before the reload is done');
  await ask('/two');
  await recordOf(gateway, '/two', undefined, 'two/b.db');
  await gateway.reload(config({ enabled: false }));
  assert.equal((await health(gateway)).store, 'off');
  await ask('/off');
  await gateway.reload(config({ sqlite_path: 'two/b.db' }));
  await ask('/on');
  await recordOf(gateway, '/on', undefined, 'two/b.db');
  const paths = records(gateway, 'two/b.db').map(({ path }) => path);
  assert.deepEqual(paths, ['/two', '/on']);
  assert.equal(records(gateway, 'one/a.db').length, 1);
});

test('a request that runs while the store moves is whole in the new one, and ends in the old one', { timeout }, async (t) => {
  const mayAnswer = gate();
  const upstream = await startUpstream(t, answering(async (asked, connection) => {
    await mayAnswer.opened;
    await connection.answer('ok');
  }));
  const config = (sqlite_path) => configOf({ database: { sqlite_path }, routes: [route(upstream.host)] });
  const gateway = await startGateway(t, config('one/a.db'));
  const client = await connect(t, gateway.port);
  await client.write(get('/long'));
  await recordOf(gateway, '/long', (record) => record.stage === stages.begun, 'one/a.db');
  await gateway.reload(config('two/b.db'));
  assert.equal(records(gateway, 'one/a.db')[0].stage, stages.complete);
  mayAnswer.open();
  assert.equal((await client.response()).status, 200);
  assert.equal((await recordOf(gateway, '/long', undefined, 'two/b.db')).status, 200);
  assert.equal(records(gateway, 'one/a.db').length, 1);
});

test('a request that runs while the store is switched off and on is one record', { timeout }, async (t) => {
  const [mayAnswer, mayEnd] = [gate(), gate()];
  const upstream = await startUpstream(t, async (connection) => {
    await connection.request();
    await mayAnswer.opened;
    await connection.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na');
    await mayEnd.opened;
    await connection.write('b');
  });
  const config = (database) => configOf({ database, routes: [route(upstream.host)] });
  const gateway = await startGateway(t, config(on.database));
  const client = await connect(t, gateway.port);
  await client.write(get('/long'));
  const begun = await recordOf(gateway, '/long', (record) => record.stage === stages.begun);
  await gateway.reload(config({ enabled: false }));
  await gateway.reload(config(on.database));
  mayAnswer.open();
  const answered = await recordOf(gateway, '/long', (record) => record.stage === stages.firstByte);
  mayEnd.open();
  const complete = await recordOf(gateway, '/long');
  assert.deepEqual([answered.id, complete.id, complete.status], [begun.id, begun.id, 200]);
  assert.equal(records(gateway).length, 1);
});

test('what the gateway answers itself is no record, and the metrics tell of the store', { timeout }, async (t) => {
  const upstream = await startUpstream(t, answering());
  const gateway = await gatewayTo(t, upstream, on);
  await health(gateway);
  await (await fetch(`${gateway.url}/1`)).text();
  await recordOf(gateway, '/1');
  assert.equal(records(gateway).length, 1);
  const metrics = async () => (await fetch(`${gateway.url}/metrics`)).text();
  // Readers see a record a moment before it is counted.
  const text = await eventually(async () => {
    const now = await metrics();
    return /^fastgate_audit_written_records_total [1-9]/m.test(now) && now;
  }, 'the record to be counted');
  assert.match(text, /^fastgate_audit_store_up 1$/m);
  assert.match(text, /^fastgate_audit_dropped_records_total 0$/m);
});

const chunkOf = (choices, more = {}) => `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 17, model: 'm', choices, ...more })}\n\n`;

test('of a stream the message is kept that the openai client puts together', { timeout }, async (t) => {
  const call = (index, part) => chunkOf([{ index: 0, delta: { tool_calls: [{ index, ...part }] }, finish_reason: null }]);
  const events = [
    chunkOf([{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }]),
    chunkOf([{ index: 0, delta: { content: 'Grüße, ' }, finish_reason: null }]),
    chunkOf([{ index: 0, delta: { content: '"Welt"\n€' }, finish_reason: null }]),
    call(0, { id: 'call_a', type: 'function', function: { name: 'f', arguments: '' } }),
    call(1, { id: 'call_b', type: 'function', function: { name: 'g', arguments: '{"x":' } }),
    call(0, { function: { arguments: '{}' } }),
    call(1, { function: { arguments: '1}' } }),
    chunkOf([{ index: 0, delta: {}, finish_reason: 'tool_calls' }]),
    chunkOf([], { usage: { prompt_tokens: 3, completion_tokens: 9, total_tokens: 12 } }),
    'data: [DONE]\n\n'];
  const upstream = await startHttpUpstream(t, (request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const event of events) response.write(event);
    response.end();
  });
  const gateway = await gatewayTo(t, upstream, {
    ...on, route: { audit: { headers: true, request_body: '10KiB', response_body: '10KiB' } } });
  const client = new OpenAI({ apiKey: 's3cret-key', baseURL: `${gateway.url}/v1`, maxRetries: 0 });
  const stream = client.beta.chat.completions.stream({
    model: 'm', messages: [{ role: 'user', content: 'hi' }], stream_options: { include_usage: true } });
  const whole = await stream.finalChatCompletion();
  const record = await recordOf(gateway, '/v1/chat/completions');
  const kept = JSON.parse(record.response_body);
  assert.equal(kept.id, whole.id);
  assert.equal(kept.object, 'chat.completion');
  assert.equal(kept.model, whole.model);
  assert.deepEqual(kept.usage, whole.usage);
  assert.equal(kept.choices.length, 1);
  const [choice] = kept.choices;
  const message = whole.choices[0].message;
  assert.equal(choice.message.role, message.role);
  assert.equal(choice.message.content, message.content);
  assert.equal(choice.finish_reason, whole.choices[0].finish_reason);
  assert.deepEqual(choice.message.tool_calls.map(({ id, type, function: { name, arguments: text } }) => ({ id, type, name, text })),
    message.tool_calls.map(({ id, type, function: { name, arguments: text } }) => ({ id, type, name, text })));
  assert.equal(JSON.parse(record.request_body).messages[0].content, 'hi');
  const headers = Object.fromEntries(Object.entries(JSON.parse(record.request_headers)).map(([name, value]) => [name.toLowerCase(), value]));
  assert.equal(headers.authorization, '***');
  assert.equal(headers['content-type'], 'application/json');
  assert.ok(!JSON.stringify(records(gateway)).includes('s3cret'));
});

test('a record keeps what its route asks for, not what one does that failover came to and that refused', { timeout }, async (t) => {
  const upstream = await startUpstream(t, answering((asked, connection) => connection.write('HTTP/1.1 504 No\r\nContent-Length: 0\r\n\r\n')));
  const gateway = await startGateway(t, { ...on, routes: [
    route(upstream.host, { route_id: 'first', priority: 1 }),
    route(upstream.host, { route_id: 'curious', priority: 2, max_body_size: 1, audit: { headers: true, request_body: '10KiB' } }),
  ] });
  const client = await connect(t, gateway.port);
  assert.equal((await client.request(request('PUT', '/kept', {}, 'private'))).status, 504);
  const record = await recordOf(gateway, '/kept');
  assert.deepEqual([record.status, record.request_headers, record.request_body], [504, null, null]);
});

test('a record of a request without a key keeps what its route asks for, as one of any other refusal does', { timeout }, async (t) => {
  const kept = { auth: 'required', audit: { headers: true, request_body: '10KiB', response_body: '10KiB' } };
  const gateway = await startGateway(t, { ...on, routes: [route('127.0.0.1:1', kept)] });
  const client = await connect(t, gateway.port);
  assert.equal((await client.request(request('POST', '/refused', { 'X-API-Key': 'fg_no', 'X-Of': 'client' }, 'asked'))).status, 401);
  const record = await recordOf(gateway, '/refused');
  const headers = JSON.parse(record.request_headers);
  assert.deepEqual([record.status, headers['X-API-Key'], headers['X-Of']], [401, '***', 'client']);
  assert.equal(record.request_body, 'asked');
  assert.equal(JSON.parse(record.response_headers)['WWW-Authenticate'], 'Bearer');
  assert.match(record.response_body, /the API key is unknown/);
});
