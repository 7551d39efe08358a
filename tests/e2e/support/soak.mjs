// Mixed traffic with reloads and upgrades for some minutes, and an account of it at the end. Called by scripts/soak:
// node soak.mjs SECONDS.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import test from 'node:test';
import { readCorpus } from './corpus.mjs';
import { eventually, sanitized, startGateway } from './gateway.mjs';
import { connect, get, request } from './raw_client.mjs';
import { Account } from './soak_account.mjs';
import { LogTail, pause, random } from './soak_tools.mjs';
import { startServer, startStopped } from './soak_upstreams.mjs';
import { ended, isAlive, pidIn, upgrade } from './successor.mjs';

const seconds = Number(process.argv[2] ?? 60);
const mebibyte = 1024 * 1024;
const reloadPause = 300;     // 200 reloads a minute
const rotateEvery = 10;      // reloads
// In the first fifth, so that the process of the rest is one whose memory can be compared.
const upgradesWanted = 3;
const clients = { plain: 12, upload: 4, json: 4, stream: 20, flaky: 4, stopped: 4, abort: 4, cut: 4, broken: 4 };
const untaken = /^connection (end|reset) while waiting for a response; unread: ""$/;

class Soak {
  constructor(t) {
    this.t = t;
    this.stopping = false;
    this.account = new Account();
    this.samples = [];   // of the process that serves now
    this.reloads = 0;
    this.upgrades = 0;
    this.looks = 0;
  }

  async start() {
    const good = await startServer(this.t);
    const flaky = await startServer(this.t, { resets: 0.1 });
    this.still = await startStopped(this.t, () => !this.stopping);
    this.waiting = good.waiting;
    const group = (name, balance, ...hosts) => ({ name, balance, servers: hosts.map((host) => ({ host })), max_fails: 0 });
    const open = (route_id, match_path, fields) => ({ route_id, match_path, auth: 'none', ...fields });
    this.config = (turn) => ({
      server: { listen: [`127.0.0.1:${this.port ?? 0}`], workers: 2 },
      admin: { auth: 'none' },
      logging: { level: 'info', file: 'logs/fastgate.log', access_log: 'logs/access.log' },
      database: { sqlite_path: 'data/fastgate.db' },
      // A busy machine is no fault. Answers wait for their records now and then.
      proxy: { timeout: '300s', async_audit: turn % 20 < 15 },
      pid_file: 'run/fastgate.pid',
      upstreams: [
        group('flaky', turn % 2 ? 'round_robin' : 'least_conn', flaky.host, good.host),
        group('stopped', 'round_robin', this.still.host, good.host),
      ],
      routes: [
        open('flaky', '/flaky*', { upstream: 'flaky', retry_on: ['connect', 'reset'], retry_count: 3 }),
        open('stopped', '/stopped*', { upstream: 'stopped', retry_on: ['connect', 'timeout'], first_byte_timeout: '300ms' }),
        open('json', '/json*', { target_host: good.host, add_body_fields: { turn }, priority: 1, audit: { headers: true, request_body: '1KiB', response_body: '1KiB' } }),
        open('rest', '/*', { target_host: good.host, priority: 200 + (turn % 3) }),
        ...Array.from({ length: turn % 20 }, (_, number) => open(`more${number}`, `/more${number}/*`, { respond: { status: 204 } })),
      ],
    });
    this.gateway = await startGateway(this.t, this.config(0));
    this.port = this.gateway.port;
    this.pid = this.gateway.pid;
    this.log = new LogTail(this.gateway.file('logs/fastgate.log'));
  }

  // One client of a kind: `ask(client, name)` makes one request and says whether the connection may go on.
  async client(kind, number) {
    const name = `${kind}.${number}`;
    let open = null;
    while (!this.stopping) {
      const target = this.account.ask(name);
      const isReused = open !== null;
      try {
        open ??= await connect({ after() {} }, this.port);
        const keep = await this[kind](open, target);
        if (!keep || random(50) === 0) { open.destroy(); open = null; }
      } catch (error) {
        // A process that drains closes what is idle for too long; a request that crosses that was never taken.
        if (isReused && untaken.test(error.message)) this.account.untaken(target, error.message);
        else this.account.problem(`${target}: ${error.message}`);
        open?.destroy();
        open = null;
      }
    }
    open?.destroy();
  }

  async ask(client, target, text) {
    const answer = await client.request(text);
    this.account.answered(target, answer.status);
    return answer;
  }

