// Records and statistics through the admin API, as the published examples ask for them.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { startAdmin } from './support/admin.mjs';
import { eventually, tempFolder } from './support/gateway.mjs';
import { startHttpUpstream } from './support/upstream.mjs';

const timeout = 60_000;
const day = (shift = 0) => new Date(Date.now() + shift * 86_400_000).toISOString().slice(0, 10);

// A gateway that has answered `ok` good requests and `bad` ones of status 418.
async function withTraffic(t, ok = 15, bad = 3) {
  const upstream = await startHttpUpstream(t, (asked, answer) => {
    answer.statusCode = asked.url.startsWith('/bad') ? 418 : 200;
    answer.end('x');
  });
  const gateway = await startAdmin(t, { database: { enabled: true }, routes: [{ route_id: 'all', match_path: '/*', target_host: upstream.host, auth: 'none' }] });
  for (let i = 0; i < ok; ++i) await (await fetch(`${gateway.url}/good/${i}?token=hidden-secret`)).text();
  for (let i = 0; i < bad; ++i) await (await fetch(`${gateway.url}/bad/${i}`)).text();
  await eventually(async () => (await gateway.admin.get('/metrics')).json?.total_requests === ok + bad, 'the records of all requests');
  return gateway;
}

test('the newest records come first, a page at a time', { timeout }, async (t) => {
  const { admin } = await withTraffic(t);
  const first = (await admin.get('/logs?limit=10&order=desc')).json;
  assert.equal(first.items.length, 10);
  assert.equal(first.items[0].path, '/bad/2');
  assert.deepEqual(['path', 'status_code', 'response_time_ms'].map((name) => typeof first.items[0][name]), ['string', 'number', 'number']);
  const second = (await admin.get(`/logs?limit=10&order=desc&cursor=${encodeURIComponent(first.next_cursor)}`)).json;
  assert.equal(second.items.length, 8);
  assert.equal(new Set([...first.items, ...second.items].map((record) => record.id)).size, 18);
  assert.ok([...first.items, ...second.items].every((record) => !record.path.startsWith('/admin')));
  const found = (await admin.get(`/logs?status_code=418&has_error=true&start_time=${day()}&end_time=${day()}`)).json;
  assert.equal(found.items.length, 3);
  const one = (await admin.get(`/logs/${found.items[0].id}`)).json;
  assert.equal(one.id, found.items[0].id);
  assert.equal((await admin.get('/logs/log_0000000000000000')).status, 404);
  for (const [query, field] of [['limit=many', 'limit'], ['status_code=x', 'status_code'], ['skip=-1', 'skip'], ['cursor=x', 'cursor'], ['start_time=soon', 'start_time']]) {
    const refused = await admin.get(`/logs?${query}`);
    assert.equal(refused.status, 422, refused.text);
    assert.equal(refused.json.error.code, 'invalid_field');
    assert.deepEqual(refused.json.errors.map((one) => one.field), [field]);
  }
  assert.equal((await admin.get('/logs?limits=1')).status, 400);
  assert.equal((await admin.get('/logs/export?fields=x')).json.errors[0].field, 'fields');
  assert.ok(!JSON.stringify([first, second]).includes('hidden-secret'));
});

test('an export between two dates', { timeout }, async (t) => {
  const { admin } = await withTraffic(t);
  const csv = await admin.get(`/logs/export?format=csv&start_time=${day(-1)}&end_time=${day()}&fields=method,path,status_code,response_time_ms`);
  assert.equal(csv.status, 200);
  assert.match(csv.headers['content-type'], /^text\/csv/);
  assert.match(csv.headers['content-disposition'], /attachment/);
  const lines = csv.text.split('\r\n').slice(0, -1);
  assert.equal(lines[0], 'method,path,status_code,response_time_ms');
  assert.equal(lines.length, 19);
  assert.match(lines[1], /^GET,\/good\/0,200,[\d.]+$/);
  const none = await admin.get('/logs/export?format=csv&start_time=2024-01-01&end_time=2024-01-31');
  assert.equal(none.text.split('\r\n').length, 2);
  assert.equal(JSON.parse((await admin.get('/logs/export?format=json')).text).length, 18);
  assert.equal((await admin.get('/logs/export?format=ndjson')).text.trim().split('\n').map((line) => JSON.parse(line)).length, 18);
  assert.deepEqual((await admin.get('/logs/export?format=csv&fields=path&skip=3&limit=2')).text.split('\r\n'), ['path', '/good/3', '/good/4', '']);
  assert.equal((await admin.get('/logs/export?format=xml')).status, 422);
});

