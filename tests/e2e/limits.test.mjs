// Limits and timeouts, and the answers that tell of them.
import assert from 'node:assert/strict';
import net from 'node:net';
import test from 'node:test';
import { eventually, gatewayTo, route, startGateway } from './support/gateway.mjs';
import { ByteSource, chunked, readBody, readResponseHead } from './support/http1.mjs';
import { connect, get, post, send } from './support/raw_client.mjs';
import { deadPort, startUpstream } from './support/upstream.mjs';

const timeout = 20_000;

function assertError(answer, status) {
  assert.equal(answer.status, status);
  assert.match(answer.header('content-type'), /^application\/json/);
  const { detail, error, request_id: id } = answer.json;
  assert.equal(typeof detail, 'string');
  assert.ok(detail.length > 0);
  for (const field of ['message', 'type', 'code']) assert.equal(typeof error[field], 'string', field);
  assert.match(id, /^req_/);
  assert.equal(answer.header('x-request-id'), id);
}

// Never answers; notes when the gateway gives up.
const silent = async (connection) => {
  await connection.head();
  await connection.closed();
};

test('413: Content-Length beyond max_body_size, before the body is read', { timeout }, async (t) => {
  const upstream = await startUpstream(t);
  const gateway = await gatewayTo(t, upstream, { server: { max_body_size: '1KiB' } });
  const client = await connect(t, gateway.port);
  await client.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1025\r\n\r\n');
  assertError(await client.response(), 413);
  assert.equal(upstream.requests.length, 0);
  assert.equal((await send(t, gateway.port, post('/', 'x'.repeat(1024)))).status, 200);
});

test('413: chunks that add up beyond max_body_size', { timeout }, async (t) => {
  const upstream = await startUpstream(t);
  const gateway = await gatewayTo(t, upstream, { server: { max_body_size: '1KiB' } });
  const client = await connect(t, gateway.port);
  await client.write(post('/', chunked('x'.repeat(600), 'x'.repeat(600)), { 'Transfer-Encoding': 'chunked' }));
  assertError(await client.response(), 413);
});

test('413: a route\'s own max_body_size', { timeout }, async (t) => {
  const upstream = await startUpstream(t);
  const gateway = await gatewayTo(t, upstream, { route: { max_body_size: '10B' } });
  assertError(await send(t, gateway.port, post('/', 'x'.repeat(11))), 413);
});

test('414: a request target beyond max_header_size', { timeout }, async (t) => {
  const gateway = await gatewayTo(t, await startUpstream(t), { server: { max_header_size: '4KiB' } });
  const client = await connect(t, gateway.port);
  await client.write(get(`/${'x'.repeat(5000)}`));
  assertError(await client.response(), 414);
  assert.ok(await client.closed());
});

test('431: fields beyond max_header_size, in one, in many, or without an end', { timeout }, async (t) => {
  const upstream = await startUpstream(t);
  const gateway = await gatewayTo(t, upstream, { server: { max_header_size: '4KiB' } });
  const heads = [
    get('/', { 'X-Long': 'x'.repeat(5000) }),
    get('/', { 'X-Many': Array.from({ length: 500 }, () => 'x'.repeat(10)) }),
    `GET / HTTP/1.1\r\nHost: a\r\nX-Endless: ${'x'.repeat(10_000)}`,
  ];
  for (const head of heads) {
    const client = await connect(t, gateway.port);
    await client.write(head);
    assertError(await client.response(), 431);
    assert.ok(await client.closed());
  }
  assert.equal(upstream.connections.length, 0);
  assert.equal((await send(t, gateway.port, get('/', { 'X-Long': 'x'.repeat(3000) }))).status, 200);
});

test('408: a head that does not come to its end', { timeout }, async (t) => {
  const gateway = await gatewayTo(t, await startUpstream(t), { server: { client_header_timeout: '200ms' } });
  const client = await connect(t, gateway.port);
  await client.write('GET / HTTP/1.1\r\nHost: a\r\nX-Unfin');
  assertError(await client.response(), 408);
  assert.ok(await client.closed());
});

test('408: a head that trickles is bounded as a whole', { timeout }, async (t) => {
  const gateway = await gatewayTo(t, await startUpstream(t), { server: { client_header_timeout: '300ms' } });
  const client = await connect(t, gateway.port);
  const began = Date.now();
  const trickle = setInterval(() => client.socket.write('x'), 20);
  t.after(() => clearInterval(trickle));
  await client.write('GET / HTTP/1.1\r\nHost: a\r\nX-Trickle: ');
  const answer = await client.response();
  clearInterval(trickle);
  assertError(answer, 408);
  assert.ok(Date.now() - began < 5_000);
});

