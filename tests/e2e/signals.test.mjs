// Signals, the pid file, log rotation, and starting under systemd.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { eventually, gatewayTo, run, tempFolder } from './support/gateway.mjs';
import { connect, get, send } from './support/raw_client.mjs';
import { gate, startUpstream } from './support/upstream.mjs';

const timeout = 20_000;

// The listener is closed.
const refusesConnections = (t, gateway) => eventually(() => connect(t, gateway.port).then((late) => { late.destroy(); }, () => true), 'new connections to be refused');

const endless = async (connection) => {
  await connection.request();
  await connection.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n');
  await connection.closed();
};

for (const signal of ['SIGTERM', 'SIGINT']) {
  test(`${signal} ends at once, streams or not`, { timeout }, async (t) => {
    const gateway = await gatewayTo(t, await startUpstream(t, endless));
    const client = await connect(t, gateway.port);
    await client.write(get('/'));
    const pieces = client.pieces(await client.head());
    await pieces.next();
    const idle = await connect(t, gateway.port);
    assert.equal((await idle.request(get('/health'))).status, 200);
    const began = Date.now();
    gateway.signal(signal);
    assert.deepEqual(await gateway.exit, { code: 0, signal: null });
    assert.ok(Date.now() - began < 3_000);
    await assert.rejects(pieces.next(), /connection (end|reset)/);
    assert.equal(await idle.closed(), 'end');
    assert.match(gateway.read('logs/fastgate.log'), /Request forwarded .* status_code=200 .* error="cut off by a fast stop"/);
  });
}

test('QUIT waits for what runs and takes nothing new', { timeout }, async (t) => {
  const held = gate();
  const upstream = await startUpstream(t, async (connection) => {
    await connection.request();
    await held.opened;
    await connection.answer('finished');
  });
  const gateway = await gatewayTo(t, upstream);
  const client = await connect(t, gateway.port);
  const idle = await connect(t, gateway.port);
  assert.equal((await idle.request(get('/health'))).status, 200);
  await client.write(get('/'));
  await upstream.requestAt(0);
  gateway.signal('SIGQUIT');
  assert.ok(await idle.closed());
  await refusesConnections(t, gateway);
  assert.equal(gateway.exited, undefined);
  held.open();
  const answer = await client.response();
  assert.equal(answer.text, 'finished');
  assert.match(answer.header('connection') ?? '', /close/i);
  assert.deepEqual(await gateway.exit, { code: 0, signal: null });
});

test('a connection that stood before QUIT is served, though its request comes after', { timeout }, async (t) => {
  // A request has half a second to come: on a busy system it may be late once.
  const isServed = async () => {
    const gateway = await gatewayTo(t, await startUpstream(t));
    const clients = await Promise.all(Array.from({ length: 20 }, () => connect(t, gateway.port)));
    const other = await connect(t, gateway.port);
    gateway.signal('SIGQUIT');
    await eventually(async () => /close/i.test((await other.request(get('/health'))).header('connection') ?? ''), 'the drain');
    const answers = await Promise.all(clients.map((client) => client.request(get('/')).catch(() => null)));
    assert.deepEqual(await gateway.exit, { code: 0, signal: null });
    return answers.every((answer) => answer?.status === 200 && /close/i.test(answer.header('connection')));
  };
  assert.ok(await isServed() || await isServed() || await isServed());
});

test('TERM during a drain ends it', { timeout }, async (t) => {
  const upstream = await startUpstream(t, endless);
  const gateway = await gatewayTo(t, upstream);
  const client = await connect(t, gateway.port);
  await client.write(get('/'));
  await client.head();
  gateway.signal('SIGQUIT');
  await refusesConnections(t, gateway);
  gateway.signal('SIGTERM');
  assert.deepEqual(await gateway.exit, { code: 0, signal: null });
});

test('USR1 opens both logs again', { timeout }, async (t) => {
  const gateway = await gatewayTo(t, await startUpstream(t));
  await send(t, gateway.port, get('/before'));
  await gateway.accessLine(0);
  await gateway.logLine('Request forwarded');
  for (const name of ['access.log', 'fastgate.log']) fs.renameSync(gateway.file(`logs/${name}`), gateway.file(`logs/${name}.1`));
  gateway.signal('SIGUSR1');
  await eventually(() => fs.existsSync(gateway.file('logs/access.log')) && fs.existsSync(gateway.file('logs/fastgate.log')), 'new log files');
  await send(t, gateway.port, get('/after'));
  assert.match(await gateway.accessLine(0), /\/after/);
  await gateway.logLine('Request forwarded');
  assert.match(gateway.read('logs/access.log.1'), /\/before/);
  assert.doesNotMatch(gateway.read('logs/access.log.1'), /\/after/);
});

test('the pid file names the process and is gone after it', { timeout }, async (t) => {
  const gateway = await gatewayTo(t, await startUpstream(t));
  assert.equal(gateway.read('run/fastgate.pid').trim(), String(gateway.pid));
  gateway.signal('SIGQUIT');
  await gateway.exit;
  assert.equal(fs.existsSync(gateway.file('run/fastgate.pid')), false);
});

test('-s reload, reopen, quit, stop reach the process of the pid file', { timeout }, async (t) => {
  const command = (gateway, word) => run(['-c', gateway.file('fastgate.yaml'), '-p', gateway.folder, '-s', word]);
  const gateway = await gatewayTo(t, await startUpstream(t));
  assert.equal(command(gateway, 'reload').code, 0);
  await gateway.logLine('configuration reloaded');
  fs.renameSync(gateway.file('logs/access.log'), gateway.file('logs/old'));
  assert.equal(command(gateway, 'reopen').code, 0);
  await eventually(() => fs.existsSync(gateway.file('logs/access.log')), 'a new access log');
  assert.equal(command(gateway, 'quit').code, 0);
  assert.equal((await gateway.exit).code, 0);
  const none = command(gateway, 'reload');
  assert.notEqual(none.code, 0);
  assert.match(none.stderr, /fastgate\.pid/);
  const config = path.join(tempFolder(t), 'fastgate.yaml');
  fs.writeFileSync(config, 'pid_file: off\n');
  assert.match(run(['-c', config, '-s', 'reload']).stderr, /pid_file.*off/);
  const second = await gatewayTo(t, await startUpstream(t));
  assert.equal(command(second, 'stop').code, 0);
  assert.equal((await second.exit).code, 0);
});