test('statistics of all time, by day and by hour', { timeout }, async (t) => {
  const { admin } = await withTraffic(t);
  await admin.post('/keys', { source_path: 'a' });
  const all = (await admin.get('/metrics')).json;
  assert.deepEqual([all.total_requests, all.total_errors, all.success_rate, all.active_api_keys, all.active_routes, all.last_hour_requests],
    [18, 3, 83.33, 1, 1, 18]);
  assert.deepEqual([all.status_distribution['2xx'], all.status_distribution['4xx']], [15, 3]);
  assert.equal(all.routes[0].route_id, 'all');
  assert.equal(all.response_time_histogram.reduce((sum, { count }) => sum + count, 0), 18);
  for (const [path, length] of [['daily?days=7', 7], ['hourly?hours=24', 24], ['minutely?minutes=60', 60]]) {
    const { items } = (await admin.get(`/metrics/${path}`)).json;
    assert.equal(items.length, length);
    assert.equal(items.reduce((sum, item) => sum + item.total_requests, 0), 18);
  }
  assert.equal((await admin.get('/metrics/daily?days=7')).json.items.at(-1).date, day());
  assert.equal((await admin.get('/routes/all')).json.stats.requests, 18);
});

test('without a store the calls say so', { timeout }, async (t) => {
  const { admin } = await startAdmin(t);
  for (const path of ['/logs', '/logs/export', '/metrics', '/metrics/daily', '/config/history']) {
    const answer = await admin.get(path);
    assert.deepEqual([answer.status, answer.json.error.code], [503, 'store_off'], path);
  }
});

const sealed = 'import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute("SELECT count(*) FROM sealed_days").fetchone()[0])';

test('a damaged file of a day that is over: what reads it fails and says why, the rest goes on', { timeout }, async (t) => {
  const folder = tempFolder(t);
  const config = { database: { enabled: true }, routes: [{ match_path: '/*', auth: 'none', respond: { status: 200, body: 'ok' } }] };
  const first = await startAdmin(t, config, { folder });
  for (let i = 0; i < 20; ++i) await (await fetch(`${first.url}/${i}`)).text();
  await first.stop('SIGQUIT');
  const data = path.join(folder, 'data');
  const [today] = fs.readdirSync(data).filter((name) => /^fastgate-\d{4}-\d\d-\d\d\.db$/.test(name));
  const file = path.join(data, `fastgate-${day(-1)}.db`);
  fs.renameSync(path.join(data, today), file);
  const gateway = await startAdmin(t, config, { folder });
  const { admin } = gateway;
  await eventually(() => spawnSync('python3', ['-c', sealed, path.join(data, 'fastgate.db')], { encoding: 'utf8' }).stdout.trim() === '1', 'the day to be sealed');
  const [record] = (await admin.get('/logs')).json.items;
  fs.writeFileSync(`${file}.new`, fs.readFileSync(file).fill(0xa5, 4096));
  fs.renameSync(`${file}.new`, file);
  for (const target of ['/logs', `/logs/${record.id}`, '/logs/export?format=csv', '/logs/export?format=ndjson']) {
    const failed = await admin.get(target);
    assert.equal(failed.status, 500, target);
    assert.match(failed.json.detail, /fastgate-[\d-]+\.db: database disk image is malformed/);
  }
  assert.equal((await admin.get('/status')).json.store.state, 'failing');
  assert.equal((await admin.get('/metrics/daily?days=2')).json.items[0].total_requests, 20);
  assert.equal((await fetch(`${gateway.url}/later`)).status, 200);
  await eventually(async () => (await admin.get(`/logs?start_time=${day()}`)).json.items.length === 1, 'the record of today');
});
