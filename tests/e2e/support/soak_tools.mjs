// Small things that the parts of a soak share.
import fs from 'node:fs';

export const pause = (milliseconds) => new Promise((resolve) => { setTimeout(resolve, milliseconds); });
export const random = (below) => Math.floor(Math.random() * below);

// Whole lines that were appended to a file since they were last asked for.
export class LogTail {
  constructor(path) {
    this.fd = fs.openSync(path, 'r');
    this.offset = 0;
    this.rest = '';
  }

  lines() {
    const buffer = Buffer.alloc(1 << 20);
    for (;;) {
      const size = fs.readSync(this.fd, buffer, 0, buffer.length, this.offset);
      if (size === 0) break;
      this.offset += size;
      this.rest += buffer.toString('latin1', 0, size);
    }
    const lines = this.rest.split('\n');
    this.rest = lines.pop();
    return lines;
  }
}
