// USR2: a new binary takes over the listening sockets; the old process finishes what it has in hand and leaves. When
// the new one does not come up, nothing changes.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import tls from 'node:tls';
import { fileURLToPath } from 'node:url';
import { records, stages } from './support/audit_store.mjs';
import { makeAuthority, makeCertificate } from './support/certificates.mjs';
import { binary, eventually, gatewayTo, route, run, sanitized, startGateway, tempFolder } from './support/gateway.mjs';
import { apiKey, newKey } from './support/keys.mjs';
import { Load, loadUpstream } from './support/load.mjs';
import { connect, get, send } from './support/raw_client.mjs';
import { ended, endAfter, isAlive, pidIn, upgrade } from './support/successor.mjs';
import { answering, deadPort, gate, startUpstream } from './support/upstream.mjs';

const timeout = 60_000;
const current = (gateway) => JSON.parse(gateway.read('fastgate.yaml'));

test('three upgrades in a row under load fail no request and cut no stream', { timeout: 120_000 }, async (t) => {
  const { script, streams } = loadUpstream();
  const gateway = await gatewayTo(t, await startUpstream(t, script), { server: { workers: 2 } });
  const load = new Load(t, gateway.port);
  load.requests(sanitized ? 20 : 60);
  load.streams(sanitized ? 20 : 60);
  await eventually(() => load.answered > 200 && load.events > 100, 'the load to run');
  const processes = [gateway.pid];
  for (let round = 0; round < 3; round++) {
    processes.push(await upgrade(t, gateway));
    const before = load.answered;
    await eventually(() => load.answered > before + 200 || load.failures.length, 'requests to go on');
    load.streams(5);
  }
  assert.ok(isAlive(processes[0]), 'the first process waits for its streams');
  streams.finish();
  await load.finish();
  assert.deepEqual(load.failures, []);
  for (const pid of processes.slice(0, -1)) await ended(pid);
  assert.deepEqual(await gateway.exit, { code: 0, signal: null });
  assert.equal(pidIn(gateway), processes.at(-1));
  assert.equal((await send(t, gateway.port, get('/last'))).text, '/last');
});

test('two upgrades under load: what was answered is in the audit store, once', { timeout: 120_000 }, async (t) => {
  const { script, streams } = loadUpstream();
  const gateway = await gatewayTo(t, await startUpstream(t, script), {
    server: { workers: 2 }, database: { sqlite_path: 'data/fastgate.db' } });
  const load = new Load(t, gateway.port);
  load.requests(20);
  load.streams(10);
  await eventually(() => load.answered > 200 && load.events > 20, 'the load to run');
  const processes = [gateway.pid];
  for (let round = 0; round < 2; round++) {
    processes.push(await upgrade(t, gateway));
    const before = load.answered;
    await eventually(() => load.answered > before + 200 || load.failures.length, 'requests to go on');
  }
  assert.ok(isAlive(processes[0]), 'the first process waits for its streams');
  streams.finish();
  await load.finish();
  assert.deepEqual(load.failures, []);
  process.kill(processes.at(-1), 'SIGTERM');
  for (const pid of processes) await ended(pid);
  const found = records(gateway);
  assert.deepEqual(found.filter(({ stage }) => stage !== stages.complete), []);
  const expected = [...load.targets, ...Array(10).fill('/stream')];
  assert.deepEqual(found.map(({ path: target }) => target).sort(), expected.sort());
  // Each has an id of its own, whichever process wrote it.
  const { stdout } = run(['-c', gateway.file('fastgate.yaml'), '-p', gateway.folder, 'logs', '--format', 'ndjson', '--fields', 'id']);
  assert.equal(new Set(stdout.split('\n').slice(0, -1)).size, found.length);
});

