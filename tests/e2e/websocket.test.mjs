// WebSocket through the gateway, by the `ws` package on both sides, and other upgrades.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import test from 'node:test';
import { WebSocket, WebSocketServer } from 'ws';
import { cleanup } from './support/cleanup.mjs';
import { gatewayTo } from './support/gateway.mjs';
import { connect, get } from './support/raw_client.mjs';
import { answering, startUpstream } from './support/upstream.mjs';

const timeout = 20_000;

async function echo(t, config) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  cleanup(t, () => server.close());
  server.on('connection', (socket, asked) => {
    socket.asked = asked;
    socket.on('message', (data, binary) => socket.send(data, { binary }));
  });
  const gateway = await gatewayTo(t, { host: `127.0.0.1:${server.address().port}` }, config);
  return { server, gateway, url: `ws://127.0.0.1:${gateway.port}/socket?a=b` };
}

async function opened(t, url, options) {
  const socket = new WebSocket(url, options);
  cleanup(t, () => socket.terminate());
  await once(socket, 'open');
  return socket;
}

test('text, binary and large messages come back', { timeout }, async (t) => {
  const { server, url } = await echo(t);
  const socket = await opened(t, url);
  assert.equal([...server.clients][0].asked.url, '/socket?a=b');
  for (const message of ['hello', Buffer.from([0, 255, 13, 10]), Buffer.alloc(2 << 20, 'xyz'), '']) {
    socket.send(message);
    const [data, binary] = await once(socket, 'message');
    assert.equal(binary, typeof message !== 'string');
    assert.ok(data.equals(Buffer.from(message)));
  }
});

test('sub-protocols and compression are agreed end to end', { timeout }, async (t) => {
  const { url } = await echo(t);
  const socket = new WebSocket(url, ['chat', 'other'], { perMessageDeflate: true });
  cleanup(t, () => socket.terminate());
  await once(socket, 'open');
  assert.equal(socket.protocol, 'chat');
});

test('closing goes through, both ways', { timeout }, async (t) => {
  const { server, url } = await echo(t);
  const first = await opened(t, url);
  first.close(4001, 'enough');
  const [peer] = server.clients;
  const [code, reason] = await once(peer, 'close');
  assert.deepEqual([code, reason.toString()], [4001, 'enough']);
  const second = await opened(t, url);
  [...server.clients].at(-1).close(4002, 'go');
  const [other] = await once(second, 'close');
  assert.equal(other, 4002);
});

test('a peer that breaks off frees the other side', { timeout }, async (t) => {
  const { server, url } = await echo(t);
  const first = await opened(t, url);
  const [peer] = server.clients;
  first.terminate();
  await once(peer, 'close');
  const second = await opened(t, url);
  [...server.clients].at(-1).terminate();
  await once(second, 'close');
});

test('a silent tunnel outlives `timeout` as long as it is pinged', { timeout }, async (t) => {
  const { url } = await echo(t, { route: { timeout: '1500ms' } });
  const socket = await opened(t, url);
  const began = Date.now();
  while (Date.now() - began < 3_500) {
    socket.ping();
    await once(socket, 'pong');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.equal(socket.readyState, WebSocket.OPEN);
});

test('an upstream that declines the upgrade answers as usual', { timeout }, async (t) => {
  const upstream = await startUpstream(t, answering((asked, connection) => connection.answer('no sockets here')));
  const gateway = await gatewayTo(t, upstream);
  const client = await connect(t, gateway.port);
  const answer = await client.request(get('/', {
    Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': 'x3JJHMbDL1EzLkh9GBhXDw==',
  }));
  assert.equal(answer.text, 'no sockets here');
  assert.equal((await client.request(get('/'))).status, 200);
  assert.match(upstream.requests[0].header('connection'), /upgrade/i);
  assert.equal(upstream.requests[0].header('upgrade'), 'websocket');
});

test('bytes sent right behind the handshake arrive', { timeout }, async (t) => {
  const upstream = await startUpstream(t, async (connection) => {
    await connection.head();
    await connection.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: test\r\n\r\nwelcome');
    const bytes = await connection.source.exactly(5);
    await connection.write(`got ${bytes}`);
    connection.end();
  });
  const gateway = await gatewayTo(t, upstream);
  const client = await connect(t, gateway.port);
  await client.write(get('/', { Connection: 'Upgrade', Upgrade: 'test' }));
  const answer = await client.head();
  assert.equal(answer.status, 101);
  assert.equal((await client.source.exactly(7)).toString(), 'welcome');
  await client.write('early');
  assert.equal((await client.source.exactly(9)).toString(), 'got early');
  assert.ok(await client.closed());
});

test('an upgrade to another protocol than was asked for is a broken answer', { timeout }, async (t) => {
  const upstream = await startUpstream(t, async (connection) => {
    const { target } = await connection.request();
    await connection.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${decodeURIComponent(target.slice(1))}\r\n\r\n`);
  });
  const gateway = await gatewayTo(t, upstream);
  const ask = async (protocol) => {
    const client = await connect(t, gateway.port);
    await client.write(get(`/${encodeURIComponent(protocol)}`, { Connection: 'Upgrade', Upgrade: 'websocket, Test/2' }));
    return (await client.head()).status;
  };
  for (const protocol of ['WebSocket', 'test/2', 'websocket, test/2']) assert.equal(await ask(protocol), 101, protocol);
  for (const protocol of ['h2c', 'test', 'websocket, h2c', 'websocket\r\nUpgrade: h2c']) assert.equal(await ask(protocol), 502, protocol);
});

test('h2c is not passed on', { timeout }, async (t) => {
  const upstream = await startUpstream(t);
  const gateway = await gatewayTo(t, upstream);
  const client = await connect(t, gateway.port);
  const answer = await client.request(get('/', { Connection: 'Upgrade, HTTP2-Settings', Upgrade: 'h2c', 'HTTP2-Settings': 'AAMAAABkAARAAAAAAAIAAAAA' }));
  assert.equal(answer.status, 200);
  assert.equal(upstream.requests[0].header('http2-settings'), undefined);
  assert.doesNotMatch(upstream.requests[0].header('upgrade') ?? '', /h2c/);
});
