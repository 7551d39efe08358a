// Slow and greedy clients: those that trickle, never read, or take all places. Others are served as ever, and
// memory stays under what is promised.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import test from 'node:test';
import { cleanup } from './support/cleanup.mjs';
import { makeAuthority, makeCertificate } from './support/certificates.mjs';
import { eventually, gatewayTo, sanitized, tempFolder } from './support/gateway.mjs';
import { connect, get, send } from './support/raw_client.mjs';
import { answering, startHttpUpstream, startUpstream } from './support/upstream.mjs';

const timeout = 120_000;
const mebibyte = 1024 * 1024;
// Fewer where each connection costs a hundred times as much, or the system has not so many descriptors.
const descriptors = Number(/^Max open files\s+\d+\s+(\d+)/m.exec(fs.readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? Infinity);
const most = sanitized ? 500 : Math.min(10_000, Math.floor(descriptors / 100) * 100 - 200);
const many = Math.min(most, 3_000);

function assertMemory(t, gateway, mebibytes) {
  t.diagnostic(`${(gateway.memory() / mebibyte).toFixed(1)} MiB`);
  if (!sanitized) assert.ok(gateway.memory() < mebibytes * mebibyte, `${gateway.memory()} bytes`);
}

// Asks again and again until `done` resolves; every answer must be there and be right.
async function serveMeanwhile(t, port, done) {
  let over = false;
  done.finally(() => { over = true; });
  const client = await connect(t, port);
  let answered = 0;
  while (!over || answered < 50) {
    assert.equal((await client.request(get('/'))).status, 200);
    assert.equal((await send(t, port, get('/'))).status, 200);
    answered += 2;
    await new Promise((resolve) => setImmediate(resolve));
  }
  return answered;
}

// Connections that each send `bytes` and then nothing; closed with the test. `gone` of each resolves when it is closed.
async function hold(t, port, count, bytes) {
  const sockets = [];
  cleanup(t, () => { for (const socket of sockets) socket.destroy(); });
  while (sockets.length < count) {
    await Promise.all(Array.from({ length: 100 }, () => new Promise((resolve, reject) => {
      const socket = net.connect({ port, host: '127.0.0.1' }, () => socket.write(bytes, 'latin1', resolve));
      socket.once('error', reject);
      socket.gone = new Promise((closed) => socket.once('close', closed));
      sockets.push(socket);
    })));
  }
  for (const socket of sockets) socket.removeAllListeners('error').on('error', () => {});
  return sockets;
}

// Resolves once the gateway has closed all of them.
function allGone(sockets) {
  for (const socket of sockets) socket.resume().on('end', () => socket.end());
  return Promise.all(sockets.map((socket) => socket.gone));
}

const halves = {
  nothing: [many, ''],
  'half a head': [most, 'GET / HTTP/1.1\r\nHost: a\r\nX-Half: '],
  'half a body': [many, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nhalf'],
};
for (const [name, [count, bytes]] of Object.entries(halves)) {
  test(`${count} connections that send ${name}: others are served, all are closed in time`, { timeout }, async (t) => {
    const upstream = await startHttpUpstream(t, (asked, answer) => asked.resume().on('end', () => answer.end('ok')).on('error', () => {}));
    const gateway = await gatewayTo(t, upstream, {
      server: { client_header_timeout: '2s', client_body_timeout: '2s', keepalive_timeout: '2s' },
    });
    const held = await hold(t, gateway.port, count, bytes);
    const all = allGone(held);
    assertMemory(t, gateway, 64);
    const answered = await serveMeanwhile(t, gateway.port, all);
    t.diagnostic(`${answered} answers meanwhile`);
  });
}

test(`${many} connections that trickle their heads: others are served`, { timeout }, async (t) => {
  const gateway = await gatewayTo(t, await startUpstream(t), { server: { client_header_timeout: '2s' } });
  const held = await hold(t, gateway.port, many, 'GET / HTTP/1.1\r\nHost: a\r\n');
  const trickle = setInterval(() => { for (const socket of held) if (socket.writable) socket.write('X-A: b\r\n'); }, 300);
  cleanup(t, () => clearInterval(trickle));
  const all = allGone(held);
  await serveMeanwhile(t, gateway.port, all);
  assertMemory(t, gateway, 64);
});

test(`${many} TLS handshakes that stop: others are served, all are closed in time`, { timeout }, async (t) => {
  const folder = tempFolder(t);
  makeAuthority(folder);
  const gateway = await gatewayTo(t, await startUpstream(t), {
    server: { listen: ['127.0.0.1:0', '127.0.0.1:0 tls'], tls: makeCertificate(folder, 'one', ['one.test']), client_header_timeout: '2s' },
  });
  // The beginning of a record that announces a greeting of 512 bytes.
  const held = await hold(t, gateway.ports[1], many, '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03half');
  const all = allGone(held);
  // OpenSSL takes some 48 KiB for each until it is done.
  assertMemory(t, gateway, 192);
  await serveMeanwhile(t, gateway.port, all);
});

test('clients that do not read: memory is bounded, others are served, the send timeout frees them', { timeout }, async (t) => {
  const piece = Buffer.alloc(mebibyte, 'x');
  const upstream = await startUpstream(t, answering(async (asked, connection) => {
    if (asked.target !== '/big') return connection.answer();
    connection.socket.on('error', () => {});
    await connection.write(`HTTP/1.1 200 OK\r\nContent-Length: ${64 * mebibyte}\r\n\r\n`);
    for (let count = 0; count < 64 && !connection.source.ending; count++) {
      // A write that the gateway never takes ends with the connection.
      await Promise.race([connection.write(piece), connection.closed()]);
    }
  }));
  const gateway = await gatewayTo(t, upstream, { server: { send_timeout: '2s' } });
  const held = await hold(t, gateway.port, 200, 'GET /big HTTP/1.1\r\nHost: a\r\n\r\n');
  for (const socket of held) socket.pause();
  await upstream.until(() => upstream.requests.filter(({ target }) => target === '/big').length === 200);
  const freed = Promise.all(upstream.connections.filter(({ source }) => source.total > 0).map((connection) => connection.closed()));
  await serveMeanwhile(t, gateway.port, freed.catch(() => {}));
  assertMemory(t, gateway, 64);
});

test('uploads to an upstream that does not read: memory is bounded, others are served', { timeout }, async (t) => {
  const upstream = await startUpstream(t, async (connection) => {
    while ((await connection.head()).target !== '/stuck') await connection.answer();
    connection.socket.pause();
    await connection.closed();
  });
  const gateway = await gatewayTo(t, upstream, { route: { timeout: '2s' } });
  const held = await hold(t, gateway.port, 100, `POST /stuck HTTP/1.1\r\nHost: a\r\nContent-Length: ${16 * mebibyte}\r\n\r\n`);
  const piece = Buffer.alloc(4 * mebibyte, 'x');
  for (const socket of held) socket.resume().write(piece);
  for (let round = 0; round < 50; round++) assert.equal((await send(t, gateway.port, get('/'))).status, 200);
  assertMemory(t, gateway, 64);
});

test('beyond max_connections: a fast 503 with the reason; those within are served, and others when they leave', { timeout }, async (t) => {
  const gateway = await gatewayTo(t, await startUpstream(t), { server: { max_connections: 50, workers: 2, defer_accept: false } });
  const held = [];
  for (let number = 0; number < 50; number++) {
    held.push(await connect(t, gateway.port));
    assert.equal((await held[number].request(get('/'))).status, 200);
  }
  for (let number = 0; number < 300; number++) {
    // Not a byte was sent: the answer waits for none.
    const client = await connect(t, gateway.port);
    const answer = await client.response();
    assert.equal(answer.status, 503);
    assert.match(answer.json.error.message, /room|connection/);
    assert.match(answer.header('x-request-id'), /^req_/);
    client.end();
    assert.ok(await client.closed());
    client.destroy();
  }
  for (const client of held) assert.equal((await client.request(get('/'))).status, 200);
  assertMemory(t, gateway, 64);
  for (const client of held) client.destroy();
  await eventually(async () => (await send(t, gateway.port, get('/')).catch(() => ({}))).status === 200, 'a free place');
});

// slowhttptest runs its own probe beside its attack and says whether it was served.
const modes = { 'slow heads': ['-H'], 'slow bodies': ['-B', '-s', '8192'], 'many ranges': ['-R'], 'slow reading': ['-X', '-w', '512', '-y', '1024', '-n', '1', '-z', '32', '-k', '3'] };
for (const [name, mode] of Object.entries(modes)) {
  test(`slowhttptest, ${name}: service stays available`, { timeout }, async (t) => {
    const upstream = await startHttpUpstream(t, (asked, answer) => asked.resume().on('end', () => answer.end('x'.repeat(32_768))).on('error', () => {}));
    const gateway = await gatewayTo(t, upstream, { server: { client_header_timeout: '2s', client_body_timeout: '2s' } });
    const child = spawn('slowhttptest', ['-c', '500', '-r', '500', '-i', '1', '-x', '8', '-l', '4', '-p', '20', '-v', '1', ...mode, '-u', `${gateway.url}/`]);
    cleanup(t, () => child.kill('SIGKILL'));
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => { said += text; });
    const ended = new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', resolve);
    });
    await serveMeanwhile(t, gateway.port, ended);
    await ended;
    const verdicts = [...said.replace(/\x1b\[[\d;]*m/g, '').matchAll(/service available:\s+(\w+)/g)].map(([, word]) => word);
    assert.ok(verdicts.length > 0, said);
    assert.deepEqual(verdicts.filter((word) => word !== 'YES'), [], said.slice(-2000));
    assertMemory(t, gateway, 64);
  });
}
