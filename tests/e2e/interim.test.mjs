// Interim answers and `Expect: 100-continue`.
import assert from 'node:assert/strict';
import test from 'node:test';
import { gatewayTo } from './support/gateway.mjs';
import { connect, get, post } from './support/raw_client.mjs';
import { answering, startUpstream } from './support/upstream.mjs';

const timeout = 20_000;

test('103 is passed on before the answer', { timeout }, async (t) => {
  const upstream = await startUpstream(t, answering(async (asked, connection) => {
    await connection.write('HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n');
    await connection.answer('done');
  }));
  const gateway = await gatewayTo(t, upstream);
  const client = await connect(t, gateway.port);
  const answer = await client.request(get('/'));
  assert.equal(answer.text, 'done');
  assert.deepEqual(answer.interim.map(({ status }) => status), [103]);
  assert.equal(answer.interim[0].header('link'), '</a.css>; rel=preload');
});

test('an interim answer is not sent to an HTTP/1.0 client', { timeout }, async (t) => {
  const upstream = await startUpstream(t, answering(async (asked, connection) => {
    await connection.write('HTTP/1.1 103 Early Hints\r\n\r\n');
    await connection.answer('done');
  }));
  const gateway = await gatewayTo(t, upstream);
  const client = await connect(t, gateway.port);
  const answer = await client.request('GET / HTTP/1.0\r\nHost: a\r\n\r\n');
  assert.equal(answer.text, 'done');
  assert.deepEqual(answer.interim, []);
});

test('Expect: 100-continue: the client is told to go on and the body arrives', { timeout }, async (t) => {
  const upstream = await startUpstream(t, answering((asked, connection) => connection.answer(asked.body)));
  const gateway = await gatewayTo(t, upstream);
  const client = await connect(t, gateway.port);
  await client.write('POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n');
  assert.equal((await client.interim()).status, 100);
  await client.write('body');
  const answer = await client.response();
  assert.equal(answer.text, 'body');
  assert.deepEqual(answer.interim, []);
});

test('Expect: 100-continue: an upstream that refuses by its head saves the body', { timeout }, async (t) => {
  const upstream = await startUpstream(t, async (connection) => {
    await connection.head();
    await connection.write('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno');
    connection.end();
  });
  const gateway = await gatewayTo(t, upstream);
  const client = await connect(t, gateway.port);
  await client.write('POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n');
  const answer = await client.response();
  assert.equal(answer.status, 403);
  assert.equal(answer.text, 'no');
});

test('a client that sends its body without waiting for 100 is served', { timeout }, async (t) => {
  const upstream = await startUpstream(t, answering((asked, connection) => connection.answer(asked.body)));
  const gateway = await gatewayTo(t, upstream);
  const client = await connect(t, gateway.port);
  assert.equal((await client.request(post('/', 'body', { Expect: '100-continue' }))).text, 'body');
  assert.equal((await client.request(get('/'))).status, 200);
});

test('an unknown expectation is 417', { timeout }, async (t) => {
  const upstream = await startUpstream(t);
  const gateway = await gatewayTo(t, upstream);
  const client = await connect(t, gateway.port);
  assert.equal((await client.request(post('/', 'body', { Expect: 'tea' }))).status, 417);
  assert.equal(upstream.connections.length, 0);
});

test('endless interim answers are cut off', { timeout }, async (t) => {
  const upstream = await startUpstream(t, async (connection) => {
    await connection.request();
    while (!connection.source.ending) await connection.write('HTTP/1.1 102 Processing\r\nX: y\r\n\r\n'.repeat(50));
  });
  const gateway = await gatewayTo(t, upstream);
  const client = await connect(t, gateway.port);
  const answer = await client.request(get('/')).catch(() => ({ status: 'broken' }));
  assert.ok(answer.status === 502 || answer.status === 'broken');
  await (await upstream.connectionAt(0)).closed();
});
