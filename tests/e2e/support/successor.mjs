// Binary upgrades: the processes that follow the one a test started. They are no children of the test, so they are
// known by the pid file, and ended after it.
import fs from 'node:fs';
import { cleanup } from './cleanup.mjs';
import { eventually } from './gateway.mjs';

export const pidIn = (gateway) => Number(gateway.read('run/fastgate.pid').trim()) || undefined;

export function isAlive(pid) {
  try {
    // A child of nobody's that nobody waits for is no process any more.
    return !/^State:\s+[ZX]/m.test(fs.readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

export const ended = (pid) => eventually(() => !isAlive(pid), `process ${pid} to end`, 30_000);

// USR2 to the process of the pid file; resolves with the new one's id once it serves.
export async function upgrade(t, gateway) {
  const old = pidIn(gateway);
  gateway.stopping = true;
  process.kill(old, 'SIGUSR2');
  const pid = await eventually(() => {
    const now = pidIn(gateway);
    return now !== old && now;
  }, 'the pid file to name another process', 30_000);
  endAfter(t, pid);
  return pid;
}

// The process is ended after the test.
export function endAfter(t, pid) {
  cleanup(t, async () => {
    if (!isAlive(pid)) return;
    process.kill(pid, 'SIGTERM');
    await ended(pid);
  });
}
