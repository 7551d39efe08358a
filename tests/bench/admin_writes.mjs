// What writes of the admin API cost the traffic: routes are made one by one while requests come at a fixed pace.
//   node tests/bench/admin_writes.mjs [ROUTES] [REQUESTS_PER_SECOND]     default: 1000 routes, 1000 a second
// The paced load and its upstream run all the time; the times of requests (us) are printed for each of these:
//   quiet    nothing else happens
//   writes   the routes are made, each at once after the one before
//   control  the same client calls the same API as often, without a change, and after each call another process of the
//            priority that the gateway builds configurations at burns the CPU time that the gateway spent on a write
//   after    nothing else happens any more
// What delays a request in `control` too is the machine's: more to run than it has processors. So `slower`, the
// requests slower than the quiet 99th percentile by more than 5 ms, are there because of the writes as far as there
// are more of them in `writes` than in `control`. Needs the targets fastgate, bench_pace and bench_upstream.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';
import { test } from 'node:test';
import { Admin } from '../e2e/support/admin.mjs';
import { binary, startGateway } from '../e2e/support/gateway.mjs';
import { deadPort } from '../e2e/support/upstream.mjs';

const count = Number(process.argv[2] ?? process.env.ROUTES ?? 1000);
const rate = Number(process.argv[3] ?? process.env.RATE ?? 1000);
const workers = Number(process.env.WORKERS ?? 2);
const quietFor = 10_000;
const parts = 5;
const programs = path.resolve(path.dirname(binary), '../tests/bench');

function start(t, name, args) {
  const child = spawn(name, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  t.after(() => child.kill());
  const lines = readline.createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (line) => {
    child.stdin.write(`${line}\n`);
    return (await lines.next()).value;
  };
  const end = () => {
    child.stdin.end();
    return new Promise((resolve) => { child.on('exit', resolve); });
  };
  return { ask, end };
}

// Burns as many us of CPU time as each line asks for, at the niceness of the thread that builds configurations.
const burning = `
  require('node:os').setPriority(10);
  const used = () => { const { user, system } = process.cpuUsage(); return user + system; };
  require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
    for (const end = used() + Number(line); used() < end;);
    console.log('burnt');
  });`;

// CPU time of a process (ms), its ended threads included.
function cpuOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

const quiet = () => new Promise((resolve) => setTimeout(resolve, quietFor));
const median = (times) => times.toSorted((a, b) => a - b)[times.length >> 1];

test('writes under load', async (t) => {
  const upstream = await deadPort();
  start(t, path.join(programs, 'bench_upstream'), ['--port', String(upstream)]);
  const gateway = await startGateway(t, {
    admin: { auth: 'none' }, include: ['conf.d/*.yaml'], server: { workers },
    database: { enabled: process.env.STORE === '1' }, logging: { access_log: 'off' },
    routes: [{ route_id: 'bench', match_path: '/1k', target_host: `127.0.0.1:${upstream}`, auth: 'none', priority: 1 }],
  });
  const admin = new Admin(gateway.port);
  const pace = start(t, path.join(programs, 'bench_pace'), ['--port', String(gateway.port), '--rate', String(rate), '--connections', '16']);
  const burner = start(t, process.execPath, ['-e', burning]);
  const take = async (bound = 0) => JSON.parse(await pace.ask(bound));
  await new Promise((resolve) => setTimeout(resolve, 2000));
  await take();
  const cpuBefore = cpuOf(gateway.pid);
  await quiet();
  const before = await take();
  const trafficCpu = (cpuOf(gateway.pid) - cpuBefore) / quietFor;
  const bound = before.p99 + 5000;
  console.log('quiet  ', JSON.stringify(before));

  const costs = []; // CPU time of a write (ms), by part
  const told = [];
  for (let part = 0, made = 0; part < parts; ++part) {
    const times = [];
    const began = performance.now();
    const cpu = cpuOf(gateway.pid);
    for (const end = Math.ceil((count * (part + 1)) / parts); made < end; ++made) {
      const from = performance.now();
      const { status, text } = await admin.post('/routes', { route_name: `written ${made}`, match_path: `/written/${made}/*`, target_host: `127.0.0.1:${upstream}`, auth: 'none', add_headers: { Authorization: 'Bearer secret', 'X-Number': String(made) } });
      if (status !== 201) throw new Error(text);
      times.push(performance.now() - from);
    }
    const cost = (cpuOf(gateway.pid) - cpu - trafficCpu * (performance.now() - began)) / times.length;
    costs.push({ cost: Math.max(cost, 0), writes: times.length });
    told.push(`a write among ${made - times.length}..${made} routes: ${cost.toFixed(1)} ms of CPU time, median ${median(times).toFixed(1)} ms, slowest ${Math.max(...times).toFixed(1)} ms`);
  }
  const writing = await take(bound);
  console.log('writes ', JSON.stringify(writing), `(slower than ${bound} us)`);

  for (const { cost, writes } of costs) {
    for (let i = 0; i < writes; ++i) {
      const { status, text } = await admin.get('/routes/bench');
      if (status !== 200) throw new Error(text);
      await burner.ask(Math.round(cost * 1000));
    }
  }
  const control = await take(bound);
  console.log('control', JSON.stringify(control));
  await quiet();
  console.log('after  ', JSON.stringify(await take(bound)));
  for (const line of told) console.log(line);
  const share = ({ slower, requests }) => `${slower} of ${requests} requests (${((slower / requests) * 100).toFixed(2)} %)`;
  console.log(`slower than the quiet 99th percentile by more than 5 ms: ${share(writing)} while routes were written, ${share(control)} in the control`);
  await pace.end();
});
