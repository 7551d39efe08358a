// Exports of very many records: flat memory however slowly they are taken, and traffic that does not notice.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { startAdmin } from './support/admin.mjs';
import { cleanup } from './support/cleanup.mjs';
import { eventually, sanitized, tempFolder } from './support/gateway.mjs';

const timeout = 240_000;
const records = 400_000;
const most = 16 << 20;
const filler = path.join(path.dirname(fileURLToPath(import.meta.url)), 'support/fill_store.py');
const config = {
  server: { workers: 2 }, database: { enabled: true },
  routes: [{ route_id: 'all', match_path: '/*', auth: 'none', respond: { status: 200, body: 'traffic' } }],
};

// A gateway over a store with so many records of the day before.
async function startFilled(t, count = records) {
  const folder = tempFolder(t);
  const first = await startAdmin(t, config, { folder });
  assert.equal((await fetch(first.url)).status, 200);
  await first.stop();
  const [today] = fs.readdirSync(path.join(folder, 'data')).filter((name) => /^fastgate-\d{4}-\d\d-\d\d\.db$/.test(name));
  const filled = spawnSync('python3', [filler, path.join(folder, 'data', today), String(count)], { encoding: 'utf8' });
  assert.equal(filled.status, 0, filled.stderr);
  return startAdmin(t, config, { folder });
}

// A client that asks for an export and takes of it what it is told to.
class Taker {
  constructor(t, port, format) {
    this.bytes = 0;
    this.lines = 0;
    this.tail = '';
    this.socket = net.connect(port, '127.0.0.1');
    this.socket.write(`GET /admin/logs/export?format=${format} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`);
    this.socket.on('data', (piece) => {
      this.bytes += piece.length;
      this.tail = (this.tail + piece.subarray(-64).toString('latin1')).slice(-64);
      for (let at = piece.indexOf(10); at >= 0; at = piece.indexOf(10, at + 1)) this.lines++;
    });
    this.ended = new Promise((resolve, reject) => {
      this.socket.on('end', resolve);
      this.socket.on('error', reject);
    });
    cleanup(t, () => this.socket.destroy());
  }

  async pauseAfter(bytes) {
    await eventually(() => this.bytes >= bytes, `${bytes} bytes of an export`);
    this.socket.pause();
  }

  async takeAll() {
    this.socket.resume();
    await this.ended;
  }
}

test('an export that nobody takes, and then is taken to its end, needs no memory', { timeout, skip: sanitized }, async (t) => {
  const gateway = await startFilled(t);
  const ask = async () => assert.equal(await (await fetch(`${gateway.url}/x`)).text(), 'traffic');
  for (let i = 0; i < 200; ++i) await ask();
  assert.equal((await gateway.admin.get('/logs?limit=1000')).json.items.length, 1000);
  const before = gateway.memory();
  const takers = ['csv', 'ndjson', 'json'].map((format) => new Taker(t, gateway.port, format));
  await Promise.all(takers.map((taker) => taker.pauseAfter(100_000)));
  let highest = 0;
  const look = () => { highest = Math.max(highest, gateway.memory() - before); };
  // Stuck: whatever is asked meanwhile is answered, by the API too.
  for (let i = 0; i < 500; ++i) {
    await ask();
    look();
  }
  assert.equal((await gateway.admin.get('/logs?limit=10')).json.items.length, 10);
  assert.equal((await gateway.admin.get('/metrics')).status, 200);
  const stuck = takers.map(({ bytes }) => bytes);
  // Taken: all of it comes, and traffic beside it.
  let isDone = false;
  const traffic = (async () => {
    while (!isDone) {
      await ask();
      look();
    }
  })();
  await Promise.all(takers.map((taker) => taker.takeAll()));
  isDone = true;
  await traffic;
  t.diagnostic(`${takers.map(({ bytes }) => (bytes / 1e6).toFixed(0))} MB were taken; at most ${(highest / 1e6).toFixed(1)} MB of memory more`);
  for (const [i, taker] of takers.entries()) {
    assert.ok(stuck[i] < taker.bytes / 4, `${stuck[i]} of ${taker.bytes} bytes had been taken`);
    assert.ok(taker.tail.endsWith('0\r\n\r\n'), 'it came to its end');
  }
  // The first two have a line each; JSON has them between two lines of its own.
  assert.ok(takers[0].lines > records && takers[1].lines > records, `${takers[0].lines}, ${takers[1].lines}`);
  assert.ok(highest <= most, `${highest} bytes`);
});

test('exports under way are bounded; one that ends or whose client leaves makes room', { timeout }, async (t) => {
  const gateway = await startFilled(t, 150_000);
  const takers = Array.from({ length: 32 }, () => new Taker(t, gateway.port, 'csv'));
  await Promise.all(takers.map((taker) => taker.pauseAfter(1)));
  const asked = () => gateway.admin.get('/logs/export?format=csv&path=/none');
  const refused = await asked();
  assert.equal(refused.status, 503, refused.text);
  assert.equal(refused.json.error.code, 'overloaded');
  assert.equal(refused.headers['retry-after'], '1');
  assert.equal((await gateway.admin.get('/logs?limit=1')).status, 200, 'pages of records still come');
  takers.pop().socket.destroy();
  await eventually(async () => (await asked()).status === 200, 'the place of a client that left');
  const last = new Taker(t, gateway.port, 'csv');
  await last.pauseAfter(1);
  assert.equal((await asked()).status, 503);
  await last.takeAll();
  assert.match(last.tail, /0\r\n\r\n$/);
  await eventually(async () => (await asked()).status === 200, 'the place of an export that ended');
});

test('a search of the whole store lets other calls go first, and finds what is there', { timeout }, async (t) => {
  const gateway = await startFilled(t);
  const done = [];
  const ask = async (path) => {
    const answer = await gateway.admin.get(path);
    done.push(path);
    assert.equal(answer.status, 200, answer.text);
    return answer.json;
  };
  // Of requests with an error there are none, so all is looked at.
  const searched = ask('/logs?status_code=404&skip=1');
  const listed = ask('/logs?limit=1');
  assert.deepEqual(await searched, { items: [], next_cursor: null });
  assert.equal((await listed).items.length, 1);
  assert.deepEqual(done, ['/logs?limit=1', '/logs?status_code=404&skip=1']);
  const some = (await ask('/logs?skip=90000&limit=2&order=asc')).items;
  assert.deepEqual(some.map(({ request_id: id }) => id), ['req_90001', 'req_90002']);
  // A first record behind very many that do not match.
  assert.equal((await ask('/logs?order=asc&path=/x&limit=1')).items.length, 0);
  await fetch(`${gateway.url}/x`);
  await eventually(async () => (await ask('/logs?order=asc&path=/x&limit=1')).items.length === 1, 'the record of /x');
});