  async plain(client, target) {
    const answer = await this.ask(client, target, get(target));
    assert.equal(`${answer.status} ${answer.text}`, `200 GET ${target} 0`);
    return answer.header('connection') !== 'close';
  }

  async upload(client, target) {
    const body = 'x'.repeat(random(150_000));
    const answer = await this.ask(client, target, request('POST', target, {}, body));
    assert.equal(`${answer.status} ${answer.text}`, `200 POST ${target} ${body.length}`);
    return answer.header('connection') !== 'close';
  }

  async json(client, target) {
    const body = JSON.stringify({ model: 'm', turn: 0, messages: [target] });
    const answer = await this.ask(client, target, request('POST', target, { 'Content-Type': 'application/json' }, body));
    assert.equal(answer.status, 200);
    return answer.header('connection') !== 'close';
  }

  async stream(client, target) {
    const answer = await this.ask(client, target, get(target));
    assert.equal(answer.status, 200);
    assert.equal(answer.text.split('data: ').length, 12);
    return answer.header('connection') !== 'close';
  }

  // Its upstream resets now and then.
  async flaky(client, target) {
    const answer = await this.ask(client, target, get(target));
    assert.ok([200, 502].includes(answer.status), String(answer.status));
    return answer.header('connection') !== 'close';
  }

  // One of its upstreams stands still now and then.
  async stopped(client, target) {
    const answer = await this.ask(client, target, get(target));
    assert.ok([200, 502, 504].includes(answer.status), String(answer.status));
    return answer.header('connection') !== 'close';
  }

  // Resets while it waits for the answer.
  async abort(client, target) {
    const taken = new Promise((resolve) => { this.waiting.set(target, resolve); });
    await client.write(get(target));
    await Promise.race([taken, client.source.change()]);
    this.waiting.delete(target);
    client.reset();
    return false;
  }

  // Resets within the answer.
  async cut(client, target) {
    await client.write(get(target));
    const answer = await client.head();
    this.account.answered(target, answer.status);
    await client.source.until(() => (client.source.buffer.length > random(500) ? true : undefined), 'some events');
    client.reset();
    return false;
  }

