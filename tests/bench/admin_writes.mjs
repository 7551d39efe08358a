// What writes of the admin API cost the traffic: routes are made one by one while requests come at a fixed pace.
//   node tests/bench/admin_writes.mjs [ROUTES] [REQUESTS_PER_SECOND]     default: 1000 routes, 1000 a second
// The paced load and its upstream run before, while and after the writes; the times of requests (us) are printed
// for each, with the number of those slower than the quiet 99th percentile by more than 5 ms, and the time of a
// write as the number of routes grows. Needs the targets fastgate, bench_pace and bench_upstream.
import { spawn } from 'node:child_process';
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
const programs = path.resolve(path.dirname(binary), '../tests/bench');

function start(t, name, args) {
  const child = spawn(path.join(programs, name), args, { stdio: ['pipe', 'pipe', 'inherit'] });
  t.after(() => child.kill());
  return child;
}

// The paced load; `take(bound)` gives the times since it was asked last, `end()` ends it.
function startPace(t, port) {
  const child = start(t, 'bench_pace', ['--port', String(port), '--rate', String(rate), '--connections', '16']);
  const lines = readline.createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const take = async (bound = 0) => {
    child.stdin.write(`${bound}\n`);
    return JSON.parse((await lines.next()).value);
  };
  const end = () => {
    child.stdin.end();
    return new Promise((resolve) => { child.on('exit', resolve); });
  };
  return { take, end };
}

const quiet = () => new Promise((resolve) => setTimeout(resolve, quietFor));
const median = (times) => times.toSorted((a, b) => a - b)[times.length >> 1];

test('writes under load', async (t) => {
  const upstream = await deadPort();
  start(t, 'bench_upstream', ['--port', String(upstream)]);
  const gateway = await startGateway(t, {
    admin: { auth: 'none' }, include: ['conf.d/*.yaml'], server: { workers },
    database: { enabled: process.env.STORE === '1' }, logging: { access_log: 'off' },
    routes: [{ route_id: 'bench', match_path: '/1k', target_host: `127.0.0.1:${upstream}`, auth: 'none', priority: 1 }],
  });
  const admin = new Admin(gateway.port);
  const { take, end } = startPace(t, gateway.port);
  await new Promise((resolve) => setTimeout(resolve, 2000));
  await take();
  await quiet();
  const before = await take();
  const bound = before.p99 + 5000;
  console.log('quiet ', JSON.stringify(before));
  const times = [];
  for (let i = 0; i < count; ++i) {
    const began = performance.now();
    const made = await admin.post('/routes', { route_name: `written ${i}`, match_path: `/written/${i}/*`, target_host: `127.0.0.1:${upstream}`, auth: 'none', add_headers: { Authorization: 'Bearer secret', 'X-Number': String(i) } });
    if (made.status !== 201) throw new Error(made.text);
    times.push(performance.now() - began);
  }
  console.log('writes', JSON.stringify(await take(bound)), `(slower than ${bound} us)`);
  const part = Math.ceil(count / 5);
  for (let from = 0; from < count; from += part) {
    const some = times.slice(from, from + part);
    console.log(`a write among ${from}..${from + some.length} routes: median ${median(some).toFixed(1)} ms, slowest ${Math.max(...some).toFixed(1)} ms`);
  }
  await quiet();
  console.log('after ', JSON.stringify(await take(bound)));
  await end();
});
