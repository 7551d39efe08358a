// How the binary is built and what its process may do: checked on the file and in /proc.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import test from 'node:test';
import { binary, gatewayTo, sanitized } from './support/gateway.mjs';
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
