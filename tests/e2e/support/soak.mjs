// Mixed traffic with reloads for some minutes, and an account of it at the end. Called by scripts/soak:
// node soak.mjs SECONDS. Every request that a well-behaved client makes has a name of its own, `/KIND.CLIENT/N`,
// and must stand in the access log exactly once.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import test from 'node:test';
import { cleanup } from './cleanup.mjs';
import { readCorpus } from './corpus.mjs';
import { eventually, sanitized, startGateway } from './gateway.mjs';
import { connect, get, request } from './raw_client.mjs';

const seconds = Number(process.argv[2] ?? 60);
const mebibyte = 1024 * 1024;
const reloadPause = 300;     // 200 reloads a minute
const rotatePause = 3_000;
const pause = (milliseconds) => new Promise((resolve) => { setTimeout(resolve, milliseconds); });
const random = (below) => Math.floor(Math.random() * below);

// Answers by the path's kind; `abort` never, and tells that it has it.
async function startServer(t, { resets = 0 } = {}) {
  const waiting = new Map();
  const server = http.createServer((asked, answer) => {
    if (resets && Math.random() < resets) return asked.socket.resetAndDestroy();
    asked.on('error', () => {});
    let size = 0;
    asked.on('data', (bytes) => { size += bytes.length; });
    asked.on('end', async () => {
      if (asked.url.startsWith('/abort')) return waiting.get(asked.url)?.();
      if (asked.url.startsWith('/stream')) {
        answer.writeHead(200, { 'Content-Type': 'text/event-stream' });
        for (let number = 0; number < 10 && !answer.destroyed; number++) {
          answer.write(`data: ${number}\n\n`);
          await pause(5);
        }
        return answer.end('data: [DONE]\n\n');
      }
      answer.end(`${asked.method} ${asked.url} ${size}`);
    });
  });
  server.keepAliveTimeout = 60_000;
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanup(t, () => { server.closeAllConnections(); server.close(); });
  return { host: `127.0.0.1:${server.address().port}`, waiting };
}

class Soak {
  constructor(t) {
    this.t = t;
    this.stopping = false;
    this.made = new Map();       // by `KIND.CLIENT`: how many requests were made
    this.written = new Map();    // by `KIND.CLIENT`: how often each number stands in the log
    this.statuses = new Map();   // by KIND and status
    this.failures = [];
    this.reloads = 0;
  }

  async configure() {
    const good = await startServer(this.t);
    const flaky = await startServer(this.t, { resets: 0.1 });
    this.waiting = good.waiting;
    let turn = 0;
    this.config = () => {
      turn += 1;
      return {
        server: { listen: [`127.0.0.1:${this.port ?? 0}`], workers: 2 },
        logging: { level: 'info', file: 'logs/fastgate.log', access_log: 'logs/access.log' },
        database: { enabled: false },
        proxy: { timeout: '300s' },   // a busy machine is no fault
        pid_file: 'run/fastgate.pid',
        upstreams: [{ name: 'flaky', servers: [{ host: flaky.host }, { host: good.host }], balance: turn % 2 ? 'round_robin' : 'least_conn', max_fails: 0 }],
        routes: [
          { route_id: 'flaky', match_path: '/flaky*', auth: 'none', upstream: 'flaky', retry_on: ['connect', 'reset'], retry_count: 3 },
          { route_id: 'json', match_path: '/json*', auth: 'none', target_host: good.host, add_body_fields: { turn }, priority: 1 },
          { route_id: 'rest', match_path: '/*', auth: 'none', target_host: good.host, priority: 200 + (turn % 3) },
          ...Array.from({ length: turn % 20 }, (_, number) => ({ route_id: `more${number}`, match_path: `/more${number}/*`, auth: 'none', respond: { status: 204 } })),
        ],
      };
    };
  }

  // The next name of this client.
  next(client) {
    const number = this.made.get(client) ?? 0;
    this.made.set(client, number + 1);
    return `/${client}/${number}`;
  }

  async client(kind, number, ask) {
    const name = `${kind}.${number}`;
    let open = null;
    while (!this.stopping) {
      open ??= await connect({ after() {} }, this.port);
      try {
        const keep = await ask(open, name);
        if (!keep || random(50) === 0) { open.destroy(); open = null; }
      } catch (error) {
        this.failures.push(`${name}/${this.made.get(name) - 1}: ${error.message}`);
        open.destroy();
        open = null;
      }
    }
    open?.destroy();
  }

  async plain(client, name) {
    const path = this.next(name);
    const answer = await client.request(get(path));
    assert.equal(`${answer.status} ${answer.text}`, `200 GET ${path} 0`);
    return answer.header('connection') !== 'close';
  }

  async upload(client, name) {
    const path = this.next(name);
    const body = 'x'.repeat(random(150_000));
    const answer = await client.request(request('POST', path, {}, body));
    assert.equal(`${answer.status} ${answer.text}`, `200 POST ${path} ${body.length}`);
    return answer.header('connection') !== 'close';
  }

  async json(client, name) {
    const path = this.next(name);
    const answer = await client.request(request('POST', path, { 'Content-Type': 'application/json' }, JSON.stringify({ model: 'm', turn: 0, messages: [path] })));
    assert.equal(answer.status, 200);
    return answer.header('connection') !== 'close';
  }

