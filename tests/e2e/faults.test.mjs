// What breaks around the gateway: resets at every state of both sides, no descriptors left, a full disk, stopped
// servers, clocks that jump, names that do not resolve. Others are served all the while, every request has its
// one line in the access log, and nothing stays behind.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import test from 'node:test';
import { startBackend } from './support/backend.mjs';
import { cleanup } from './support/cleanup.mjs';
import { binary, eventually, gatewayTo, route, run, sanitized, startGateway, tempFolder } from './support/gateway.mjs';
import { movableClock } from './support/moved_clock.mjs';
import { connect, get, post, send } from './support/raw_client.mjs';
import { groupOf } from './support/server_groups.mjs';
import { answering, startUpstream } from './support/upstream.mjs';

const timeout = 60_000;
const ok = 'HTTP/1.1 200 OK\r\n';
const chunkedHead = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n';

// The value of a gauge without labels.
async function gauge(t, gateway, name) {
  const { text } = await send(t, gateway.port, get('/metrics'));
  return Number(new RegExp(`^${name} (\\d+)`, 'm').exec(text)?.[1]);
}

// Nothing is open but the connection that asks.
async function assertNothingLeft(t, gateway) {
  await eventually(async () => (await gauge(t, gateway, 'fastgate_connections')) === 1, 'all client connections to end');
  await eventually(async () => (await gauge(t, gateway, 'fastgate_exchanges')) <= 1, 'all requests to end');
}

// [what the client sends, what the upstream does until the client resets, statuses of the access log].
const clientStates = {
  'nothing sent': ['', null, []],
  'half a request line': ['GET /', null, []],
  'half a head': ['GET / HTTP/1.1\r\nHost: a\r\nX-A', null, []],
  'half a body': ['POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf', 'silent', ['499']],
  'half a chunk': [`${chunkedHead}5\r\nab`, 'silent', ['499']],
  'between two chunks': [`${chunkedHead}2\r\nab\r\n`, 'silent', ['499']],
  'waiting for the answer': [get('/'), 'silent', ['499']],
  'waiting, another behind it': [get('/') + get('/'), 'silent', ['499']],
  'half an answer': [get('/'), `${ok}Content-Length: 10\r\n\r\nhalf`, ['200']],
  'half a chunked answer': [get('/'), `${ok}Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n`, ['200']],
  'half an event': [get('/'), `${ok}Content-Type: text/event-stream\r\n\r\ndata: a`, ['200']],
  'a whole answer': [get('/'), `${ok}Content-Length: 2\r\n\r\nok`, ['200']],
  'an early answer': ['POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf', `${ok}Content-Length: 10\r\n\r\nhalf`, ['200']],
  'a tunnel': ['GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhello', ['101']],
};

test('a client that resets, at every state', { timeout }, async (t) => {
  const upstream = await startUpstream(t, async (connection) => {
    for (;;) {
      await connection.head();
      const { behaviour, reached } = connection.upstream;
      if (behaviour !== 'silent') await connection.write(behaviour);
      reached();
    }
  });
  const gateway = await gatewayTo(t, upstream);
  let lines = 0;
  for (const [name, [bytes, behaviour, statuses]] of Object.entries(clientStates)) {
    for (let round = 0; round < 5; round++) {
      const client = await connect(t, gateway.port);
      const reached = new Promise((resolve) => { upstream.reached = resolve; });
      upstream.behaviour = behaviour;
      const before = upstream.connections.length;
      await client.write(bytes);
      if (behaviour) await reached;
      // The part of an answer that was promised has come, so the gateway is in this state now.
      if (behaviour && behaviour !== 'silent') await client.source.until(() => (client.source.total > 0 ? true : undefined), name);
      client.reset();
      for (const connection of upstream.connections.slice(before)) if (!/whole/.test(name)) await connection.closed();
    }
    lines += 5 * statuses.length;
    await eventually(() => gateway.accessLog().filter((line) => !line.includes('/metrics')).length === lines, `${lines} access log lines after "${name}"`);
    const written = gateway.accessLog().filter((line) => !line.includes('/metrics')).slice(lines - 5 * statuses.length);
    for (const line of written) assert.ok(statuses.some((status) => line.includes(` ${status} `)), `${name}: ${line}`);
    // The answer was whole, so its connection was kept.
    if (/whole/.test(name)) for (const { socket } of upstream.connections) socket.destroy();
  }
  await assertNothingLeft(t, gateway);
  upstream.behaviour = `${ok}Content-Length: 2\r\n\r\nok`;
  upstream.reached = () => {};
  assert.equal((await send(t, gateway.port, get('/'))).status, 200);
});

