// A disk that is full, or read-only, when a test says so: a folder of the gateway under test is a tmpfs of a few MiB
// in a mount namespace of the process's own, and gone with it.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { binary, startGateway, tempFolder } from './gateway.mjs';

const unshare = process.getuid() === 0 ? 'unshare --mount' : 'unshare --mount --map-root-user';
const tried = spawnSync('sh', ['-c', `${unshare} mount -t tmpfs none /mnt`], { encoding: 'utf8' });

// Why there can be none here; false where there can.
export const noSmallDisk = tried.status !== 0 && `no mount namespace: ${tried.stderr.trim()}`;

class SmallDisk {
  constructor(gateway, folder) {
    this.gateway = gateway;
    this.folder = folder;
  }

  // The way in for a program: outside of the namespace the folder is empty.
  get enter() {
    const user = process.getuid() === 0 ? [] : ['--user', '--preserve-credentials'];
    return ['nsenter', '--target', String(this.gateway.pid), ...user, '--mount'];
  }

  file(name) {
    return this.gateway.file(name);
  }

  read(name) {
    return this.gateway.read(name);
  }

  // The same file, for whoever stays outside.
  path(name) {
    return `/proc/${this.gateway.pid}/root${this.gateway.file(`${this.folder}/${name}`)}`;
  }

  // Takes all the room that is left.
  fill() {
    const file = fs.openSync(this.path('filler'), 'a');
    const block = Buffer.alloc(4096, 'x');
    try {
      for (;;) fs.writeSync(file, block);
    } catch (error) {
      if (error.code !== 'ENOSPC') throw error;
    } finally {
      fs.closeSync(file);
    }
  }

  free() {
    fs.unlinkSync(this.path('filler'));
  }

  remount(options) {
    const [program, ...args] = [...this.enter, 'mount', '-o', `remount,${options}`, this.gateway.file(this.folder)];
    const done = spawnSync(program, args, { encoding: 'utf8' });
    if (done.status !== 0) throw new Error(`the disk cannot be mounted again: ${done.stderr}`);
  }
}

// A gateway whose `folder` lies on such a disk, as `gateway.disk`.
export async function startOnSmallDisk(t, config, folder, options = 'size=4m') {
  const starter = `${tempFolder(t)}/fastgate`;
  const mount = `mkdir -p ${folder} && mount -t tmpfs -o ${options} none "$PWD/${folder}" && exec ${binary} "$@"`;
  fs.writeFileSync(starter, `#!/bin/sh\nexec ${unshare} sh -c '${mount}' sh "$@"\n`, { mode: 0o755 });
  const gateway = await startGateway(t, config, { binary: starter });
  gateway.disk = new SmallDisk(gateway, folder);
  return gateway;
}
