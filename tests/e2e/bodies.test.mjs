// Bodies of every framing, both ways.
import assert from 'node:assert/strict';
import test from 'node:test';
import { gatewayTo } from './support/gateway.mjs';
import { chunked } from './support/http1.mjs';
import { connect, get, post, request, send } from './support/raw_client.mjs';
import { answering, startUpstream } from './support/upstream.mjs';

const timeout = 20_000;
const echo = answering((asked, connection) => connection.answer(JSON.stringify({
  method: asked.method, target: asked.target, body: asked.body.toString('latin1'), framing: asked.framing.kind,
})));

for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'M-SEARCH']) {
  test(`${method} with a body reaches the upstream as it is`, { timeout }, async (t) => {
    const gateway = await gatewayTo(t, await startUpstream(t, echo));
    const answer = await send(t, gateway.port, request(method, '/a/b?c=d&e', {}, 'some body'));
    assert.equal(answer.status, 200);
    assert.deepEqual(answer.json, { method, target: '/a/b?c=d&e', body: 'some body', framing: 'length' });
  });
}

test('a request without a body is sent without one', { timeout }, async (t) => {
  const gateway = await gatewayTo(t, await startUpstream(t, echo));
  assert.equal((await send(t, gateway.port, get('/'))).json.framing, 'none');
  const empty = (await send(t, gateway.port, post('/', '', { 'Content-Length': '0' }))).json;
  assert.equal(empty.body, '');
});

test('a chunked request body arrives whole', { timeout }, async (t) => {
  const gateway = await gatewayTo(t, await startUpstream(t, echo));
  const body = chunked('one', 'x'.repeat(70_000), 'three');
  const answer = await send(t, gateway.port, post('/', body, { 'Transfer-Encoding': 'chunked' }));
  assert.equal(answer.json.body, `one${'x'.repeat(70_000)}three`);
});

test('a chunked request of chunk extensions and odd hexadecimal arrives whole', { timeout }, async (t) => {
  const gateway = await gatewayTo(t, await startUpstream(t, echo));
  const body = '0003;name=value\r\nabc\r\nA;q="x"\r\n0123456789\r\n0\r\n\r\n';
  const answer = await send(t, gateway.port, post('/', body, { 'Transfer-Encoding': 'chunked' }));
  assert.equal(answer.status, 200);
  assert.equal(answer.json.body, 'abc0123456789');
});

test('a request in single bytes is the same request', { timeout }, async (t) => {
  const gateway = await gatewayTo(t, await startUpstream(t, echo));
  for (const text of [post('/p', 'body'), post('/p', chunked('bo', 'dy'), { 'Transfer-Encoding': 'chunked' })]) {
    const client = await connect(t, gateway.port);
    await client.writePieces([...text]);
    assert.equal((await client.response()).json.body, 'body');
  }
});

test('trailers of a chunked request are passed on or dropped, never mixed into the next request', { timeout }, async (t) => {
  const upstream = await startUpstream(t, echo);
  const gateway = await gatewayTo(t, upstream);
  const client = await connect(t, gateway.port);
  const body = '3\r\nabc\r\n0\r\nX-Sum: 1\r\nContent-Length: 5\r\n\r\n';
  assert.equal((await client.request(post('/', body, { 'Transfer-Encoding': 'chunked', Trailer: 'X-Sum' }))).status, 200);
  assert.equal((await client.request(get('/next'))).json.target, '/next');
  const [{ trailers }] = upstream.requests;
  assert.deepEqual(trailers.filter(([name]) => name !== 'X-Sum'), []);
});

const answers = {
  'of known length': ['Content-Length: 5\r\n\r\nhello', 'hello'],
  'of length 0': ['Content-Length: 0\r\n\r\n', ''],
  chunked: [`Transfer-Encoding: chunked\r\n\r\n${chunked('he', 'llo')}`, 'hello'],
  'chunked in one large chunk': [`Transfer-Encoding: chunked\r\n\r\n${chunked('y'.repeat(300_000))}`, 'y'.repeat(300_000)],
  'chunked with extensions': ['Transfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\n\r\n', 'hello'],
};
for (const [name, [rest, body]] of Object.entries(answers)) {
  test(`an answer ${name} arrives whole, and the connections go on`, { timeout }, async (t) => {
    const upstream = await startUpstream(t, answering((asked, connection) => connection.write(`HTTP/1.1 200 OK\r\n${rest}`)));
    const gateway = await gatewayTo(t, upstream);
    const client = await connect(t, gateway.port);
    for (let round = 0; round < 3; round++) {
      const answer = await client.request(get('/'));
      assert.equal(answer.status, 200);
      assert.equal(answer.text, body);
    }
    assert.equal(upstream.connections.length, 1);
  });
}

test('an answer in single bytes is the same answer', { timeout }, async (t) => {
  const upstream = await startUpstream(t, answering(async (asked, connection) => {
    for (const byte of `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunked('he', 'llo')}`) await connection.write(byte);
  }));
  const gateway = await gatewayTo(t, upstream);
  assert.equal((await send(t, gateway.port, get('/'))).text, 'hello');
});

