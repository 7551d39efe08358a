// What the application log tells an operator beside the requests: servers that go down and come back,
// certificates that end soon, connections that find no room.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { startBackend } from './support/backend.mjs';
import { makeAuthority, makeCertificate } from './support/certificates.mjs';
import { eventually, gatewayTo, route, run, startGateway, tempFolder } from './support/gateway.mjs';
import { connect, get, send } from './support/raw_client.mjs';
import { startUpstream } from './support/upstream.mjs';

const timeout = 60_000;
const isState = (line) => / upstream server is /.test(line);

test('a server that failed is told down once with the reason, and told up once it answers', { timeout }, async (t) => {
  const backend = await startBackend(t, 'only');
  const gateway = await startGateway(t, {
    server: { workers: 2 },
    upstreams: [{ name: 'chat', servers: [backend.host], max_fails: 2, fail_timeout: '1h' }],
    routes: [{ match_path: '/*', auth: 'none', upstream: 'chat', retry_count: 0 }],
  });
  assert.equal((await send(t, gateway.port, get('/'))).status, 200);
  await backend.kill();
  for (let round = 0; round < 20; round++) assert.equal((await send(t, gateway.port, get('/'))).status, 502);
  const down = await gateway.logLine('upstream server is down');
  assert.match(down, / WARN upstream server is down upstream=chat server=127\.0\.0\.1:\d+ reason="cannot connect to .*refused"$/);
  await backend.start();
  await eventually(async () => (await send(t, gateway.port, get('/'))).status === 200 && gateway.logs('is up again')[0], 'the server to be up');
  assert.match(gateway.logs('is up again')[0], / INFO upstream server is up again upstream=chat server=127\.0\.0\.1:\d+$/);
  assert.equal(gateway.logs().filter(isState).length, 2);
});

test('health checks tell it once for all workers, with what they saw', { timeout }, async (t) => {
  let status = 200;
  const upstream = await startUpstream(t, async (connection) => {
    for (;;) {
      await connection.request();
      await connection.write(`HTTP/1.1 ${status} x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
    }
  });
  const gateway = await startGateway(t, {
    server: { workers: 3 },
    upstreams: [{ name: 'chat', servers: [upstream.host], health_check: { path: '/up', interval: '50ms', timeout: '10s', unhealthy_after: 2, healthy_after: 2 } }],
    routes: [{ match_path: '/*', auth: 'none', upstream: 'chat' }],
  });
  const checks = () => upstream.requests.length;
  const someMore = async () => { const before = checks(); await eventually(() => checks() > before + 30, 'more checks'); };
  await someMore();
  assert.deepEqual(gateway.logs().filter(isState), []);
  status = 503;
  assert.match(await gateway.logLine('upstream server is down'), / WARN .* reason="health check of \/up: it answers 503"$/);
  await someMore();
  status = 200;
  await gateway.logLine('upstream server is up again');
  await someMore();
  assert.equal(gateway.logs().filter(isState).length, 2);
  assert.match(await gateway.reload({ server: { listen: ['127.0.0.1:0'] }, database: { enabled: false }, routes: [route(upstream.host)] }), /reloaded/);
  assert.equal(gateway.logs().filter(isState).length, 2);
});

test('a certificate with less than two weeks left is a warning of -t, the start and each reload', { timeout }, async (t) => {
  const folder = tempFolder(t);
  makeAuthority(folder);
  const good = makeCertificate(folder, 'good', ['good.test']);
  const short = makeCertificate(folder, 'short', ['short.test'], 'ca', 5);
  const upstream = await startUpstream(t);
  const config = (tls) => ({ server: { listen: ['127.0.0.1:0 tls'], tls }, routes: [route(upstream.host)] });
  const gateway = await startGateway(t, config([good, short]));
  const warned = /short\.pem expires in 4 days, at \d{4}-\d\d-\d\dT[\d:.]+Z/;
  assert.match(await gateway.logLine('expires in'), warned);
  const tested = run(['-t', '-c', gateway.file('fastgate.yaml'), '-p', gateway.folder]);
  assert.equal(tested.code, 0, tested.output);
  assert.match(tested.output, /fastgate\.yaml:\d+:\d+: warning: certificate /);
  assert.match(tested.output, warned);
  fs.copyFileSync(good.certificate, short.certificate);
  fs.copyFileSync(good.private_key, short.private_key);
  assert.match(await gateway.reload(), /reloaded/);
  assert.equal(gateway.logs('expires in').length, 1);
  const past = makeCertificate(folder, 'past', ['past.test'], 'ca', -1);
  fs.writeFileSync(path.join(folder, 'past.yaml'), JSON.stringify(config(past)));
  assert.match(run(['-t', '-c', path.join(folder, 'past.yaml')], { cwd: folder }).output, /warning: certificate .*past\.pem has expired, at /);
});

test('connections beyond max_connections: one line, however many there are', { timeout }, async (t) => {
  const gateway = await gatewayTo(t, await startUpstream(t), { server: { max_connections: 2, workers: 2, defer_accept: false } });
  const held = [await connect(t, gateway.port), await connect(t, gateway.port)];
  for (const client of held) assert.equal((await client.request(get('/'))).status, 200);
  for (let number = 0; number < 20; number++) assert.equal((await (await connect(t, gateway.port)).response()).status, 503);
  const lines = await eventually(() => gateway.logs('connections are refused').length && gateway.logs('connections are refused'), 'the line');
  assert.equal(lines.length, 1);
  assert.match(lines[0], / WARN client connections are refused: max_connections are open max_connections=2$/);
});
