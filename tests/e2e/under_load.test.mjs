// HUP and QUIT under a load of 200 connections, half of them streams: nothing fails, nothing is cut.
import assert from 'node:assert/strict';
import test from 'node:test';
import { configOf, eventually, gatewayTo, route, sanitized } from './support/gateway.mjs';
import { Load, loadUpstream } from './support/load.mjs';
import { startUpstream } from './support/upstream.mjs';

test('50 reloads under load fail no request and cut no stream', { timeout: 120_000 }, async (t) => {
  const { script, streams } = loadUpstream();
  const upstream = await startUpstream(t, script);
  const gateway = await gatewayTo(t, upstream, { server: { workers: 2 } });
  const load = new Load(t, gateway.port);
  load.requests(100);
  load.streams(100);
  await eventually(() => load.answered > 200 && load.events > 100, 'the load to run');
  const config = JSON.parse(gateway.read('fastgate.yaml'));
  for (let round = 0; round < 50; round++) {
    const routes = [route(upstream.host, { route_id: `all-${round}` })];
    assert.match(await gateway.reload({ ...config, routes }), /reloaded/);
    const before = load.answered;
    await eventually(() => load.answered > before || load.failures.length, 'requests to go on');
  }
  streams.finish();
  await load.finish();
  assert.deepEqual(load.failures, []);
  assert.match(gateway.logs('Request forwarded').at(-1), /route_id=all/);
});

test('QUIT under load: what runs is finished, new connections are refused, the process ends', { timeout: 120_000 }, async (t) => {
  const { script, streams } = loadUpstream();
  const upstream = await startUpstream(t, script);
  const gateway = await gatewayTo(t, upstream, { server: { workers: 2 } });
  const load = new Load(t, gateway.port);
  load.streams(100);
  load.requests(100);
  await eventually(() => load.answered > 200 && load.events > 200, 'the load to run');
  gateway.stopping = true;
  gateway.signal('SIGQUIT');
  const events = load.events;
  await eventually(() => load.events > events + 200, 'streams to go on while it drains');
  assert.equal(gateway.exited, undefined);
  streams.finish();
  await load.finish();
  // A kept-alive connection may be closed just when its next request leaves; one that the gateway had taken must
  // have been answered.
  const cut = load.failures.filter((error) => !/ECONNREFUSED|while waiting for a response; unread: ""/.test(`${error.code} ${error.message}`));
  assert.deepEqual(cut, []);
  assert.equal(upstream.requests.filter(({ target }) => target !== '/stream').length, load.answered);
  const exit = await gateway.exit;
  assert.deepEqual(exit, { code: 0, signal: null });
});

test('200 reloads leave no file open and no memory behind', { timeout: 120_000 }, async (t) => {
  const upstream = await startUpstream(t);
  const gateway = await gatewayTo(t, upstream);
  const { readdirSync } = await import('node:fs');
  const open = () => readdirSync(`/proc/${gateway.pid}/fd`).length;
  const threads = () => readdirSync(`/proc/${gateway.pid}/task`).length;
  const config = configOf({ routes: Array.from({ length: 200 }, (_, n) => route(upstream.host, { route_id: `r${n}`, match_path: `/${n}/*` })) });
  for (let round = 0; round < 50; round++) await gateway.reload(config);
  const before = { open: open(), threads: threads(), memory: gateway.memory() };
  for (let round = 0; round < 150; round++) await gateway.reload();
  assert.ok(open() <= before.open + 2, `${before.open} files open, then ${open()}`);
  // The kernel lists a thread for a moment after it was joined.
  await eventually(() => threads() <= before.threads, 'the threads that built configurations to end');
  assert.ok(sanitized || gateway.memory() - before.memory < 3 << 20, `memory grew by ${(gateway.memory() - before.memory) >> 10} KiB`);
});