test('an answer that ends with the connection arrives whole', { timeout }, async (t) => {
  const upstream = await startUpstream(t, async (connection) => {
    await connection.request();
    await connection.write('HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nall of ');
    await connection.write('it');
    connection.end();
  });
  const gateway = await gatewayTo(t, upstream);
  const client = await connect(t, gateway.port);
  assert.equal((await client.request(get('/'))).text, 'all of it');
  assert.equal((await send(t, gateway.port, get('/'))).text, 'all of it');
});

test('an answer by HTTP/1.0 is taken', { timeout }, async (t) => {
  const upstream = await startUpstream(t, async (connection) => {
    await connection.request();
    await connection.write('HTTP/1.0 200 OK\r\n\r\nold');
    connection.end();
  });
  const gateway = await gatewayTo(t, upstream);
  const answer = await send(t, gateway.port, get('/'));
  assert.equal(answer.text, 'old');
  assert.equal(answer.version, '1.1');
});

test('trailers of an answer are passed on', { timeout }, async (t) => {
  const upstream = await startUpstream(t, answering((asked, connection) => connection.write(
    'HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 42\r\n\r\n')));
  const gateway = await gatewayTo(t, upstream);
  const answer = await send(t, gateway.port, get('/', { TE: 'trailers' }));
  assert.equal(answer.text, 'ok');
  assert.deepEqual(answer.trailers, [['X-Sum', '42']]);
});

test('trailers of names that the route takes off or sets itself are taken off, both ways', { timeout }, async (t) => {
  const trailers = 'X-Sum: 42\r\nx-off: 1\r\nX-Set: 2\r\n';
  const upstream = await startUpstream(t, answering((asked, connection) => connection.write(
    `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n${trailers}\r\n`)));
  const gateway = await gatewayTo(t, upstream, { route: {
    remove_headers: ['X-Off'], add_headers: { 'X-Set': 'own' }, remove_response_headers: ['X-Off'], add_response_headers: { 'X-Set': 'own' },
  } });
  const client = await connect(t, gateway.port);
  const head = post('/', '', { 'Transfer-Encoding': 'chunked' });
  for (const pieces of [[`${head}2\r\nab\r\n0\r\n${trailers}\r\n`], [head, '2\r\nab\r\n0\r\nX-Sum: 42\r\nx-', `off: 1\r\nX-Set: 2\r\n\r\n`]]) {
    await client.writePieces(pieces);
    const answer = await client.response('POST');
    assert.deepEqual([answer.text, answer.trailers], ['ok', [['X-Sum', '42']]]);
    const asked = upstream.requests.at(-1);
    assert.deepEqual([asked.text, asked.trailers, asked.header('x-set')], ['ab', [['X-Sum', '42']], 'own']);
  }
});

test('HEAD has the head of GET and no body', { timeout }, async (t) => {
  const upstream = await startUpstream(t, answering((asked, connection) => connection.write('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n')));
  const gateway = await gatewayTo(t, upstream);
  const client = await connect(t, gateway.port);
  for (let round = 0; round < 2; round++) {
    const answer = await client.request(request('HEAD', '/'));
    assert.equal(answer.header('content-length'), '1000');
    assert.equal(answer.body.length, 0);
  }
  assert.equal(upstream.connections.length, 1);
});

test('HEAD of a chunked resource keeps the connections usable', { timeout }, async (t) => {
  const upstream = await startUpstream(t, answering((asked, connection) => (asked.method === 'HEAD'
    ? connection.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
    : connection.answer('next'))));
  const gateway = await gatewayTo(t, upstream);
  const client = await connect(t, gateway.port);
  assert.equal((await client.request(request('HEAD', '/'))).status, 200);
  assert.equal((await client.request(get('/'))).text, 'next');
});

for (const head of ['204 No Content\r\n', '304 Not Modified\r\nETag: "a"\r\n', '304 Not Modified\r\nContent-Length: 99\r\n']) {
  test(`${JSON.stringify(head)} has no body, and the connections go on`, { timeout }, async (t) => {
    const upstream = await startUpstream(t, answering((asked, connection) => connection.write(`HTTP/1.1 ${head}\r\n`)));
    const gateway = await gatewayTo(t, upstream);
    const client = await connect(t, gateway.port);
    for (let round = 0; round < 2; round++) {
      const answer = await client.request(get('/'));
      assert.equal(answer.status, Number(head.slice(0, 3)));
      assert.equal(answer.header('transfer-encoding'), undefined);
    }
    assert.equal(upstream.connections.length, 1);
  });
}

test('every byte value survives, both ways', { timeout }, async (t) => {
  const upstream = await startUpstream(t, answering((asked, connection) => connection.write(Buffer.concat([
    Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${asked.body.length}\r\n\r\n`), asked.body]))));
  const gateway = await gatewayTo(t, upstream);
  const bytes = Buffer.from(Array.from({ length: 65_536 }, (_, index) => (index * 7 + (index >> 8)) & 255));
  const client = await connect(t, gateway.port);
  await client.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${bytes.length}\r\n\r\n`);
  await client.write(bytes);
  assert.ok((await client.response()).body.equals(bytes));
});