// What the upstream has sent when it resets, and what the client of a POST may see of it.
const upstreamStates = {
  'at once': [null, ['502']],
  'behind the head': ['', ['502']],
  'behind half a status line': ['HTTP/1.1 2', ['502']],
  'behind half a head': [`${ok}Content-Le`, ['502']],
  'behind an interim answer': ['HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n', ['502']],
  'within a body of known length': [`${ok}Content-Length: 10\r\n\r\nhalf`, ['502', 'broken']],
  'within a chunk': [`${ok}Transfer-Encoding: chunked\r\n\r\n5\r\nab`, ['502', 'broken']],
  'between two chunks': [`${ok}Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n`, ['502', 'broken']],
  'within a body that ends with the connection': [`${ok}\r\nhalf`, ['502', 'broken']],
  'within an event stream': [`${ok}Content-Type: text/event-stream\r\n\r\ndata: a\n\n`, ['502', 'broken']],
  'behind a whole answer': [`${ok}Content-Length: 2\r\n\r\nok`, ['200', '502']],
};

test('an upstream that resets, at every state', { timeout }, async (t) => {
  const upstream = await startUpstream(t, async (connection) => {
    const bytes = connection.upstream.behaviour;
    if (bytes === null) return connection.reset();
    await connection.head();
    if (bytes) await connection.write(bytes);
    return connection.reset();
  });
  const gateway = await gatewayTo(t, upstream, { upstreams: [] });
  let asked = 0;
  for (const [name, [bytes, outcomes]] of Object.entries(upstreamStates)) {
    upstream.behaviour = bytes;
    for (let round = 0; round < 10; round++) {
      const client = await connect(t, gateway.port);
      await client.write(post('/', 'x'));
      asked += 1;
      const outcome = await client.response().then((answer) => String(answer.status), () => 'broken');
      assert.ok(outcomes.includes(outcome), `${name}: ${outcome}`);
      client.destroy();
    }
  }
  await eventually(() => gateway.accessLog().length === asked, `${asked} access log lines`);
  await assertNothingLeft(t, gateway);
  assert.equal(await gauge(t, gateway, 'fastgate_upstream_connections'), 0);
});

test('no descriptors left: those who are connected are served, and others once there are some', { timeout, skip: sanitized && 'a sanitizer looks at memory through descriptors of its own' }, async (t) => {
  const gateway = await gatewayTo(t, await startUpstream(t), { server: { defer_accept: false } });
  const first = await connect(t, gateway.port);
  assert.equal((await first.request(get('/'))).status, 200);
  const open = fs.readdirSync(`/proc/${gateway.pid}/fd`).length;
  execFileSync('prlimit', ['--pid', String(gateway.pid), `--nofile=${open + 20}`]);
  const others = [];
  for (let number = 0; number < 100; number++) {
    others.push(await connect(t, gateway.port).catch(() => null));
    if (number % 10 === 0) assert.equal((await first.request(get('/'))).status, 200);
  }
  assert.ok(fs.readdirSync(`/proc/${gateway.pid}/fd`).length < open + 30, "the limit was not in the way");
  for (const client of others) client?.destroy();
  const answer = await eventually(async () => send(t, gateway.port, get('/')).catch(() => null), 'an answer once descriptors are free');
  assert.equal(answer.status, 200);
  assert.equal((await first.request(get('/'))).status, 200);
  const lines = () => gateway.read('logs/fastgate.log').split('\n').filter((line) => line.includes('client connections'));
  await eventually(() => lines().length === 2, 'the end of it to be told');
  assert.match(lines()[0], / ERROR client connections cannot be accepted reason="too many open files"$/);
  const [, failed] = / INFO client connections are accepted again failed=(\d+)$/.exec(lines()[1]);
  assert.ok(Number(failed) > 0);
  assert.match((await send(t, gateway.port, get('/metrics'))).text, new RegExp(`^fastgate_accept_failures_total ${failed}$`, 'm'));
});

