// Failover and bodies: what is sent again, changed anew, and read for the rules of routes behind the first.
import assert from 'node:assert/strict';
import test from 'node:test';
import { startBackend } from './support/backend.mjs';
import { eventually, route, startGateway } from './support/gateway.mjs';
import { chunked } from './support/http1.mjs';
import { connect, get, post, request, send } from './support/raw_client.mjs';
import { routesTo, startNamed } from './support/server_groups.mjs';
import { answering, deadPort, gate, startUpstream } from './support/upstream.mjs';

const timeout = 90_000;
const json = { 'Content-Type': 'application/json' };
const failing = answering((asked, connection) => connection.write('HTTP/1.1 503 No\r\nContent-Length: 3\r\n\r\nbad'));

test('a body beyond inspect_limit cannot be sent again, and is not', { timeout }, async (t) => {
  const bad = await startUpstream(t, failing);
  const [good] = await startNamed(t, 'good');
  const gateway = await routesTo(t, [bad.host, good.host], { route: { retry_on: ['503'] }, proxy: { inspect_limit: '32KiB' } });
  assert.equal((await send(t, gateway.port, post('/', 'x'.repeat(20_000)))).status, 200);
  const answer = await send(t, gateway.port, post('/', 'x'.repeat(500_000)));
  assert.deepEqual([answer.status, answer.text], [503, 'bad']);
  assert.equal(good.requests.length, 1);
});

test('each route changes the client\'s own request, not what the one before made of it', { timeout }, async (t) => {
  const bad = await startUpstream(t, failing);
  const [good] = await startNamed(t, 'good');
  const gateway = await startGateway(t, { routes: [
    route(bad.host, { route_id: 'one', priority: 1, target_path: '/one', add_headers: { 'X-One': '1', Authorization: 'Bearer one' }, add_body_fields: { one: 1 } }),
    route(good.host, { route_id: 'two', priority: 2, target_path: '/two', add_headers: { 'X-Two': '2' }, add_body_fields: { two: 2 } }),
  ] });
  const answer = await send(t, gateway.port, request('PUT', '/x', { 'Content-Type': 'application/json' }, '{"a":0}'), 'PUT');
  assert.equal(answer.status, 200);
  const [first] = bad.requests;
  const [second] = good.requests;
  assert.deepEqual([first.target, first.header('x-one'), first.json], ['/one', '1', { a: 0, one: 1 }]);
  assert.deepEqual([second.target, second.header('x-one'), second.header('x-two'), second.header('authorization'), second.json], ['/two', undefined, '2', undefined, { a: 0, two: 2 }]);
});

for (const [form, head, pieces] of [
  ['of known length', 'Content-Length: 17\r\n', ['{"a":0,', '"b":"c d"}']],
  ['in chunks', 'Transfer-Encoding: chunked\r\n', ['7\r\n{"a":0,\r\n', 'a\r\n"b":"c d"}\r\n0\r\n\r\n']],
]) {
  for (const early of [0, 1]) {
    test(`a body ${form} that is still on its way${early ? ' in part' : ''} is awaited by a route that changes it`, { timeout }, async (t) => {
      const opened = gate();
      const bad = await startUpstream(t, async (connection) => {
        await connection.head();
        await opened.opened;
        connection.end();
      });
      const [good] = await startNamed(t, 'good');
      const gateway = await startGateway(t, { routes: [
        route(bad.host, { route_id: 'one', priority: 1, retry_count: 0 }),
        route(good.host, { route_id: 'two', priority: 2, add_body_fields: { model: 'm' } }),
      ] });
      const client = await connect(t, gateway.port);
      await client.write(`PUT /x HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n${head}\r\n${pieces.slice(0, early).join('')}`);
      await bad.requestAt(0);
      opened.open();
      await eventually(async () => /upstream_failures_total 1/.test(await (await fetch(`${gateway.url}/metrics`)).text()), 'the failure of the first server');
      await client.write(pieces.slice(early).join(''));
      const answer = await client.response('PUT');
      assert.deepEqual([answer.status, answer.text], [200, 'good']);
      assert.deepEqual(good.requests.map(({ text }) => text), ['{"a":0,"b":"c d","model":"m"}']);
      assert.equal((await client.request(get('/again'))).text, 'good');
    });
  }
}

test('the chunks of a body that is matched by its content reach the second server whole', { timeout }, async (t) => {
  const bad = await startUpstream(t, failing);
  const [good] = await startNamed(t, 'good');
  const gateway = await routesTo(t, [bad.host, good.host], { route: { retry_on: ['503'], match_body_schema: { model: 'm' } } });
  const text = request('POST', '/', { 'Content-Type': 'application/json', 'Transfer-Encoding': 'chunked' }).concat(chunked('{"mod', 'el":', ' "m"}'));
  assert.equal((await send(t, gateway.port, text)).status, 200);
  assert.equal(good.requests[0].text, '{"model": "m"}');
});

// --------------------------------------------------------------- rules behind a route that reads no body

