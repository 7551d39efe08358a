// A gateway that sees part of its folder read-only, whoever it runs as: in a mount namespace of its own.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { binary, tempFolder } from './gateway.mjs';

const enter = process.getuid() === 0 ? ['unshare', '--mount'] : ['unshare', '--map-root-user', '--mount'];
const [command, ...flags] = enter;
const trial = spawnSync(command, [...flags, 'mount', '-t', 'tmpfs', 'none', '/mnt'], { encoding: 'utf8' });
// Why tests of this kind are skipped; false where they run.
export const noMounts = trial.status === 0 ? false : `no mount namespaces here: ${trial.error?.message ?? trial.stderr.trim()}`;

// A program to start the gateway by, in whose eyes `names` of `folder` cannot be written; of the whole folder (`.`)
// what it writes itself (`logs`, `run`, `data`) still can.
export function readOnlyBinary(t, folder, names) {
  const lines = ['#!/bin/sh', 'set -e'];
  for (const name of names) {
    const at = path.join(folder, name);
    fs.mkdirSync(at, { recursive: true });
    lines.push(`mount --bind '${at}' '${at}'`);
    for (const own of name === '.' ? ['logs', 'run', 'data'] : []) {
      fs.mkdirSync(path.join(folder, own), { recursive: true });
      lines.push(`mount --bind '${folder}/${own}' '${folder}/${own}'`);
    }
    lines.push(`mount -o remount,ro,bind '${at}'`);
  }
  // The working folder was entered before the mounts.
  lines.push(`cd '${folder}'`, `exec '${binary}' "$@"`);
  const inner = path.join(tempFolder(t), 'inner');
  fs.writeFileSync(inner, `${lines.join('\n')}\n`, { mode: 0o755 });
  const outer = path.join(path.dirname(inner), 'outer');
  fs.writeFileSync(outer, `#!/bin/sh\nexec ${enter.join(' ')} '${inner}' "$@"\n`, { mode: 0o755 });
  return outer;
}