test('no descriptors left for an upstream: 503, and no server is taken for failing', { timeout, skip: sanitized && 'a sanitizer looks at memory through descriptors of its own' }, async (t) => {
  const servers = await Promise.all([startUpstream(t), startUpstream(t)]);
  const gateway = await groupOf(t, servers, { group: {
    max_fails: 1, fail_timeout: '60s', keepalive: 0, health_check: { path: '/health', interval: '20ms', unhealthy_after: 1 } } });
  const client = await connect(t, gateway.port);
  assert.equal((await client.request(get('/'))).status, 200);
  const limit = /^Max open files\s+(\d+)/m.exec(fs.readFileSync(`/proc/${gateway.pid}/limits`, 'utf8'))[1];
  execFileSync('prlimit', ['--pid', String(gateway.pid), '--nofile=3:']);
  for (let round = 0; round < 3; round++) {
    const refused = await client.request(get('/'));
    assert.equal(refused.status, 503);
    assert.equal(JSON.parse(refused.text).error.message, 'the gateway can open no further connection: too many open files');
  }
  execFileSync('prlimit', ['--pid', String(gateway.pid), `--nofile=${limit}:`]);
  for (let round = 0; round < 4; round++) assert.equal((await client.request(get('/'))).status, 200);
  for (const server of servers) assert.ok(server.requests.filter(({ target }) => target === '/').length >= 2);
  assert.deepEqual(gateway.logs('upstream server is'), []);
  assert.equal(await gauge(t, gateway, 'fastgate_upstream_failures_total'), 0);
});

test('a full disk: requests are served without a log', { timeout }, async (t) => {
  // Listening is told on the application log, so that one stays.
  const gateway = await gatewayTo(t, await startUpstream(t), { logging: { access_log: '/dev/full' } });
  const client = await connect(t, gateway.port);
  for (let round = 0; round < 500; round++) assert.equal((await client.request(get('/'))).status, 200);
  assert.match(await gateway.reload(), /reloaded/);
  assert.equal((await client.request(get('/'))).status, 200);
});

test('log files whose folder is gone: requests are served', { timeout }, async (t) => {
  const gateway = await gatewayTo(t, await startUpstream(t), { logging: { access_log: 'other/access.log' } });
  fs.rmSync(gateway.file('other'), { recursive: true });
  fs.writeFileSync(gateway.file('other'), 'a file where the folder was');
  gateway.signal('SIGUSR1');
  const client = await connect(t, gateway.port);
  for (let round = 0; round < 200; round++) assert.equal((await client.request(get('/'))).status, 200);
});

test('a configuration folder that cannot be written: an edit fails with the reason and changes nothing', { timeout, skip: process.getuid() !== 0 && 'needs root to become somebody else' }, async (t) => {
  const gateway = await gatewayTo(t, await startUpstream(t), { include: ['conf.d/*.yaml'] });
  fs.chmodSync(gateway.folder, 0o755);
  fs.chmodSync(gateway.file('fastgate.yaml'), 0o644);
  const before = fs.readFileSync(gateway.file('fastgate.yaml'), 'utf8');
  const files = fs.readdirSync(gateway.folder).sort();
  const edit = spawnSync('setpriv', ['--reuid=65534', '--regid=65534', '--clear-groups', binary, '-c', gateway.file('fastgate.yaml'), '-p', gateway.folder,
    'key', 'create', '--source-path', 'somebody', '--no-reload'], { encoding: 'utf8' });
  assert.equal(edit.status, 1, edit.stdout + edit.stderr);
  assert.match(edit.stderr, /ermission denied/);
  assert.equal(fs.readFileSync(gateway.file('fastgate.yaml'), 'utf8'), before);
  assert.deepEqual(fs.readdirSync(gateway.folder).sort(), files);
  assert.match(await gateway.reload(), /reloaded/);
  assert.equal((await send(t, gateway.port, get('/'))).status, 200);
});