test('a process that drains writes to the log that USR1 made the new one open', { timeout }, async (t) => {
  const mayEnd = gate();
  const upstream = await startUpstream(t, answering(async (asked, connection) => {
    if (asked.target === '/held') await mayEnd.opened;
    await connection.answer(asked.target);
  }));
  const gateway = await gatewayTo(t, upstream);
  const client = await connect(t, gateway.port);
  await client.write(get('/held'));
  await upstream.requestAt(0);
  const next = await upgrade(t, gateway);
  fs.renameSync(gateway.file('logs/access.log'), gateway.file('logs/access.log.1'));
  process.kill(next, 'SIGUSR1');
  await eventually(() => fs.existsSync(gateway.file('logs/access.log')), 'the new process to open its log again');
  const log = fs.statSync(gateway.file('logs/access.log')).ino;
  const opened = (fd) => fs.statSync(`/proc/${gateway.pid}/fd/${fd}`, { throwIfNoEntry: false })?.ino === log;
  await eventually(() => fs.readdirSync(`/proc/${gateway.pid}/fd`).some(opened), 'the old process to open its log again');
  mayEnd.open();
  assert.equal((await client.response()).status, 200);
  await ended(gateway.pid);
  assert.ok(gateway.accessLog().some((line) => line.includes('/held')));
});

test('the number of workers may change, on one address that stays', { timeout }, async (t) => {
  const { script } = loadUpstream();
  const gateway = await gatewayTo(t, await startUpstream(t, script), { server: { workers: 1 } });
  const load = new Load(t, gateway.port);
  load.requests(10);
  for (const workers of [3, 1, 2]) {
    const config = current(gateway);
    gateway.writeConfig({ ...config, server: { ...config.server, workers } });
    const old = pidIn(gateway);
    await upgrade(t, gateway);
    await ended(old);
    const before = load.answered;
    await eventually(() => load.answered > before + 50 || load.failures.length, 'requests to go on');
  }
  await load.finish();
  assert.deepEqual(load.failures, []);
});

test('the configuration of the moment is read, and addresses come and go', { timeout }, async (t) => {
  const gateway = await startGateway(t, { routes: [{ match_path: '/*', auth: 'none', respond: { status: 200, body: 'old' } }] });
  const config = current(gateway);
  gateway.writeConfig({ ...config, server: { ...config.server, listen: ['127.0.0.2:0', '127.0.0.1:0'] },
    routes: [{ match_path: '/*', auth: 'none', respond: { status: 200, body: 'new' } }] });
  await upgrade(t, gateway);
  await ended(gateway.pid);
  assert.equal((await send(t, gateway.port, get('/'))).text, 'new');
  const port = Number(/address=127\.0\.0\.2:(\d+)/.exec(await gateway.logLine('127.0.0.2:'))[1]);
  assert.equal((await (await connect(t, port, { host: '127.0.0.2' })).request(get('/'))).text, 'new');
});

// The gateway runs from a copy of its own, which the test may break.
async function fromCopy(t) {
  const folder = tempFolder(t);
  const copy = path.join(folder, 'fastgate');
  fs.copyFileSync(binary, copy);
  const gateway = await gatewayTo(t, await startUpstream(t), {}, { binary: copy });
  return { gateway, copy };
}

async function failsToUpgrade(t, gateway, reason) {
  gateway.signal('SIGUSR2');
  assert.match(await gateway.logLine('ERROR the new binary did not start'), reason);
  await gateway.logLine('upgrade given up');
  assert.equal(pidIn(gateway), gateway.pid);
  assert.equal(gateway.exited, undefined);
  assert.equal((await send(t, gateway.port, get('/'))).status, 200);
}

test('a bad configuration: the old process goes on, and its log says why', { timeout }, async (t) => {
  const gateway = await gatewayTo(t, await startUpstream(t));
  const good = gateway.read('fastgate.yaml');
  gateway.writeConfig('sever: {}');
  await failsToUpgrade(t, gateway, /fastgate\.yaml:1:1: .*sever/);
  gateway.writeConfig(good);
  assert.match(await gateway.reload(), /configuration reloaded/);
  await upgrade(t, gateway);
  await ended(gateway.pid);
  assert.equal((await send(t, gateway.port, get('/'))).status, 200);
});

