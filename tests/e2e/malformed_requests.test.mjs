// Requests that are malformed or ambiguous: refused and the connection closed, and nothing of them reaches
// an upstream.
import assert from 'node:assert/strict';
import test from 'node:test';
import { gatewayTo } from './support/gateway.mjs';
import { connect, get, send } from './support/raw_client.mjs';
import { startUpstream } from './support/upstream.mjs';

const host = 'Host: a\r\n';
const head = (...lines) => `POST / HTTP/1.1\r\n${host}${lines.map((line) => `${line}\r\n`).join('')}\r\n`;
const chunkedHead = head('Transfer-Encoding: chunked');

// name: [bytes, accepted statuses (400 where none are named)]
const cases = {
  // Request line.
  'two spaces': [`GET  / HTTP/1.1\r\n${host}\r\n`],
  'no version': [`GET /\r\n${host}\r\n`],
  'a tab for a space': [`GET\t/ HTTP/1.1\r\n${host}\r\n`],
  'white space before the method': [` GET / HTTP/1.1\r\n${host}\r\n`],
  'white space behind the version': [`GET / HTTP/1.1 \r\n${host}\r\n`],
  'a lower-case version': [`GET / http/1.1\r\n${host}\r\n`],
  'HTTP/0.9': [`GET / HTTP/0.9\r\n${host}\r\n`, [400, 505]],
  'HTTP/1.2': [`GET / HTTP/1.2\r\n${host}\r\n`, [400, 505]],
  'HTTP/2.0': [`GET / HTTP/2.0\r\n${host}\r\n`, [400, 505]],
  'HTTP/1.10': [`GET / HTTP/1.10\r\n${host}\r\n`, [400, 505]],
  'HTTP/1': [`GET / HTTP/1\r\n${host}\r\n`, [400, 505]],
  'HTTP/01.1': [`GET / HTTP/01.1\r\n${host}\r\n`, [400, 505]],
  'the HTTP/2 preface': ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', [400, 505]],
  'a TLS hello': ['\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03aaaaaaaaaaaaaaaa\r\n\r\n'],
  'noise': ['\x00\x01\x02\x03\xff\xfe\r\n\r\n'],
  'a method with a colon': [`GE:T / HTTP/1.1\r\n${host}\r\n`],
  'a space in the target': [`GET /a b HTTP/1.1\r\n${host}\r\n`],
  'a control character in the target': [`GET /a\x01b HTTP/1.1\r\n${host}\r\n`],
  'NUL in the target': [`GET /a\0b HTTP/1.1\r\n${host}\r\n`],
  'a fragment in the target': [`GET /a#b HTTP/1.1\r\n${host}\r\n`],
  'a target without a slash': [`GET a HTTP/1.1\r\n${host}\r\n`],
  'an authority for a target': [`GET a.test:80 HTTP/1.1\r\n${host}\r\n`],
  'an absolute target of another scheme': [`GET ftp://a/ HTTP/1.1\r\n${host}\r\n`],
  'an absolute target without host': [`GET http:///x HTTP/1.1\r\n${host}\r\n`],
  'an absolute target with user information': [`GET http://u:p@a/ HTTP/1.1\r\n${host}\r\n`],
  'a star without OPTIONS': [`GET * HTTP/1.1\r\n${host}\r\n`],
  CONNECT: ['CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n\r\n', [400, 404, 405, 501]],
  'a path that leaves the root': [`GET /../etc HTTP/1.1\r\n${host}\r\n`],
  'a bare LF after the request line': [`GET / HTTP/1.1\n${host}\r\n`],
  'a bare CR in the request line': [`GET /\r HTTP/1.1\r\n${host}\r\n`],
  // Host.
  'no Host': ['GET / HTTP/1.1\r\nX: y\r\n\r\n'],
  'two Host fields': [`GET / HTTP/1.1\r\n${host}Host: b\r\n\r\n`],
  'the same Host twice': [`GET / HTTP/1.1\r\n${host}${host}\r\n`],
  'an empty Host before another': [`GET / HTTP/1.1\r\nHost: \r\n${host}\r\n`],
  'a Host with a path': ['GET / HTTP/1.1\r\nHost: a/b\r\n\r\n'],
  'a Host with a space': ['GET / HTTP/1.1\r\nHost: a b\r\n\r\n'],
  'a Host with an at sign': ['GET / HTTP/1.1\r\nHost: a@b\r\n\r\n'],
  'a Host with a list': ['GET / HTTP/1.1\r\nHost: a, b\r\n\r\n'],
  'a Host with a bad port': ['GET / HTTP/1.1\r\nHost: a:b\r\n\r\n'],
  'a Host with a port too large': ['GET / HTTP/1.1\r\nHost: a:99999\r\n\r\n'],
  'an unclosed IPv6 Host': ['GET / HTTP/1.1\r\nHost: [::1\r\n\r\n'],
  'two Host fields on HTTP/1.0': [`GET / HTTP/1.0\r\n${host}Host: b\r\n\r\n`],
  // Field lines.
  'white space before the colon': [head('X-A : b')],
  'a tab before the colon': [head('X-A\t: b')],
  'a field without a colon': [head('X-A')],
  'a field without a name': [head(': b')],
  'a folded field': [head('X-A: b\r\n c')],
  'a field folded by a tab': [head('X-A: b\r\n\tc')],
  'white space before the first field': [`GET / HTTP/1.1\r\n ${host}X: y\r\n\r\n`],
  'a line of white space alone': [head('X-A: b', ' ')],
  'a bare CR in a value': [head('X-A: b\rc')],
  'a bare CR at a value\'s end': [`GET / HTTP/1.1\r\n${host}X-A: b\r\r\n\r\n`],
  'a bare LF between fields': [`GET / HTTP/1.1\r\nHost: a\nX-A: b\r\n\r\n`],
  'a bare LF at the head\'s end': [`GET / HTTP/1.1\r\n${host}\n`],
  'LF for every CRLF': ['GET / HTTP/1.1\nHost: a\n\n'],
  'an empty line ended by CR': [`GET / HTTP/1.1\r\n${host}\r\rX-A: b\r\n\r\n`],
  'NUL in a value': [head('X-A: b\0c')],
  'a control character in a value': [head('X-A: b\x01c')],
  'DEL in a value': [head('X-A: b\x7fc')],
  'a control character in a name': [head('X\x01A: b')],
  'a name of Latin-1': [head('X-\xe9: b')],
  'a parenthesis in a name': [head('X(A): b')],
  'a slash in a name': [head('X/A: b')],
  // Content-Length.
  'two lengths': [`${head('Content-Length: 1', 'Content-Length: 2')}ab`],
  'a list of two lengths': [`${head('Content-Length: 1, 2')}ab`],
  'the same length twice': [`${head('Content-Length: 1', 'Content-Length: 1')}a`],
  'a list of the same length': [`${head('Content-Length: 1, 1')}a`],
  'a negative length': [head('Content-Length: -1')],
  'a length with a plus': [`${head('Content-Length: +1')}a`],
  'a hexadecimal length': [`${head('Content-Length: 0x1')}a`],
  'a length with a point': [`${head('Content-Length: 1.0')}a`],
  'an empty length': [head('Content-Length: ')],
  'a length of words': [head('Content-Length: one')],
  'a length with white space inside': [head('Content-Length: 1 0')],
  'a length beyond 64 bits': [head('Content-Length: 18446744073709551617'), [400, 413]],
  'a length beyond 63 bits': [head('Content-Length: 9223372036854775808'), [400, 413]],
  'a quoted length': [`${head('Content-Length: "1"')}a`],
  // Transfer-Encoding.
  'both framings': [`${head('Content-Length: 5', 'Transfer-Encoding: chunked')}0\r\n\r\n`],
  'both framings, the other order': [`${head('Transfer-Encoding: chunked', 'Content-Length: 5')}0\r\n\r\n`],
  'both framings with length 0': [`${head('Transfer-Encoding: chunked', 'Content-Length: 0')}0\r\n\r\n`],
  'chunked twice': [`${head('Transfer-Encoding: chunked, chunked')}0\r\n\r\n`, [400, 501]],
  'chunked in two fields': [`${head('Transfer-Encoding: chunked', 'Transfer-Encoding: chunked')}0\r\n\r\n`, [400, 501]],
  'chunked not last': [`${head('Transfer-Encoding: chunked, gzip')}0\r\n\r\n`, [400, 501]],
  'identity': [head('Transfer-Encoding: identity'), [400, 501]],
  'identity and chunked in two fields': [`${head('Transfer-Encoding: identity', 'Transfer-Encoding: chunked')}0\r\n\r\n`, [400, 501]],
  'gzip before chunked': [`${head('Transfer-Encoding: gzip, chunked')}0\r\n\r\n`, [400, 501]],
  'an unknown coding': [head('Transfer-Encoding: xchunked'), [400, 501]],
  'a quoted coding': [`${head('Transfer-Encoding: "chunked"')}0\r\n\r\n`, [400, 501]],
  'an empty coding': [head('Transfer-Encoding: '), [400, 501]],
  'a vertical tab before the coding': [`${head('Transfer-Encoding: \x0bchunked')}0\r\n\r\n`],
  'a coding with a parameter': [`${head('Transfer-Encoding: chunked;a=b')}0\r\n\r\n`, [400, 501]],
  'white space before the coding\'s colon': [`${head('Transfer-Encoding : chunked')}0\r\n\r\n`],
  'chunked on HTTP/1.0': [`POST / HTTP/1.0\r\n${host}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
};

// These are found in the body only, when the head may be on its way already.
const bodies = {
  'a chunk size that is no number': `${chunkedHead}xyz\r\n`,
  'an empty chunk size': `${chunkedHead}\r\nabc\r\n`,
  'a negative chunk size': `${chunkedHead}-3\r\nabc\r\n`,
  'a chunk size with a plus': `${chunkedHead}+3\r\nabc\r\n`,
  'a chunk size with 0x': `${chunkedHead}0x3\r\nabc\r\n`,
  'white space before a chunk size': `${chunkedHead} 3\r\nabc\r\n`,
  'a chunk size with an underscore': `${chunkedHead}1_0\r\nabc\r\n`,
  'a chunk size beyond 64 bits': `${chunkedHead}10000000000000003\r\nabc\r\n`,
  'a chunk longer than its size': `${chunkedHead}3\r\nabcd\r\n0\r\n\r\n`,
  'a chunk without its CRLF': `${chunkedHead}3\r\nabc0\r\n\r\n`,
  'a chunk size ended by LF': `${chunkedHead}3\nabc\r\n0\r\n\r\n`,
  'a chunk ended by LF': `${chunkedHead}3\r\nabc\n0\r\n\r\n`,
  'a chunk ended by CR': `${chunkedHead}3\r\nabc\r0\r\n\r\n`,
  'an extension with a bare CR': `${chunkedHead}3;a\rb\r\nabc\r\n0\r\n\r\n`,
  'an extension with a bare LF': `${chunkedHead}3;a\nb\r\nabc\r\n0\r\n\r\n`,
  'an extension without an end': `${chunkedHead}3;${'x'.repeat(100_000)}`,
  'a trailer without a colon': `${chunkedHead}0\r\nX-A\r\n\r\n`,
  'a folded trailer': `${chunkedHead}0\r\nX-A: b\r\n c\r\n\r\n`,
  'trailers ended by LF': `${chunkedHead}0\r\nX-A: b\n\r\n`,
};

test('malformed requests', async (t) => {
  const upstream = await startUpstream(t);
  const gateway = await gatewayTo(t, upstream);
  for (const [name, [bytes, statuses = [400]]] of Object.entries(cases)) {
    await t.test(name, { timeout: 10_000 }, async (t) => {
      const client = await connect(t, gateway.port);
      await client.write(bytes);
      const answer = await client.response();
      assert.ok(statuses.includes(answer.status), `${answer.status}, not ${statuses}`);
      assert.match(answer.json.error.message, /\w/);
      assert.match(answer.header('x-request-id'), /^req_/);
      assert.ok(await client.closed());
      assert.equal(client.source.buffer.length, 0, 'bytes behind the answer');
      assert.equal(upstream.text, '', 'bytes reached the upstream');
    });
    if (gateway.exited) break;
  }
  await t.test('the gateway still serves', async (t) => {
    assert.equal((await send(t, gateway.port, get('/'))).status, 200);
  });
});

test('malformed request bodies', async (t) => {
  for (const [name, bytes] of Object.entries(bodies)) {
    await t.test(name, { timeout: 10_000 }, async (t) => {
      const upstream = await startUpstream(t);
      const gateway = await gatewayTo(t, upstream);
      const client = await connect(t, gateway.port);
      // What a lenient reader would take for a second request.
      await client.write(`${bytes}GET /smuggled HTTP/1.1\r\n${host}\r\n`);
      const answer = await client.response();
      assert.equal(answer.status, 400);
      assert.ok(await client.closed());
      for (const connection of upstream.connections) await connection.closed();
      assert.deepEqual(upstream.requests.filter((asked) => asked.body !== null), [], 'a complete request reached the upstream');
      assert.doesNotMatch(upstream.text, /smuggled/);
    });
  }
});