test('an upstream process that is stopped: the other answers, and it too once it goes on', { timeout }, async (t) => {
  const one = await startBackend(t, 'one');
  const two = await startBackend(t, 'two');
  const gateway = await startGateway(t, {
    upstreams: [{ name: 'both', servers: [one.host, two.host].map((host) => ({ host })), max_fails: 2, fail_timeout: '1s' }],
    routes: [{ match_path: '/*', auth: 'none', upstream: 'both', first_byte_timeout: '200ms', connect_timeout: '200ms' }],
  });
  const answers = async (count) => {
    const seen = new Map();
    for (let number = 0; number < count; number++) {
      const { status, text } = await send(t, gateway.port, get('/'));
      const what = status === 200 ? text : String(status);
      seen.set(what, (seen.get(what) ?? 0) + 1);
    }
    return seen;
  };
  assert.deepEqual([...(await answers(10)).keys()].sort(), ['one', 'two']);
  one.child.kill('SIGSTOP');
  cleanup(t, () => one.child.kill('SIGCONT'));
  const meanwhile = await answers(20);
  assert.ok((meanwhile.get('two') ?? 0) >= 12, JSON.stringify([...meanwhile]));
  assert.deepEqual([...meanwhile.keys()].filter((what) => !['two', '504'].includes(what)), []);
  one.child.kill('SIGCONT');
  await eventually(async () => (await answers(4)).has('one'), 'the server that goes on to be asked again');
});

test('names that do not resolve hold nobody else up', { timeout }, async (t) => {
  const upstream = await startUpstream(t, answering());
  const gateway = await startGateway(t, {
    proxy: { failover: false },
    routes: [
      { route_id: 'gone', priority: 1, match_path: '/gone/*', auth: 'none', target_host: 'no-such-host.invalid:80', retry_count: 0, connect_timeout: '1s' },
      route(upstream.host),
    ],
  });
  const lost = Array.from({ length: 50 }, () => send(t, gateway.port, get('/gone/x')));
  const client = await connect(t, gateway.port);
  for (let round = 0; round < 100; round++) assert.equal((await client.request(get('/'))).status, 200);
  for (const answer of await Promise.all(lost)) assert.ok([502, 503, 504].includes(answer.status), String(answer.status));
  assert.equal((await client.request(get('/'))).status, 200);
});

// A name service that never answers.
const silentNames = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <string.h>
#include <unistd.h>
int getaddrinfo(const char* node, const char* service, const struct addrinfo* hints, struct addrinfo** found) {
  if (node && strcmp(node, "silent.test") == 0) for (;;) pause();
  int (*real)(const char*, const char*, const struct addrinfo*, struct addrinfo**) = dlsym(RTLD_NEXT, "getaddrinfo");
  return real(node, service, hints, found);
}
`;

test('no threads left after the start: the first name is looked up all the same', { timeout, skip: sanitized }, async (t) => {
  const upstream = await startUpstream(t);
  const folder = tempFolder(t);
  // Root has as many threads as it likes.
  const user = process.getuid() === 0 ? 54_321 : process.getuid();
  const as = process.getuid() === 0 ? ['setpriv', `--reuid=${user}`, `--regid=${user}`, '--clear-groups'] : ['env'];
  fs.chownSync(folder, user, process.getuid() === 0 ? user : process.getgid());
  const starter = `${folder}/fastgate`;
  fs.writeFileSync(starter, `#!/bin/sh\nexec ${as.join(' ')} '${binary}' "$@"\n`, { mode: 0o755 });
  const gateway = await startGateway(t, { routes: [route(`localhost:${upstream.port}`)] }, { folder, binary: starter });
  await gateway.logLine(' started ');
  execFileSync(as[0], [...as.slice(1), 'prlimit', '--pid', String(gateway.pid), '--nproc=1']);
  const answer = await send(t, gateway.port, get('/'));
  assert.equal(answer.status, 200, gateway.read('logs/fastgate.log'));
});

