// What /metrics and /health tell of a gateway at work.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import test from 'node:test';
import { eventually, gatewayTo, startGateway } from './support/gateway.mjs';
import { answering, deadPort, gate, startUpstream } from './support/upstream.mjs';

const timeout = 30_000;

async function scrape(gateway) {
  const answer = await fetch(`${gateway.url}/metrics`);
  assert.equal(answer.status, 200);
  return answer.text();
}

const health = async (gateway) => (await fetch(`${gateway.url}/health`)).json();

// The value of a series as spelled, or undefined.
function value(text, series) {
  const line = text.split('\n').find((one) => one.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}

test('promtool finds nothing to complain of, before and after traffic', { timeout }, async (t) => {
  const upstream = await startUpstream(t, answering());
  const gateway = await gatewayTo(t, upstream);
  for (const round of ['before', 'after']) {
    const text = await scrape(gateway);
    const done = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
    assert.equal(done.error, undefined, 'promtool is installed');
    assert.equal(done.stdout + done.stderr, '', round);
    assert.equal(done.status, 0);
    await fetch(`${gateway.url}/a`);
    await fetch(`${gateway.url}/b`, { method: 'POST', body: 'x'.repeat(1000) });
  }
});

test('requests, bytes, connections and times are counted', { timeout }, async (t) => {
  const upstream = await startUpstream(t, answering((request, connection) => connection.answer('12345')));
  const gateway = await gatewayTo(t, upstream);
  for (let number = 0; number < 3; number++) {
    await (await fetch(`${gateway.url}/${number}`, { method: 'POST', body: 'x'.repeat(1000) })).text();
  }
  const text = await eventually(async () => {
    const found = await scrape(gateway);
    return value(found, 'fastgate_upstream_server_connections{upstream="' + upstream.host + '",server="' + upstream.host + '",state="idle"}') > 0 ? found : undefined;
  }, 'the idle connection to be told');
  assert.equal(value(text, 'fastgate_requests_total{route="all",status="2xx"}'), 3);
  assert.equal(value(text, 'fastgate_request_bytes_total{route="all"}'), 3000);
  assert.equal(value(text, 'fastgate_response_bytes_total{route="all"}'), 15);
  assert.equal(value(text, 'fastgate_request_duration_seconds_count{route="all"}'), 3);
  assert.equal(value(text, 'fastgate_first_byte_seconds_bucket{route="all",le="+Inf"}'), 3);
  assert.equal(value(text, 'fastgate_upstream_servers{state="up"}'), 1);
  assert.equal(value(text, `fastgate_upstream_server_up{upstream="${upstream.host}",server="${upstream.host}"}`), 1);
  assert.ok(value(text, 'fastgate_connections') >= 1);
  assert.ok(value(text, 'fastgate_start_time_seconds') > 1e9);
  assert.equal(value(text, 'fastgate_snapshots'), 1);
  assert.equal(value(text, 'fastgate_config_reloads_total{result="ok"}'), 0);
  await gateway.reload();
  assert.equal(value(await scrape(gateway), 'fastgate_config_reloads_total{result="ok"}'), 1);
});

test('the time of the last configuration moves with a reload and with a change, not with what is rejected', { timeout }, async (t) => {
  const config = { admin: { auth: 'none' }, include: ['conf.d/*.yaml'], routes: [] };
  const gateway = await startGateway(t, config);
  const at = async () => value(await scrape(gateway), 'fastgate_config_last_reload_time_seconds');
  assert.equal(await at(), 0);
  const made = await fetch(`${gateway.url}/admin/routes`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"match_path": "/x", "respond": {"status": 204}}' });
  assert.equal(made.status, 201);
  const changed = await at();
  assert.ok(changed > 1e9, `${changed}`);
  await gateway.reload('routes: [{}]');
  assert.equal(await at(), changed);
  await gateway.reload({ ...config, server: { listen: [`127.0.0.1:${gateway.port}`] } });
  assert.ok(await at() >= changed);
  assert.equal(value(await scrape(gateway), 'fastgate_config_reloads_total{result="ok"}'), 1);
});

test('an upstream server that fails its checks is down in /health, and up again when it is well', { timeout }, async (t) => {
  let isWell = true;
  const upstream = await startUpstream(t, answering((request, connection) => (
    isWell ? connection.answer() : connection.write('HTTP/1.1 500 Broken\r\nContent-Length: 0\r\n\r\n'))));
  const gateway = await startGateway(t, {
    upstreams: [{ name: 'pair',
      servers: [{ host: upstream.host }, { host: `127.0.0.1:${await deadPort()}` }],
      health_check: { path: '/well', interval: '50ms', unhealthy_after: 1, healthy_after: 1 } }],
    routes: [{ route_id: 'all', match_path: '/*', auth: 'none', upstream: 'pair' }],
  });
  const until = (up, down) => eventually(async () => {
    const { upstreams } = await health(gateway);
    return upstreams.up === up && upstreams.down === down;
  }, `${up} up and ${down} down`);
  await until(1, 1);
  isWell = false;
  await until(0, 2);
  isWell = true;
  await until(1, 1);
  const told = await health(gateway);
  assert.equal(told.status, 'ok');
  assert.equal(told.routes, 1);
  assert.match(told.version, /^\d+\.\d+/);
});

test('the open requests of the status are those of clients, not the call that asks', { timeout }, async (t) => {
  const answer = gate();
  const upstream = await startUpstream(t, answering(async (request, connection) => {
    await answer.opened;
    await connection.answer();
  }));
  const gateway = await gatewayTo(t, upstream, { admin: { auth: 'none' } });
  const open = async () => (await (await fetch(`${gateway.url}/admin/status`)).json()).requests_open;
  assert.equal(await open(), 0);
  const held = fetch(`${gateway.url}/held`);
  await upstream.requestAt(0);
  assert.equal(await open(), 1);
  answer.open();
  await held;
  await eventually(async () => await open() === 0, 'the request to be over');
});