test('an address that is taken: the old process goes on', { timeout }, async (t) => {
  const upstream = await startUpstream(t);
  const gateway = await gatewayTo(t, upstream);
  const config = current(gateway);
  config.server.listen.push(upstream.host);
  gateway.writeConfig(config);
  await failsToUpgrade(t, gateway, /cannot listen on/);
});

test('a pid file that cannot be written: the old process goes on', { timeout }, async (t) => {
  const gateway = await gatewayTo(t, await startUpstream(t));
  gateway.writeConfig({ ...current(gateway), pid_file: '/proc/no/such/folder/pid' });
  await failsToUpgrade(t, gateway, /pid file/);
});

test('a binary that is gone: the old process goes on, and takes the one that is there next time', { timeout }, async (t) => {
  const { gateway, copy } = await fromCopy(t);
  fs.rmSync(copy);
  await failsToUpgrade(t, gateway, /cannot start .*No such file/);
  fs.copyFileSync(binary, copy);
  await upgrade(t, gateway);
  await ended(gateway.pid);
});

test('a binary that ends at once: the old process goes on', { timeout }, async (t) => {
  const { gateway, copy } = await fromCopy(t);
  fs.rmSync(copy);
  fs.writeFileSync(copy, '#!/bin/sh\nexit 3\n', { mode: 0o755 });
  await failsToUpgrade(t, gateway, /ended with status 3/);
});

test('ending the process ends a new one that does not serve yet', { timeout }, async (t) => {
  const { gateway, copy } = await fromCopy(t);
  const trace = gateway.file('started');
  fs.rmSync(copy);
  fs.writeFileSync(copy, `#!/bin/sh\necho $$ >'${trace}'\nexec sleep 600\n`, { mode: 0o755 });
  gateway.signal('SIGUSR2');
  const pid = await eventually(() => Number(gateway.read('started').trim()), 'the new process');
  endAfter(t, pid);
  assert.equal((await send(t, gateway.port, get('/'))).status, 200);
  await gateway.stop();
  await ended(pid);
});

// A program that becomes the gateway once the file `go` is there, or fails if that is not empty.
async function slowCopy(t) {
  const { gateway, copy } = await fromCopy(t);
  fs.rmSync(copy);
  fs.writeFileSync(copy, `#!/bin/sh\n: >'${gateway.file('started')}'\nuntil [ -e '${gateway.file('go')}' ]; do sleep 0.01; done\n[ ! -s '${gateway.file('go')}' ] || exit 3\nexec '${binary}' "$@"\n`, { mode: 0o755 });
  gateway.signal('SIGUSR2');
  await eventually(() => fs.existsSync(gateway.file('started')), 'the new process');
  return gateway;
}

test('QUIT while a new process starts: it takes over, and the old one drains', { timeout }, async (t) => {
  const gateway = await slowCopy(t);
  gateway.stopping = true;
  gateway.signal('SIGQUIT');
  const client = await connect(t, gateway.port);
  assert.equal((await client.request(get('/'))).status, 200);
  fs.writeFileSync(gateway.file('go'), '');
  await ended(gateway.pid);
  endAfter(t, pidIn(gateway));
  assert.notEqual(pidIn(gateway), gateway.pid);
  assert.equal((await send(t, gateway.port, get('/'))).status, 200);
  assert.deepEqual(gateway.logs('ERROR'), []);
});

test('QUIT while a new process starts that fails: the old one drains', { timeout }, async (t) => {
  const gateway = await slowCopy(t);
  gateway.stopping = true;
  gateway.signal('SIGQUIT');
  assert.equal((await send(t, gateway.port, get('/'))).status, 200);
  gateway.writeConfig('sever: {}');
  fs.writeFileSync(gateway.file('go'), '');
  assert.deepEqual(await gateway.exit, { code: 0, signal: null });
  assert.equal(gateway.logs('upgrade given up').length, 1);
  assert.ok(!fs.existsSync(gateway.file('run/fastgate.pid')));
});