test('a connection that never sends a byte is closed', { timeout }, async (t) => {
  const gateway = await gatewayTo(t, await startUpstream(t), { server: { client_header_timeout: '200ms', keepalive_timeout: '200ms' } });
  const client = await connect(t, gateway.port);
  assert.ok(await client.closed());
});

test('408: a body that stops', { timeout }, async (t) => {
  const upstream = await startUpstream(t, silent);
  const gateway = await gatewayTo(t, upstream, { server: { client_body_timeout: '200ms' } });
  const client = await connect(t, gateway.port);
  await client.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\npart');
  assertError(await client.response(), 408);
  assert.ok(await client.closed());
  if (upstream.connections.length) await upstream.connections[0].closed();
});

test('502: nobody listens', { timeout }, async (t) => {
  const gateway = await startGateway(t, { routes: [route(`127.0.0.1:${await deadPort()}`)] });
  const client = await connect(t, gateway.port);
  assertError(await client.request(get('/')), 502);
  assertError(await client.request(get('/')), 502);   // the client's connection goes on
});

test('502: a name that does not resolve', { timeout: 40_000 }, async (t) => {
  const gateway = await startGateway(t, { routes: [route('no-such-host.invalid:80')] });
  assertError(await send(t, gateway.port, get('/')), 502);
});

test('502: the upstream closes or resets instead of answering a POST; it is not sent twice', { timeout }, async (t) => {
  for (const how of ['end', 'reset']) {
    const upstream = await startUpstream(t, async (connection) => {
      await connection.request();
      connection[how]();
    });
    const gateway = await gatewayTo(t, upstream);
    assertError(await send(t, gateway.port, post('/', 'once')), 502);
    assert.equal(upstream.requests.length, 1);
  }
});

test('503: every server of a group is down', { timeout }, async (t) => {
  const gateway = await startGateway(t, {
    upstreams: [{ name: 'gone', servers: [{ host: '127.0.0.1:9', down: true }] }],
    routes: [{ match_path: '/*', auth: 'none', upstream: 'gone' }],
  });
  const answer = await send(t, gateway.port, get('/'));
  assertError(answer, 503);
  assert.equal(answer.header('retry-after'), '1');
});

test('504: an upstream that does not answer within `timeout`', { timeout }, async (t) => {
  const upstream = await startUpstream(t, silent);
  const gateway = await gatewayTo(t, upstream, { route: { timeout: '200ms' } });
  const client = await connect(t, gateway.port);
  assertError(await client.request(get('/')), 504);
  await upstream.connections[0].closed();
});

test('504: `first_byte_timeout` counts for the answer\'s head alone', { timeout }, async (t) => {
  const upstream = await startUpstream(t, silent);
  const gateway = await gatewayTo(t, upstream, { route: { timeout: '60s', first_byte_timeout: '200ms' } });
  assertError(await send(t, gateway.port, get('/')), 504);
});

test('504: `total_timeout`', { timeout }, async (t) => {
  const upstream = await startUpstream(t, silent);
  const gateway = await gatewayTo(t, upstream, { route: { timeout: '60s', total_timeout: '200ms' } });
  assertError(await send(t, gateway.port, get('/')), 504);
});

test('beyond max_connections: the 503 is read whole, whatever the client had sent before', { timeout }, async (t) => {
  const gateway = await gatewayTo(t, await startUpstream(t), { server: { max_connections: 1 } });
  const held = await connect(t, gateway.port);
  assert.equal((await held.request(get('/'))).status, 200);
  // A client that reads only once it has sent everything: if it were reset meanwhile, the answer would be lost.
  const socket = net.connect({ port: gateway.port, host: '127.0.0.1' });
  t.after(() => socket.destroy());
  socket.pause();
  const sent = (text) => new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.write(text, (error) => { socket.off('error', reject); return error ? reject(error) : resolve(); });
  });
  await sent('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n');
  for (let piece = 0; piece < 100; piece++) {
    await sent('x'.repeat(10_000));
    await new Promise((resolve) => setImmediate(resolve));
  }
  const source = new ByteSource(socket);
  socket.resume();
  assertError(await readBody(source, await readResponseHead(source)), 503);
  assert.equal(await source.closed(), 'end');
});

test('beyond max_connections: answered 503 and closed, and served again after', { timeout }, async (t) => {
  const gateway = await gatewayTo(t, await startUpstream(t), { server: { max_connections: 5 } });
  const held = [];
  for (let number = 0; number < 5; number++) {
    held.push(await connect(t, gateway.port));
    assert.equal((await held[number].request(get('/'))).status, 200);
  }
  const refused = await send(t, gateway.port, get('/'));
  assert.equal(refused.status, 503);
  assert.equal(refused.header('connection'), 'close');
  for (const client of held) client.destroy();
  await eventually(async () => (await send(t, gateway.port, get('/'))).status === 200, 'a free place');
});
