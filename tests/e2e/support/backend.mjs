// An upstream that is a process of its own and can be killed, and started again on the same port. It answers
// every request with its name and tells of each (`METHOD target`) before it does, so that even what a killed one
// had taken is known.
import { spawn } from 'node:child_process';
import readline from 'node:readline';
import { cleanup } from './cleanup.mjs';

const program = `
const http = require('node:http');
const [name, port] = process.argv.slice(1);
const server = http.createServer((asked, answer) => {
  if (asked.url === '/health') return answer.end('well');
  asked.resume().on('end', () => {
    process.stdout.write(asked.method + ' ' + asked.url + '\\n');
    answer.end(name);
  });
});
server.keepAliveTimeout = 0;
server.listen(Number(port), '127.0.0.1', () => process.stdout.write('port ' + server.address().port + '\\n'));
`;

export class Backend {
  constructor(t, name) {
    this.name = name;
    this.port = 0;
    this.taken = [];   // `METHOD target`, in order
    cleanup(t, () => this.kill());
  }

  get host() {
    return `127.0.0.1:${this.port}`;
  }

  start() {
    this.child = spawn(process.execPath, ['-e', program, this.name, String(this.port)], { stdio: ['ignore', 'pipe', 'inherit'] });
    const lines = readline.createInterface({ input: this.child.stdout });
    this.ended = new Promise((resolve) => lines.on('close', resolve));
    return new Promise((resolve, reject) => {
      this.child.once('exit', () => reject(new Error(`the backend ${this.name} ended before it listened`)));
      lines.on('line', (line) => {
        const port = /^port (\d+)$/.exec(line);
        if (!port) return this.taken.push(line);
        this.port = Number(port[1]);
        resolve(this);
      });
    });
  }

  // Resolves when it is gone and all that it told has been read.
  async kill() {
    this.child.kill('SIGKILL');
    await this.ended;
  }
}

export const startBackend = (t, name) => new Backend(t, name).start();