for (const outcome of ['serves', 'fails']) {
  test(`an address that HUP adds while a new process starts is there once that ${outcome}`, { timeout }, async (t) => {
    const gateway = await slowCopy(t);
    const port = await deadPort();
    const config = current(gateway);
    gateway.writeConfig({ ...config, server: { ...config.server, listen: [...config.server.listen, `127.0.0.1:${port}`] } });
    gateway.signal('SIGHUP');
    await gateway.logLine('the configuration is loaded once');
    gateway.stopping = true;
    fs.writeFileSync(gateway.file('go'), outcome === 'fails' ? 'not' : '');
    await gateway.logLine('configuration reloaded');
    endAfter(t, pidIn(gateway));
    assert.equal((await send(t, port, get('/'))).status, 200);
    assert.equal((await send(t, gateway.port, get('/'))).status, 200);
    assert.equal(pidIn(gateway) === gateway.pid, outcome === 'fails');
    assert.equal(gateway.logs('ERROR').length, outcome === 'fails' ? 1 : 0);
  });
}

// A key of so many requests a second, one of which its server holds back until `held` is opened.
async function withSlowRequest(t, rate) {
  const held = gate();
  const upstream = await startUpstream(t, answering(async (asked, connection) => {
    if (asked.target === '/slow') await held.opened;
    await connection.answer('ok');
  }));
  const key = newKey({ rate_limit: rate, burst: rate });
  const gateway = await gatewayTo(t, upstream, { route: { auth: 'required' }, keys: [key.entry] });
  const asks = (target) => send(t, gateway.port, get(target, apiKey(key)));
  const slow = await connect(t, gateway.port);
  await slow.write(get('/slow', apiKey(key)));
  await upstream.requestAt(0);
  return { gateway, key, asks, slow, held };
}

// Lets the slow request end, which the old process counts, then ends the new process `pid`: what the key has used.
async function usageAtTheEnd({ gateway, key, slow, held }, pid, folder) {
  held.open();
  assert.equal((await slow.response()).status, 200);
  await ended(gateway.pid);
  process.kill(pid, 'SIGTERM');
  await ended(pid);
  assert.deepEqual(fs.readdirSync(gateway.file('data')).filter((name) => name.startsWith('usage.rest')), []);
  const [, requests, errors] = new RegExp(`key ${key.key_id} (\\d+) (\\d+) `).exec(gateway.read(`${folder}/usage.state`));
  return { requests: Number(requests), errors: Number(errors) };
}

test('what a key has used is counted once, and its rate is not forgotten', { timeout }, async (t) => {
  const scene = await withSlowRequest(t, 5);
  const { gateway, asks } = scene;
  for (let round = 0; round < 2; round++) assert.equal((await asks('/')).status, 200);
  const pid = await upgrade(t, gateway);
  for (let round = 0; round < 2; round++) assert.equal((await asks('/')).status, 200);
  assert.equal((await asks('/')).status, 429);
  assert.deepEqual(await usageAtTheEnd(scene, pid, 'data'), { requests: 6, errors: 1 });
});

test('a store that is elsewhere from the new process on: rates and usage follow', { timeout }, async (t) => {
  const scene = await withSlowRequest(t, 4);
  const { gateway, asks } = scene;
  assert.equal((await asks('/')).status, 200);
  gateway.writeConfig({ ...current(gateway), database: { enabled: false, sqlite_path: 'elsewhere/fastgate.db' } });
  const pid = await upgrade(t, gateway);
  for (let round = 0; round < 2; round++) assert.equal((await asks('/')).status, 200);
  assert.equal((await asks('/')).status, 429);
  assert.deepEqual(await usageAtTheEnd(scene, pid, 'elsewhere'), { requests: 5, errors: 1 });
});

test('clients resume their TLS sessions with the new process', { timeout }, async (t) => {
  const folder = tempFolder(t);
  const ca = fs.readFileSync(makeAuthority(folder));
  const pair = makeCertificate(folder, 'server', ['localhost', '127.0.0.1']);
  const upstream = await startUpstream(t);
  const gateway = await startGateway(t, { server: { listen: ['127.0.0.1:0 tls'], tls: [pair] }, routes: [route(upstream.host)] });
  const asked = async (session) => {
    const socket = tls.connect({ host: '127.0.0.1', port: gateway.port, ca, session });
    const tickets = [];
    socket.on('session', (ticket) => tickets.push(ticket));
    socket.write(get('/'));
    await new Promise((resolve, reject) => { socket.once('data', resolve); socket.once('error', reject); });
    const reused = socket.isSessionReused();
    socket.destroy();
    return { reused, ticket: tickets.at(-1) };
  };
  const first = await asked();
  assert.equal(first.reused, false);
  await upgrade(t, gateway);
  await ended(gateway.pid);
  assert.equal((await asked(first.ticket)).reused, true);
});

