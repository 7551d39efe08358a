// How long the first page of the dashboard takes before a store of many records.
//   node tests/bench/ui_first_page.mjs [RECORDS]     default: a million
// Fills the store of a gateway of its own by real requests (bench_load), opens the dashboard several times
// in Chromium, and prints the times until the figures, the chart and the last requests are there.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { openPage, signIn, startBrowser } from '../e2e/support/browser.mjs';
import { binary, eventually, startGateway } from '../e2e/support/gateway.mjs';

const records = Number(process.argv[2] ?? process.env.RECORDS ?? 1_000_000);
const rounds = 7;
const token = 'bench';
const load = path.resolve(path.dirname(binary), '../tests/bench/bench_load');

async function fill(gateway, metrics) {
  const child = spawn(load, ['--port', String(gateway.port), '--connections', '32', '--path', '/1k'], { stdio: ['pipe', 'ignore', 'inherit'] });
  const ended = new Promise((resolve) => { child.on('exit', resolve); });
  const began = Date.now();
  await eventually(async () => (await metrics()).total_requests >= records, `${records} records`, 3_600_000);
  child.stdin.end();
  await ended;
  console.log(`${(await metrics()).total_requests} records after ${((Date.now() - began) / 1000).toFixed(0)} s`);
}

async function timeOf(t, browser, gateway) {
  const page = await openPage(t, browser);
  await signIn(page, `${gateway.url}/admin/ui/`, token);
  await page.waitForSelector('.plot canvas');
  const began = performance.now();
  await page.reload({ waitUntil: 'commit' });
  await page.waitForSelector('.figure');
  const figures = performance.now() - began;
  await Promise.all([page.waitForSelector('.plot canvas'), page.waitForSelector('section:has(h2:text-is("Last requests")) tbody tr')]);
  return { figures, whole: performance.now() - began };
}

test('first page', async (t) => {
  const gateway = await startGateway(t, {
    admin: { token },
    database: { sqlite_path: 'data/fastgate.db' },
    logging: { access_log: 'off' },
    routes: [{ route_id: 'bench', match_path: '/*', auth: 'none', respond: { status: 200, body: 'ok' } }],
  });
  const metrics = async () => (await fetch(`${gateway.url}/admin/metrics`, { headers: { Authorization: `Bearer ${token}` } })).json();
  await fill(gateway, metrics);
  const browser = await startBrowser();
  const times = [];
  for (let round = 0; round < rounds; round += 1) times.push(await timeOf(t, browser, gateway));
  for (const name of ['figures', 'whole']) {
    const sorted = times.map((time) => time[name]).sort((a, b) => a - b);
    console.log(`${name}: median ${sorted[rounds >> 1].toFixed(0)} ms, ${sorted[0].toFixed(0)}..${sorted.at(-1).toFixed(0)} ms`);
  }
});
