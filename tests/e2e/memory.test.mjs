// What open connections cost in memory.
import assert from 'node:assert/strict';
import test from 'node:test';
import { gatewayTo, sanitized } from './support/gateway.mjs';
import { connect, get } from './support/raw_client.mjs';
import { answering, startUpstream } from './support/upstream.mjs';

const timeout = 120_000;
const event = 'data: x\n\n';

// Opens `count` connections, a hundred at a time, by `open()`.
async function openAll(count, open) {
  const opened = [];
  while (opened.length < count) opened.push(...await Promise.all(Array.from({ length: 100 }, open)));
  return opened;
}

// Traffic before the measuring, so that what the gateway sets up once is set up.
async function warmUp(t, port, open) {
  const clients = await openAll(200, open);
  for (const client of clients) client.destroy();
  const client = await connect(t, port);
  for (let round = 0; round < 100; round++) await client.request(get('/'));
}

test('an idle connection costs 512 bytes at most', { timeout, skip: sanitized }, async (t) => {
  const gateway = await gatewayTo(t, await startUpstream(t));
  const open = async () => {
    const client = await connect(t, gateway.port);
    assert.equal((await client.request(get('/'))).status, 200);
    return client;
  };
  await warmUp(t, gateway.port, open);
  const before = gateway.memory();
  const clients = await openAll(4_000, open);
  const each = (gateway.memory() - before) / clients.length;
  t.diagnostic(`${Math.round(each)} bytes`);
  assert.ok(each <= 512, `${each} bytes`);
});

test('an open event stream costs 3 KiB at most', { timeout, skip: sanitized }, async (t) => {
  const upstream = await startUpstream(t, answering((asked, connection) => (asked.target === '/stream'
    ? connection.write(`HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n${event}\r\n`)
    : connection.answer())));
  const gateway = await gatewayTo(t, upstream);
  const open = async () => {
    const client = await connect(t, gateway.port);
    await client.write(get('/stream'));
    const pieces = client.pieces(await client.head());
    assert.equal((await pieces.next()).value.toString(), event);
    return client;
  };
  await warmUp(t, gateway.port, open);
  // These take what the warming-up left behind.
  await openAll(300, open);
  const before = gateway.memory();
  const clients = await openAll(2_000, open);
  const each = (gateway.memory() - before) / clients.length;
  t.diagnostic(`${Math.round(each)} bytes`);
  assert.ok(each <= 3 * 1024, `${each} bytes`);
});