// The first route takes every body and fails; behind it stand two models' and one for all.
async function modelsBehind(t, firstHost, more = {}) {
  const [rule, table, rest] = await startNamed(t, 'rule', 'table', 'rest');
  const gateway = await startGateway(t, {
    routes: [
      route(firstHost, { route_id: 'first', priority: 1, retry_count: 0, retry_on: ['connect', '503'] }),
      route(rule.host, { route_id: 'rule', priority: 2, match_body_schema: { properties: { model: { const: 'a' } }, required: ['model'] } }),
      route(table.host, { route_id: 'table', priority: 3, match_body_schema: { model: 'b' } }),
      route(rest.host, { route_id: 'rest', priority: 4 }),
    ],
    ...more,
  });
  return { gateway, rule, table, rest };
}

for (const [failure, firstHost] of [
  ['cannot be reached', async () => `127.0.0.1:${await deadPort()}`],
  ['answers 503', async (t) => (await startUpstream(t, failing)).host],
]) {
  test(`a route that ${failure} is followed by the one whose body rule fits`, { timeout }, async (t) => {
    const { gateway } = await modelsBehind(t, await firstHost(t));
    const ask = async (body, headers = json) => (await send(t, gateway.port, request('POST', '/x', headers, body))).text;
    assert.equal(await ask('{"model":"a"}'), 'rule');
    assert.equal(await ask('{"model":"b"}'), 'table');
    assert.equal(await ask('{"model":"c"}'), 'rest');
    assert.equal(await ask('{"model":'), 'rest');
    assert.equal(await ask('{"model":"a"}', { 'Content-Type': 'text/plain' }), 'rest');
    assert.equal((await send(t, gateway.port, get('/x'))).text, 'rest');
  });
}

test('a body that is still on its way is awaited for the rules, and reaches their route whole', { timeout }, async (t) => {
  const { gateway, table, rest } = await modelsBehind(t, `127.0.0.1:${await deadPort()}`);
  const client = await connect(t, gateway.port);
  await client.write('POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 13\r\n\r\n{"mod');
  await eventually(async () => /upstream_failures_total 1/.test(await (await fetch(`${gateway.url}/metrics`)).text()), 'the failure of the first server');
  assert.equal(rest.requests.length, 0);
  await client.write('el":"b"}');
  assert.equal((await client.response('POST')).text, 'table');
  assert.deepEqual(table.requests.map(({ text }) => text), ['{"model":"b"}']);
});

test('rules are not read of a body beyond inspect_limit: the next route without one takes it', { timeout }, async (t) => {
  const { gateway, rest } = await modelsBehind(t, `127.0.0.1:${await deadPort()}`, { proxy: { inspect_limit: '32KiB' } });
  const body = JSON.stringify({ model: 'b', text: 'x'.repeat(100_000) });
  assert.equal((await send(t, gateway.port, request('POST', '/x', json, body))).text, 'rest');
  const inChunks = request('POST', '/x', { ...json, 'Transfer-Encoding': 'chunked' }).concat(chunked(...body.match(/.{1,9000}/g)));
  assert.equal((await send(t, gateway.port, inChunks)).text, 'rest');
  assert.deepEqual(rest.requests.map(({ text }) => text), [body, body]);
});

test('where no rule fits and nothing stands behind, the client is told of the failure', { timeout }, async (t) => {
  const [rule] = await startNamed(t, 'rule');
  const gateway = await startGateway(t, { routes: [
    route(`127.0.0.1:${await deadPort()}`, { route_id: 'first', priority: 1, retry_count: 0 }),
    route(rule.host, { route_id: 'rule', priority: 2, match_body_schema: { model: 'a' } }),
  ] });
  assert.equal((await send(t, gateway.port, request('POST', '/x', json, '{"model":"b"}'))).status, 502);
  const client = await connect(t, gateway.port);
  await client.write('POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 13\r\n\r\n{"mod');
  await eventually(async () => /upstream_failures_total 2/.test(await (await fetch(`${gateway.url}/metrics`)).text()), 'the failure of the first server');
  await client.write('el":"b"}');
  assert.equal((await client.response('POST')).status, 502);
  assert.equal(rule.requests.length, 0);
});

test('where no rule fits after all, a server that was away for a moment is asked again', { timeout }, async (t) => {
  const [rule] = await startNamed(t, 'rule');
  const first = await startBackend(t, 'first');
  await first.kill();
  const gateway = await startGateway(t, { routes: [
    route(first.host, { route_id: 'first', priority: 1, retry_count: 10 }),
    route(rule.host, { route_id: 'rule', priority: 2, match_body_schema: { model: 'a' } }),
  ] });
  const client = await connect(t, gateway.port);
  await client.write('POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 13\r\n\r\n{"mod');
  await eventually(async () => /upstream_failures_total 1/.test(await (await fetch(`${gateway.url}/metrics`)).text()), 'the failure of the first server');
  await first.start();
  await client.write('el":"b"}');
  assert.equal((await client.response('POST')).text, 'first');
});