test('-s upgrade waits for the new process, and tells when there is none', { timeout }, async (t) => {
  const gateway = await gatewayTo(t, await startUpstream(t));
  const command = () => run(['-c', gateway.file('fastgate.yaml'), '-p', gateway.folder, '-s', 'upgrade']);
  gateway.stopping = true;
  const done = command();
  endAfter(t, pidIn(gateway));
  assert.equal(done.code, 0, done.output);
  assert.equal(done.stdout, `process ${pidIn(gateway)} has taken over from process ${gateway.pid}\n`);
  await ended(gateway.pid);
  const good = gateway.read('fastgate.yaml');
  gateway.writeConfig(`${good} nonsense`);
  const refused = command();
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /fastgate\.yaml:\d+:\d+/);
  gateway.writeConfig(good);
  assert.equal(gateway.logs('starting a new binary').length, 1);
});

test('-s upgrade tells at once that the new process did not come up', { timeout: 20_000 }, async (t) => {
  const { gateway, copy } = await fromCopy(t);
  fs.rmSync(copy);
  const done = run(['-c', gateway.file('fastgate.yaml'), '-p', gateway.folder, '-s', 'upgrade']);
  assert.equal(done.code, 1);
  assert.match(done.stderr, new RegExp(`process ${gateway.pid} goes on`));
  assert.equal(pidIn(gateway), gateway.pid);
  await gateway.stop();
  assert.ok(!fs.existsSync(gateway.file('run/fastgate.pid')));
});

const script = (...args) => spawnSync(fileURLToPath(new URL('../../scripts/upgrade', import.meta.url)), args, { encoding: 'utf8' });

test('scripts/upgrade puts the old binary back when the new one does not serve', { timeout }, async (t) => {
  const { gateway, copy } = await fromCopy(t);
  const before = fs.readFileSync(copy);
  const broken = gateway.file('broken');
  fs.writeFileSync(broken, `#!/bin/sh\ncase " $* " in *" -t "*|*" -T "*|*" -s "*) exec '${binary}' "$@" ;; esac\nexit 3\n`, { mode: 0o755 });
  const done = script(broken, '-c', gateway.file('fastgate.yaml'), '-p', gateway.folder);
  assert.equal(done.status, 1, done.stdout + done.stderr);
  assert.match(done.stderr, /is the one before again/);
  assert.ok(fs.readFileSync(copy).equals(before));
  assert.equal(pidIn(gateway), gateway.pid);
  assert.equal((await send(t, gateway.port, get('/'))).status, 200);
});

test('scripts/upgrade puts a new binary in place and has it take over', { timeout }, async (t) => {
  const { gateway, copy } = await fromCopy(t);
  const place = ['-c', gateway.file('fastgate.yaml'), '-p', gateway.folder];
  gateway.stopping = true;
  const inode = fs.statSync(copy).ino;
  const done = script(binary, ...place);
  assert.equal(done.status, 0, done.stdout + done.stderr);
  const pid = pidIn(gateway);
  endAfter(t, pid);
  assert.notEqual(pid, gateway.pid);
  assert.notEqual(fs.statSync(copy).ino, inode);
  assert.equal(fs.readlinkSync(`/proc/${pid}/exe`), copy);
  assert.ok(fs.existsSync(`${copy}.previous`));
  await ended(gateway.pid);
  assert.equal((await send(t, gateway.port, get('/'))).status, 200);
  gateway.writeConfig('sever: {}');
  const refused = script(binary, ...place);
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /fastgate\.yaml:1:1/);
  assert.equal(pidIn(gateway), pid);
});