  // Its upstream resets within the answer, which must not look whole.
  async broken(client, target) {
    const outcome = await client.request(get(target)).then(({ status }) => status, ({ message }) => message);
    if (outcome === 502) this.account.answered(target, outcome);
    else assert.match(String(outcome), /^connection (end|reset) while waiting for/);
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

  // Somebody who looks at what goes on: the reading side of the store and of the counters.
  async look() {
    const paths = ['/health', '/metrics', '/admin/logs?limit=50', '/admin/logs?route_id=flaky&status_code=502&limit=20', '/admin/metrics',
      '/admin/metrics/hourly?hours=2', '/admin/metrics/daily?days=2', '/admin/status', '/admin/logs/export?format=csv&path=/abort.0/*', '/admin/routes'];
    for (let turn = 0; !this.stopping; turn++) {
      const target = paths[turn % paths.length];
      try {
        const client = await connect({ after() {} }, this.port);
        const answer = await client.request(get(target, { Host: `127.0.0.1:${this.port}`, Connection: 'close' }));
        client.destroy();
        if (answer.status !== 200) this.account.problem(`${target}: ${answer.status} ${answer.text}`);
        this.looks += 1;
      } catch (error) {
        this.account.problem(`${target}: ${error.message}`);
      }
      await pause(50);
    }
  }

  // What an operator does, one thing after the other: reloads, logs that are taken away, upgrades.
  async operate() {
    const began = Date.now();
    for (let turn = 1; !this.stopping; turn++) {
      await pause(reloadPause);
      await this.reload(this.config(turn));
      if (turn % rotateEvery === 0) await this.rotate(turn);
      if (this.upgrades < upgradesWanted && Date.now() - began > (this.upgrades + 1) * seconds * 50) await this.upgrade();
    }
  }

  async reload(config) {
    this.log.lines();
    this.gateway.writeConfig(config);
    process.kill(this.pid, 'SIGHUP');
    const verdict = await eventually(() => this.log.lines().find((line) => /configuration (reloaded|rejected)/.test(line)), 'the outcome of a reload', 60_000);
    assert.match(verdict, /reloaded/);
    this.reloads += 1;
  }

  // The old file is read at the end: a process that drains still writes to it.
  async rotate(turn) {
    fs.renameSync(this.gateway.file('logs/access.log'), this.gateway.file(`logs/access.log.${turn}`));
    process.kill(this.pid, 'SIGUSR1');
    await eventually(() => fs.existsSync(this.gateway.file('logs/access.log')), 'the access log to be opened again', 60_000);
  }

  async upgrade() {
    const old = this.pid;
    this.pid = await upgrade(this.t, this.gateway);
    await ended(old);
    this.upgrades += 1;
    this.samples = [];
  }

  sample() {
    const { pid } = this;
    if (!isAlive(pid)) throw new Error(`the gateway ended: ${this.gateway.stderr}`);
    const memory = Number(/^RssAnon:\s+(\d+)/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1024;
    this.samples.push({ memory, files: fs.readdirSync(`/proc/${pid}/fd`).length });
  }

  async run() {
    const running = [this.noise(), this.look(), this.operate(), this.still.run()];
    for (const [kind, count] of Object.entries(clients)) {
      for (let number = 0; number < count; number++) running.push(this.client(kind, number));
    }
    // One that fails ends the soak.
    const failed = Promise.all(running).catch((error) => { this.stopping = true; return error; });
    const until = Date.now() + seconds * 1000;
    while (Date.now() < until && !this.stopping) {
      await pause(1_000);
      this.sample();
    }
    this.stopping = true;
    const error = await failed;
    if (error instanceof Error) throw error;
    assert.match((await this.metrics()), /^fastgate_audit_dropped_records_total 0$/m);
    assert.equal(pidIn(this.gateway), this.pid);
    this.gateway.stopping = true;
    process.kill(this.pid, 'SIGQUIT');
    await ended(this.pid);
  }

  // What the gateway itself found worth a warning.
  warnings() {
    const lines = fs.readFileSync(this.gateway.file('logs/fastgate.log'), 'utf8').split('\n');
    return lines.filter((line) => /\b(WARN|ERROR)\b/.test(line) && !/upstream|refused/.test(line)).slice(0, 20);
  }

  async metrics() {
    return (await fetch(`${this.gateway.url}/metrics`)).text();
  }

  async read() {
    for (const name of fs.readdirSync(this.gateway.file('logs'))) {
      if (name.startsWith('access.log')) await this.account.readLog(this.gateway.file(`logs/${name}`));
    }
    await this.account.readStore(this.gateway.file('data/fastgate.db'));
    return this.account.check();
  }
}

test(`soak of ${seconds} s`, async (t) => {
  const soak = new Soak(t);
  await soak.start();
  await soak.run();
  const total = await soak.read();
  const { account, samples, gateway } = soak;

  const most = (list, pick) => Math.max(...list.map(pick));
  const half = Math.max(1, Math.floor(samples.length / 2));
  const [early, late] = [samples.slice(0, half), samples.slice(half)];
  const show = (bytes) => `${(bytes / mebibyte).toFixed(1)} MiB`;
  console.log(`# ${total} requests, ${soak.reloads} reloads, ${soak.upgrades} upgrades, ${soak.looks} looks, ${account.crossed} crossed the end of an idle connection, ${account.problems.length} problems`);
  console.log(`# memory at most ${show(most(early, ({ memory }) => memory))} in the first half, ${show(most(late, ({ memory }) => memory))} in the second; files ${most(early, ({ files }) => files)}, ${most(late, ({ files }) => files)}`);
  console.log(`# ${[...account.statuses].sort().map((pair) => pair.join(': ')).join(', ')}`);
  assert.doesNotMatch(gateway.stderr, /Sanitizer|runtime error|assertion/i, gateway.stderr);
  if (account.problems.length) console.log(soak.warnings().map((line) => `# ${line}`).join('\n'));
  assert.deepEqual(account.problems.slice(0, 20), []);
  assert.equal(soak.upgrades, upgradesWanted);
  assert.ok(account.crossed <= soak.upgrades * Object.values(clients).reduce((sum, count) => sum + count), 'connections were closed without a reason');
  assert.ok(soak.reloads > 0 && total > 0);
  // A sanitizer keeps what was freed for a while.
  const spare = sanitized ? 256 * mebibyte : 4 * mebibyte;
  assert.ok(most(late, ({ memory }) => memory) < most(early, ({ memory }) => memory) * 1.2 + spare, 'memory grows');
  assert.ok(most(late, ({ files }) => files) < most(early, ({ files }) => files) + 200, 'open files grow');
});