test('TERM ends the process at once although the name service says nothing', { timeout, skip: sanitized }, async (t) => {
  const folder = tempFolder(t);
  fs.writeFileSync(`${folder}/names.c`, silentNames);
  execFileSync('cc', ['-shared', '-fPIC', '-o', `${folder}/names.so`, `${folder}/names.c`, '-ldl']);
  const endless = await startUpstream(t, async (connection) => {
    await connection.request();
    await connection.write(`${ok}Transfer-Encoding: chunked\r\n\r\n3\r\none\r\n`);
  });
  const gateway = await startGateway(t, {
    database: { sqlite_path: 'data/fastgate.db' },
    routes: [
      route('silent.test:80', { route_id: 'silent', match_path: '/asked', priority: 1, connect_timeout: '50ms', retry_count: 0 }),
      route(endless.host),
    ],
    proxy: { failover: false },
  }, { env: { LD_PRELOAD: `${folder}/names.so` } });
  const client = await connect(t, gateway.port);
  await client.write(get('/endless'));
  await client.pieces(await client.head()).next();
  assert.equal((await send(t, gateway.port, get('/asked'))).status, 504);
  gateway.stopping = true;
  gateway.signal('SIGTERM');
  const ended = await Promise.race([gateway.exit, new Promise((resolve) => { setTimeout(resolve, 5_000, 'waits').unref(); })]);
  if (ended === 'waits') await gateway.kill();
  assert.deepEqual(ended, { code: 0, signal: null });
  assert.match(gateway.logs().at(-1), / stopped$/);
  assert.ok(!fs.existsSync(gateway.file('run/fastgate.pid')));
  const { stdout } = run(['-c', gateway.file('fastgate.yaml'), '-p', gateway.folder, 'logs', '--format', 'ndjson', '--fields', 'path,status_code']);
  assert.match(stdout, /"path":"\/asked","status_code":504/);
  assert.match(stdout, /"path":"\/endless","status_code":200/);
  for (const target of ['/asked', '/endless']) assert.equal(gateway.accessLog().filter((line) => line.includes(target)).length, 1);
});

test('a wall clock that jumps, ahead and back: no connection, timeout or limit takes notice', { timeout, skip: sanitized }, async (t) => {
  const { env, set } = movableClock(t);
  const held = [];
  const upstream = await startUpstream(t, answering((asked, connection) => (asked.target === '/held' ? held.push(connection) : connection.answer())));
  const gateway = await gatewayTo(t, upstream, { route: { client_rate_limit: 6000, client_burst: 6000 } }, { env });
  const client = await connect(t, gateway.port);
  const waiting = await connect(t, gateway.port);
  await waiting.write(get('/held'));
  await eventually(() => held.length === 1, 'the held request');
  const year = 366 * 24 * 3600;
  for (const [seconds, when] of [[0, 0], [year, 1], [-year, -1], [0, 0], [3600, 0], [0, 0]]) {
    set(seconds);
    // The clock of a line is read at most once a turn, so a second request is after the jump for certain.
    for (let round = 0; round < 20; round++) assert.equal((await client.request(get('/'))).status, 200);
    const lines = gateway.accessLog().length;
    assert.equal((await client.request(get('/'))).status, 200);
    const line = await gateway.accessLine(lines);
    if (Math.abs(when) === 1) assert.equal(Number(/\/(\d{4}):/.exec(await gateway.accessLine(gateway.accessLog().length - 1))[1]), new Date().getUTCFullYear() + when);
    assert.ok(line.length > 0);
  }
  await held[0].answer('late');
  assert.equal((await waiting.response()).text, 'late');
  assert.equal(gateway.logs('ERROR').length, 0);
});
