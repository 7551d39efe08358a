// Large bodies and slow readers: memory stays flat, and a reader that stops holds the writer back.
import assert from 'node:assert/strict';
import test from 'node:test';
import { eventually, gatewayTo, sanitized } from './support/gateway.mjs';
import { connect, get } from './support/raw_client.mjs';
import { answering, startUpstream } from './support/upstream.mjs';

const size = 256 << 20;
const growthLimit = 4 << 20;
const block = Buffer.alloc(1 << 20, 'The quick brown fox jumps over the lazy dog. ');

// Writes `size` bytes, waiting whenever the socket's buffer is full; `framed` wraps each block.
async function pour(peer, framed = (bytes) => [bytes]) {
  for (let sent = 0; sent < size; sent += block.length) {
    for (const bytes of framed(block)) await peer.write(bytes);
  }
}

// Samples the gateway's memory while `work` runs; gives its largest growth.
async function growth(gateway, work) {
  const before = gateway.memory();
  let largest = 0;
  const timer = setInterval(() => { largest = Math.max(largest, gateway.memory() - before); }, 10);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  return Math.max(largest, gateway.memory() - before);
}

// The head of `source`'s message was read; counts the body's bytes without keeping them.
async function drain(pieces) {
  let length = 0;
  for await (const piece of pieces) length += piece.length;
  return length;
}

const chunks = (bytes) => [`${bytes.length.toString(16)}\r\n`, bytes, '\r\n'];

async function warmedUp(t, script) {
  const upstream = await startUpstream(t, script);
  const gateway = await gatewayTo(t, upstream, { server: { max_body_size: '1GiB' } });
  const client = await connect(t, gateway.port);
  for (let round = 0; round < 20; round++) assert.equal((await client.request(get('/small'))).status, 200);
  return { upstream, gateway, client };
}

for (const [name, headers, framed, end] of [
  ['of known length', `Content-Length: ${size}\r\n`, undefined, ''],
  ['in chunks', 'Transfer-Encoding: chunked\r\n', chunks, '0\r\n\r\n'],
]) {
  test(`256 MiB down, ${name}`, { timeout: 120_000, skip: sanitized }, async (t) => {
    const { gateway, client } = await warmedUp(t, answering(async (asked, connection) => {
      if (asked.target === '/small') return connection.answer();
      await connection.write(`HTTP/1.1 200 OK\r\n${headers}\r\n`);
      await pour(connection, framed);
      return connection.write(end);
    }));
    const grown = await growth(gateway, async () => {
      await client.write(get('/big'));
      assert.equal(await drain(client.pieces(await client.head())), size);
    });
    assert.ok(grown < growthLimit, `memory grew by ${grown >> 10} KiB`);
    assert.equal((await client.request(get('/small'))).status, 200);
  });

  test(`256 MiB up, ${name}`, { timeout: 120_000, skip: sanitized }, async (t) => {
    const { gateway, client } = await warmedUp(t, async (connection) => {
      for (;;) {
        const asked = await connection.head();
        connection.received = { push() {} };   // not to be kept
        const { bodyPieces } = await import('./support/http1.mjs');
        await connection.answer(String(await drain(bodyPieces(connection.source, asked))));
      }
    });
    const grown = await growth(gateway, async () => {
      await client.write(`POST /big HTTP/1.1\r\nHost: a\r\n${headers}\r\n`);
      await pour(client, framed);
      await client.write(end);
      assert.equal((await client.response()).text, String(size));
    });
    assert.ok(grown < growthLimit, `memory grew by ${grown >> 10} KiB`);
  });
}

// Waits until `count()` stays the same for as long as bytes that still move would take at most.
function standstill(count, what) {
  let last = -1;
  return eventually(async () => {
    if (count() === last) return true;
    last = count();
    await new Promise((resolve) => setTimeout(resolve, 300));
    return false;
  }, what, 30_000);
}

test('a client that does not read holds the upstream back', { timeout: 60_000, skip: sanitized }, async (t) => {
  let taken = 0;
  const upstream = await startUpstream(t, async (connection) => {
    await connection.request();
    await connection.write(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`);
    for (; taken < size; taken += block.length) await connection.write(block);
  });
  const gateway = await gatewayTo(t, upstream);
  const client = await connect(t, gateway.port);
  const before = gateway.memory();
  await client.write(get('/'));
  const answer = await client.head();
  client.socket.pause();
  await standstill(() => taken, 'the upstream to be held back');
  assert.ok(taken < size / 4, `${taken >> 20} MiB were taken`);   // what socket buffers hold
  assert.ok(gateway.memory() - before < growthLimit);
  client.socket.resume();
  assert.equal(await drain(client.pieces(answer)), size);
});

test('an upstream that does not read holds the client back', { timeout: 60_000, skip: sanitized }, async (t) => {
  const upstream = await startUpstream(t, async (connection) => {
    await connection.head();
    connection.socket.pause();
    await connection.closed();
  });
  const gateway = await gatewayTo(t, upstream, { server: { max_body_size: '1GiB' } });
  const client = await connect(t, gateway.port);
  const before = gateway.memory();
  let sent = 0;
  await client.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${size}\r\n\r\n`);
  const pouring = (async () => {
    for (; sent < size && !client.socket.destroyed; sent += block.length) await client.write(block);
  })();
  await upstream.requestAt(0);
  await standstill(() => sent, 'the client to be held back');
  assert.ok(sent < size / 4, `${sent >> 20} MiB were sent`);
  assert.ok(gateway.memory() - before < growthLimit);
  client.destroy();
  await pouring;
});