  async stream(client, name) {
    const path = this.next(name);
    const answer = await client.request(get(path));
    assert.equal(answer.status, 200);
    assert.equal(answer.text.split('data: ').length, 12);
    return answer.header('connection') !== 'close';
  }

  async flaky(client, name) {
    const answer = await client.request(get(this.next(name)));
    assert.ok([200, 502].includes(answer.status), String(answer.status));
    return answer.header('connection') !== 'close';
  }

  async abort(client, name) {
    const path = this.next(name);
    const taken = new Promise((resolve) => { this.waiting.set(path, resolve); });
    await client.write(get(path));
    await Promise.race([taken, client.source.change()]);
    this.waiting.delete(path);
    client.reset();
    return false;
  }

  // Bytes that no good client sends; what comes back is of no interest here.
  async noise() {
    const cases = readCorpus('requests').filter(({ bytes }) => bytes.length < 3_000);
    while (!this.stopping) {
      const socket = net.connect({ port: this.port, host: '127.0.0.1' });
      socket.on('error', () => {});
      socket.write(cases[random(cases.length)].bytes);
      await pause(10);
      if (random(2)) socket.resetAndDestroy(); else socket.destroy();
    }
  }

  async reload() {
    while (!this.stopping) {
      await pause(reloadPause);
      const verdict = await this.gateway.reload(this.config());
      assert.match(verdict, /reloaded/);
      this.reloads += 1;
    }
  }

  // Takes the access log away, has it opened again, and reads what is whole now.
  async rotate() {
    const old = this.gateway.file('logs/access.log.1');
    fs.renameSync(this.gateway.file('logs/access.log'), old);
    this.gateway.signal('SIGUSR1');
    await eventually(() => fs.existsSync(this.gateway.file('logs/access.log')), 'the access log to be opened again');
    this.read(old);
    fs.rmSync(old);
  }

  read(file) {
    for (const [, kind, number, index, status] of fs.readFileSync(file, 'utf8').matchAll(/"[A-Z]+ \/([a-z]+)\.(\d+)\/(\d+) HTTP\/1\.1" (\d+) /g)) {
      const name = `${kind}.${number}`;
      let seen = this.written.get(name) ?? Buffer.alloc(1024);
      if (seen.length <= Number(index)) seen = Buffer.concat([seen, Buffer.alloc(Math.max(seen.length, Number(index)))]);
      seen[Number(index)] += 1;
      this.written.set(name, seen);
      const key = `${kind} ${status}`;
      this.statuses.set(key, (this.statuses.get(key) ?? 0) + 1);
    }
  }

  account() {
    let total = 0;
    for (const [name, count] of this.made) {
      total += count;
      const seen = this.written.get(name) ?? Buffer.alloc(0);
      for (let index = 0; index < count; index++) {
        if (seen[index] !== 1) this.failures.push(`/${name}/${index} stands ${seen[index] ?? 0} times in the access log`);
      }
    }
    return total;
  }
}

test(`soak of ${seconds} s`, async (t) => {
  const soak = new Soak(t);
  await soak.configure();
  const gateway = await startGateway(t, soak.config());
  Object.assign(soak, { gateway, port: gateway.port });
  const running = [];
  const kinds = { plain: 12, upload: 4, json: 4, stream: 20, flaky: 4, abort: 4 };
  for (const [kind, count] of Object.entries(kinds)) {
    for (let number = 0; number < count; number++) running.push(soak.client(kind, number, soak[kind].bind(soak)));
  }
  running.push(soak.noise(), soak.reload());
  const began = Date.now();
  const samples = [];
  while (Date.now() - began < seconds * 1000) {
    await pause(rotatePause);
    await soak.rotate();
    samples.push({ memory: gateway.memory(), files: fs.readdirSync(`/proc/${gateway.pid}/fd`).length });
    if (gateway.exited) throw new Error(`the gateway ended: ${gateway.stderr}`);
  }
  soak.stopping = true;
  await Promise.all(running);
  await gateway.stop('SIGQUIT');
  soak.read(gateway.file('logs/access.log'));
  const total = soak.account();

  const figure = (list, pick) => Math.max(...list.map(pick));
  const half = Math.max(1, Math.floor(samples.length / 2));
  const [early, late] = [samples.slice(0, half), samples.slice(half)];
  const show = (bytes) => `${(bytes / mebibyte).toFixed(1)} MiB`;
  console.log(`# ${total} requests, ${soak.reloads} reloads, ${soak.failures.length} failures`);
  console.log(`# memory at most ${show(figure(early, ({ memory }) => memory))} in the first half, ${show(figure(late, ({ memory }) => memory))} in the second; files ${figure(early, ({ files }) => files)}, ${figure(late, ({ files }) => files)}`);
  console.log(`# ${[...soak.statuses].sort().map((pair) => pair.join(': ')).join(', ')}`);
  assert.deepEqual(soak.failures.slice(0, 20), []);
  assert.ok(soak.reloads > 0 && total > 0);
  if (!sanitized) assert.ok(figure(late, ({ memory }) => memory) < figure(early, ({ memory }) => memory) * 1.2 + 4 * mebibyte, 'memory grows');
  assert.ok(figure(late, ({ files }) => files) < figure(early, ({ files }) => files) + 200, 'open files grow');
});
