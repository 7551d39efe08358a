// The real binary in a folder of its own, with a configuration given as an object (JSON is YAML) or text.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { cleanup } from './cleanup.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
export const binary = path.resolve(root, process.env.FASTGATE_BIN ?? '.build/release/src/fastgate');

// Sanitizers keep freed memory, so what is measured of it means nothing.
export const sanitized = /\/\.build\/(address|thread)\//.test(binary);

// A test process that ends early leaves no gateway behind.
const children = new Set();
process.on('exit', () => { for (const child of children) child.kill('SIGKILL'); });

const startLimit = 20_000;
const endLimit = 20_000;
const pollInterval = 5;

// Waits until `find()` gives a value; what it waits for is named when it never comes.
export async function eventually(find, what, limit = 10_000) {
  const deadline = Date.now() + limit;
  for (;;) {
    const found = await find();
    if (found !== undefined && found !== false && found !== null) return found;
    if (Date.now() > deadline) throw new Error(`waited ${limit} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, pollInterval));
  }
}

// A route to `target` (`host:port`), for all paths unless told otherwise.
export function route(target, fields = {}) {
  return { route_id: 'all', match_path: '/*', auth: 'none', target_host: target, ...fields };
}

// Fills in what every test wants: a free port, one worker, no audit store.
export function configOf({ server, logging, ...rest }) {
  return {
    server: { listen: ['127.0.0.1:0'], workers: 1, ...server },
    database: { enabled: false },
    logging: { level: 'info', file: 'logs/fastgate.log', access_log: 'logs/access.log', ...logging },
    pid_file: 'run/fastgate.pid',
    ...rest,
  };
}

const textOf = (config) => (typeof config === 'string' ? config : JSON.stringify(config, null, 2));

export function tempFolder(t) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'fastgate-e2e-'));
  cleanup(t, () => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

class Gateway {
  constructor(folder, child) {
    this.folder = folder;
    this.child = child;
    this.stderr = '';
    this.exit = new Promise((resolve) => {
      child.on('exit', (code, signal) => resolve({ code, signal }));
      child.on('error', (error) => resolve({ code: error.message, signal: null }));
    });
    this.exit.then((exit) => { this.exited = exit; });
    child.stderr.on('data', (text) => { this.stderr += text; });
    child.stdout.on('data', (text) => { this.stderr += text; });
  }

  get pid() {
    return this.child.pid;
  }

  file(name) {
    return path.join(this.folder, name);
  }

  read(name) {
    try {
      return fs.readFileSync(this.file(name), 'utf8');
    } catch (error) {
      if (error.code === 'ENOENT') return '';
      throw error;
    }
  }

  // Whole lines of the application log that hold `text`.
  logs(text = '') {
    return this.read('logs/fastgate.log').split('\n').slice(0, -1).filter((line) => line.includes(text));
  }

  accessLog() {
    return this.read('logs/access.log').split('\n').slice(0, -1);
  }

  // The line of this number (from 0) among those that hold `text`, once it is written.
  logLine(text, index = 0) {
    return eventually(() => {
      if (this.exited && !this.stopping) throw new Error(`the gateway ended (${JSON.stringify(this.exited)}): ${this.stderr}${this.read('logs/fastgate.log')}`);
      return this.logs(text)[index];
    }, `the log line ${index} with "${text}"; the log:\n${this.read('logs/fastgate.log')}`);
  }

  accessLine(index) {
    return eventually(() => this.accessLog()[index], `line ${index} of the access log`);
  }

  signal(name) {
    this.child.kill(name);
  }

  // As a crash would end it; only its folder is of use afterwards.
  async kill(signal = 'SIGKILL') {
    this.stopping = true;
    this.wasKilled = true;
    this.signal(signal);
    await this.exit;
  }

  writeConfig(config) {
    fs.writeFileSync(this.file('fastgate.yaml'), textOf(config));
  }

  // HUP; resolves with the log's verdict: the line `configuration reloaded` or `configuration rejected`.
  async reload(config) {
    if (config !== undefined) this.writeConfig(config);
    const verdict = /configuration (reloaded|rejected)/;
    const count = () => this.logs().filter((line) => verdict.test(line));
    const before = count().length;
    this.signal('SIGHUP');
    // Beside a load and under a sanitizer 100,000 entries take a while.
    return eventually(() => count()[before], 'the outcome of a reload', 40_000);
  }

  // Graceful by default. Asserts that the process ended well and no sanitizer spoke.
  async stop(signal = 'SIGTERM') {
    if (this.wasKilled) return;
    this.stopping = true;
    if (!this.exited) this.signal(signal);
    const timer = setTimeout(() => this.signal('SIGKILL'), endLimit);
    const exit = await this.exit;
    clearTimeout(timer);
    assert.doesNotMatch(this.stderr, /Sanitizer|runtime error|assertion/i);
    assert.deepEqual(exit, { code: 0, signal: null }, `the gateway ended badly: ${this.stderr}${this.logs('ERROR').join('\n')}`);
  }

  // Resident memory without file mappings, in bytes.
  memory() {
    const status = fs.readFileSync(`/proc/${this.pid}/status`, 'utf8');
    return Number(/^RssAnon:\s+(\d+)/m.exec(status)[1]) * 1024;
  }
}

// Starts the gateway and waits until it listens. It is stopped, and its end checked, after the test `t`.
// With `folder` it comes after another one that ended there.
export async function startGateway(t, config, { files = {}, env = {}, args = [], binary: program = binary, folder = tempFolder(t) } = {}) {
  fs.rmSync(path.join(folder, 'logs/fastgate.log'), { force: true });
  for (const [name, content] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    fs.writeFileSync(path.join(folder, name), content);
  }
  const full = typeof config === 'string' ? config : configOf(config);
  fs.writeFileSync(path.join(folder, 'fastgate.yaml'), textOf(full));
  const child = spawn(program, ['-c', path.join(folder, 'fastgate.yaml'), '-p', folder, ...args], {
    cwd: folder, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'],
  });
  const gateway = new Gateway(folder, child);
  children.add(child);
  gateway.exit.then(() => children.delete(child));
  cleanup(t, () => gateway.stop());
  const listeners = typeof full === 'string' ? 1 : full.server.listen.length;
  gateway.ports = await eventually(() => {
    if (gateway.exited) throw new Error(`the gateway ended at once: ${gateway.exited.code} ${gateway.stderr}${gateway.read('logs/fastgate.log')}`);
    const ports = gateway.logs(' listening ').map((line) => Number(/address=\S*?:(\d+)(?:\s|$)/.exec(line)?.[1]));
    return ports.length >= listeners ? ports : undefined;
  }, 'the gateway to listen', startLimit);
  [gateway.port] = gateway.ports;
  gateway.url = `http://127.0.0.1:${gateway.port}`;
  return gateway;
}

// The common case: one route for all paths to `upstream`.
export function gatewayTo(t, upstream, { route: fields, ...config } = {}, options) {
  return startGateway(t, { routes: [route(upstream.host, fields)], ...config }, options);
}

// Runs the binary to its end.
export function run(args, options = {}) {
  const done = spawnSync(binary, args, { encoding: 'utf8', timeout: 20_000, ...options });
  return { code: done.status, stdout: done.stdout, stderr: done.stderr, output: done.stdout + done.stderr };
}
