// Under systemd: readiness by sd_notify, sockets by LISTEN_FDS.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { cleanup } from './support/cleanup.mjs';
import { binary, configOf, eventually, tempFolder } from './support/gateway.mjs';
import { get, send } from './support/raw_client.mjs';
import { ended, endAfter } from './support/successor.mjs';

const timeout = 20_000;
const helper = fileURLToPath(new URL('support/systemd.py', import.meta.url));
const fixed = { match_path: '/*', auth: 'none', respond: { status: 200, body: 'here' } };

// What the service manager hears is in `heard`, a line a message.
function started(t, config, before = []) {
  const folder = tempFolder(t);
  const file = path.join(folder, 'fastgate.yaml');
  fs.writeFileSync(file, JSON.stringify(configOf(config)));
  const child = spawn('python3', [helper, ...before, binary, '-c', file, '-p', folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  const service = { child, folder, heard: '', exit: new Promise((resolve) => child.on('exit', resolve)) };
  child.stdout.on('data', (text) => { service.heard += text; });
  cleanup(t, async () => {
    child.kill('SIGTERM');
    await service.exit;
  });
  return service;
}

test('READY once it listens, RELOADING and READY around a reload, STOPPING at the end', { timeout }, async (t) => {
  const service = started(t, { routes: [fixed] });
  await eventually(() => /^READY=1$/m.test(service.heard), 'READY');
  service.child.kill('SIGHUP');
  await eventually(() => /^RELOADING=1$[^]*^READY=1$/m.test(service.heard.slice(service.heard.indexOf('READY=1') + 8)), 'the reload');
  service.child.kill('SIGTERM');
  assert.equal(await service.exit, 0);
  assert.match(service.heard, /^STOPPING=1$/m);
});

test('a socket of the manager\'s is used and needs no binding of its own', { timeout }, async (t) => {
  const service = started(t, { server: { listen: ['127.0.0.1:PORT'] }, routes: [fixed] }, ['--socket', '127.0.0.1']);
  await eventually(() => /^READY=1$/m.test(service.heard), 'READY');
  const port = Number(/^port (\d+)$/m.exec(service.heard)[1]);
  for (let round = 0; round < 20; round++) assert.equal((await send(t, port, get('/'))).text, 'here');
});

test('an upgrade tells the manager the new main process, and hands the manager\'s socket on', { timeout: 60_000 }, async (t) => {
  const service = started(t, { server: { listen: ['127.0.0.1:PORT'] }, routes: [fixed] }, ['--socket', '127.0.0.1']);
  await eventually(() => /^READY=1$/m.test(service.heard), 'READY');
  const port = Number(/^port (\d+)$/m.exec(service.heard)[1]);
  const old = Number(fs.readFileSync(path.join(service.folder, 'run/fastgate.pid'), 'utf8'));
  process.kill(old, 'SIGUSR2');
  const pid = await eventually(() => Number(/^MAINPID=(\d+)$/m.exec(service.heard)?.[1]) || undefined, 'MAINPID');
  endAfter(t, pid);
  assert.equal(Number(fs.readFileSync(path.join(service.folder, 'run/fastgate.pid'), 'utf8')), pid);
  await ended(old);
  for (let round = 0; round < 20; round++) assert.equal((await send(t, port, get('/'))).text, 'here');
  assert.doesNotMatch(service.heard, /STOPPING/);
});
