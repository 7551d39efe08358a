// How the binary is built and what its process may do: checked on the file and in /proc.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import test from 'node:test';
import { binary, configOf, gatewayTo, route, sanitized } from './support/gateway.mjs';
import { get, send } from './support/raw_client.mjs';
import { startUpstream } from './support/upstream.mjs';

const timeout = 30_000;
const readelf = (...args) => execFileSync('readelf', ['--wide', ...args, binary], { encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 });

test('the binary is hardened', { timeout, skip: sanitized }, async (t) => {
  const segments = readelf('--segments');
  const dynamic = readelf('--dynamic');
  const symbols = readelf('--dyn-syms');
  const checks = {
    'position independent': () => assert.match(`${readelf('--file-header')}${dynamic}`, /DYN[^]*Flags:.*\bPIE\b/),
    'relocations are read-only': () => assert.match(segments, /GNU_RELRO/),
    'all is bound at start': () => assert.match(dynamic, /\bNOW\b/),
    'no stack can be run': () => assert.match(segments, /GNU_STACK\s.*\sRW\s/),
    'no segment can be written and run': () => assert.doesNotMatch(segments, /\sLOAD\s.*\sRWE\s/),
    'no relocation of code': () => assert.doesNotMatch(dynamic, /TEXTREL/),
    'no library path of its own': () => assert.doesNotMatch(dynamic, /R(UN)?PATH/),
    'stack protector': () => assert.match(symbols, /__stack_chk_fail/),
    'checked library calls': () => assert.match(symbols, /__\w+_chk\b/),
  };
  for (const [name, check] of Object.entries(checks)) await t.test(name, check);
});

test('indirect branches land on marks', { timeout, skip: sanitized || process.arch !== 'x64' }, () => {
  const address = BigInt(`0x${/^\s*\d+: ([0-9a-f]+) .* main$/m.exec(readelf('--syms'))[1]}`);
  const code = execFileSync('objdump', ['-d', `--start-address=0x${address.toString(16)}`, `--stop-address=0x${(address + 8n).toString(16)}`, binary], { encoding: 'utf8' });
  assert.match(code, /endbr64/);
});

// Only compiled regular expressions need it, and the gateway does without where the system forbids it.
test('without regular expressions the process has no memory that can be written and run', { timeout, skip: sanitized }, async (t) => {
  const gateway = await gatewayTo(t, await startUpstream(t));
  assert.equal((await send(t, gateway.port, get('/'))).status, 200);
  assert.doesNotMatch(fs.readFileSync(`/proc/${gateway.pid}/maps`, 'utf8'), /^\S+ rwx/m);
});

test('files of the gateway are not for others to write', { timeout }, async (t) => {
  const gateway = await gatewayTo(t, await startUpstream(t));
  assert.equal((await send(t, gateway.port, get('/'))).status, 200);
  await gateway.accessLine(0);
  for (const name of ['logs', 'logs/access.log', 'logs/fastgate.log', 'run/fastgate.pid']) {
    assert.equal(fs.statSync(gateway.file(name)).mode & 0o022, 0, name);
  }
});

// The soft and hard limit of core files, and the parts of the memory that go into one.
function coreLimits(gateway) {
  const [, soft, hard] = /^Max core file size\s+(\S+)\s+(\S+)/m.exec(fs.readFileSync(`/proc/${gateway.pid}/limits`, 'utf8'));
  return { soft, hard, parts: Number.parseInt(fs.readFileSync(`/proc/${gateway.pid}/coredump_filter`, 'utf8'), 16) };
}

test('a crash leaves no core file unless `core_dumps` asks for it; a reload changes that', { timeout }, async (t) => {
  const upstream = await startUpstream(t);
  const gateway = await gatewayTo(t, upstream);
  const { soft, parts, hard } = coreLimits(gateway);
  assert.deepEqual({ soft, parts }, { soft: '0', parts: 0 });
  const withCores = (core_dumps) => gateway.reload(configOf({ server: { core_dumps }, routes: [route(upstream.host)] }));
  assert.match(await withCores(true), /configuration reloaded/);
  assert.deepEqual(coreLimits(gateway), { soft: hard, hard, parts: 0x33 });
  assert.match(await withCores(false), /configuration reloaded/);
  assert.deepEqual(coreLimits(gateway), { soft: '0', hard, parts: 0 });
});

// Crashes a gateway that sends a backend's key; the bytes of its core file, if there is one. `anySize`: as if the
// limit did not count, which is so where cores are piped to a program.
async function coreOf(t, core_dumps, { anySize = false } = {}) {
  const upstream = await startUpstream(t);
  const env = { BACKEND_KEY: `canary-core-${crypto.randomUUID()}` };
  const gateway = await gatewayTo(t, upstream, { server: { core_dumps }, route: { add_headers: { 'X-Backend': '${BACKEND_KEY}' } } }, { env });
  assert.equal((await send(t, gateway.port, get('/'))).status, 200);
  assert.equal(upstream.requests[0].header('x-backend'), env.BACKEND_KEY);
  if (anySize) execFileSync('prlimit', ['--core=unlimited:', `--pid=${gateway.pid}`]);
  await gateway.kill('SIGABRT');
  const name = fs.readdirSync(gateway.folder).find((one) => /^core(\.\d+)?$/.test(one));
  return { text: name && fs.readFileSync(gateway.file(name)), key: env.BACKEND_KEY };
}

const pattern = fs.readFileSync('/proc/sys/kernel/core_pattern', 'utf8').trim();
test('no core file holds a backend\'s key', { timeout, skip: sanitized || pattern !== 'core' }, async (t) => {
  const asked = await coreOf(t, true);
  if (!asked.text) return t.skip('this system writes no core files');
  assert.ok(asked.text.includes(asked.key), 'the key is not where this test looks for it');
  assert.equal((await coreOf(t, false)).text, undefined);
  const bare = await coreOf(t, false, { anySize: true });
  assert.ok(bare.text && !bare.text.includes(bare.key));
});
