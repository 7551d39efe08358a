// The audit store of a gateway under test, read from outside while it runs and after it ended.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from './gateway.mjs';

const reader = path.join(path.dirname(fileURLToPath(import.meta.url)), 'read_store.py');

export const stages = { begun: 0, firstByte: 1, complete: 2 };

// All records, oldest first. `gateway.enter` is the command that enters a namespace which the store is in.
export function records(gateway, sqlitePath = 'data/fastgate.db') {
  const [program, ...args] = [...(gateway.enter ?? []), 'python3', reader, gateway.file(sqlitePath)];
  const done = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (done.status !== 0) throw new Error(`the store cannot be read: ${done.stderr}`);
  return JSON.parse(done.stdout);
}

// The record of the request to `target` once `condition` holds for it.
export function recordOf(gateway, target, condition = (record) => record.stage === stages.complete, sqlitePath = undefined) {
  return eventually(() => records(gateway, sqlitePath).find((record) => record.path === target && condition(record)),
    `the record of ${target}; the log:\n${gateway.read('logs/fastgate.log')}`);
}
