// The gateway stops while admin calls run, and clients leave in the middle of theirs.
import assert from 'node:assert/strict';
import http from 'node:http';
import test from 'node:test';
import { startGateway } from './support/gateway.mjs';

const timeout = 60_000;
const routes = 'routes:\n  - route_id: first\n    match_path: /first/*\n    respond: {status: 200}\n    auth: none\n';

// Calls of each lane at once, on a connection each; what becomes of each is its status, or `gone`.
// By node:http, whose requests always close: a fetch() whose peer ends may stay pending for ever.
function callAll(gateway, signal) {
  const call = (name, { method = 'GET', body = '' } = {}) => new Promise((resolve) => {
    let status = 'gone';
    const headers = { Authorization: 'Bearer a-token', 'Content-Type': 'application/json', 'Content-Length': body.length };
    const request = http.request(`${gateway.url}/admin/${name}`, { method, headers, signal, agent: false }, (answer) => {
      answer.resume().on('end', () => { status = answer.statusCode; }).on('error', () => {});
    });
    request.on('error', () => {}).on('close', () => resolve(status)).end(body);
  });
  const reads = ['config/history', 'config', 'routes', 'status', 'keys', 'logs', 'metrics', 'logs/export'].map((name) => call(name));
  return [...reads, call('routes/first/toggle', { method: 'POST' }), call('config/rollback', { method: 'POST', body: '{"id":1}' })];
}

const start = (t) => startGateway(t, {
  admin: { token: 'a-token' }, database: { sqlite_path: 'data/fastgate.db' }, include: ['conf.d/*.yaml'],
}, { files: { 'conf.d/routes.yaml': routes } });

async function assertCleanStop(gateway) {
  assert.deepEqual(await gateway.exit, { code: 0, signal: null }, gateway.stderr + gateway.read('logs/fastgate.log'));
  assert.deepEqual([gateway.stderr, gateway.logs('ERROR'), gateway.logs('WARN')], ['', [], []]);
}

// A number of turns of the event loop, which puts the blow at another point of the calls each time.
async function turns(count) {
  for (let i = 0; i < count; ++i) await new Promise((resolve) => setImmediate(resolve));
}

test('it stops in the middle of admin calls, with their clients there or gone', { timeout }, async (t) => {
  for (let round = 0; round < 8; ++round) {
    const gateway = await start(t);
    const leaving = new AbortController();
    const calls = callAll(gateway, leaving.signal);
    await turns(round * 8);
    if (round % 2) leaving.abort();
    gateway.signal('SIGTERM');
    await Promise.all(calls);
    await assertCleanStop(gateway);
  }
});

test('clients that leave during their admin calls disturb nobody', { timeout }, async (t) => {
  const gateway = await start(t);
  for (let round = 0; round < 30; ++round) {
    const leaving = new AbortController();
    const calls = callAll(gateway, leaving.signal);
    await turns(round * 4);
    leaving.abort();
    await Promise.all(calls);
  }
  const [history, config] = await Promise.all(callAll(gateway));
  assert.deepEqual([history, config], [200, 200]);
  gateway.signal('SIGTERM');
  await assertCleanStop(gateway);
});
