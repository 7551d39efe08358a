// `fastgate logs`: the records of the store beside a running gateway and after its end.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import test from 'node:test';
import { cleanup } from './support/cleanup.mjs';
import { recordOf } from './support/audit_store.mjs';
import { binary, eventually, gatewayTo, run } from './support/gateway.mjs';
import { connect, get } from './support/raw_client.mjs';
import { answering, gate, startUpstream } from './support/upstream.mjs';

const timeout = 60_000;
const on = { database: { sqlite_path: 'data/fastgate.db' } };
const place = (gateway) => ['-c', gateway.file('fastgate.yaml'), '-p', gateway.folder, 'logs'];

const logs = (gateway, ...args) => run([...place(gateway), ...args]);

// What it prints, line by line; it must have gone well.
function lines(gateway, ...args) {
  const done = logs(gateway, ...args);
  assert.equal(done.code, 0, done.output);
  assert.equal(done.stderr, '');
  return done.stdout.split('\n').slice(0, -1);
}

const paths = (gateway, ...args) => lines(gateway, '--format', 'ndjson', ...args).map((line) => JSON.parse(line).path);

// Three requests that have ended, in this order: /a, /b (POST), /c,1 (of no upstream: 404).
async function filled(t) {
  const upstream = await startUpstream(t, answering());
  const gateway = await gatewayTo(t, upstream, { ...on, route: { match_path: '/up/*' } });
  const ask = async (target, options) => {
    const answer = await fetch(gateway.url + target, options);
    await answer.text();
    await recordOf(gateway, target);
  };
  await ask('/up/a');
  await ask('/up/b', { method: 'POST', body: 'x' });
  await ask('/c,1');
  return gateway;
}

test('records by filters, while the gateway runs and after its end', { timeout }, async (t) => {
  const gateway = await filled(t);
  for (const isRunning of [true, false]) {
    if (!isRunning) await gateway.stop();
    assert.deepEqual(paths(gateway), ['/up/a', '/up/b', '/c,1']);
    assert.deepEqual(paths(gateway, '--order', 'desc'), ['/c,1', '/up/b', '/up/a']);
    assert.deepEqual(paths(gateway, '--status', '404'), ['/c,1']);
    assert.deepEqual(paths(gateway, '--status', '2xx'), ['/up/a', '/up/b']);
    assert.deepEqual(paths(gateway, '--method', 'POST'), ['/up/b']);
    assert.deepEqual(paths(gateway, '--path', '/up/*'), ['/up/a', '/up/b']);
    assert.deepEqual(paths(gateway, '--path', '/up'), []);
    assert.deepEqual(paths(gateway, '--route', 'all', '--method', 'GET'), ['/up/a']);
    assert.deepEqual(paths(gateway, '--error', 'true'), ['/c,1']);
    assert.deepEqual(paths(gateway, '--ip', '127.0.0.1', '--stream', 'false'), ['/up/a', '/up/b', '/c,1']);
    assert.deepEqual(paths(gateway, '--since', '1h', '--key', 'nobody'), []);
    assert.deepEqual(paths(gateway, '--until', '2020-01-01'), []);
  }
});

test('text begins with the newest, as many as asked for', { timeout }, async (t) => {
  const gateway = await filled(t);
  const all = lines(gateway);
  assert.equal(all.length, 3);
  assert.match(all[0], /^\d{4}-\d\d-\d\dT\S+Z log_\S+ 404 GET \S*\/c,1\S* \d+ms route=/);
  assert.match(all[1], / 200 POST \S*\/up\/b\S* \d+ms route=\S*all/);
  assert.deepEqual(lines(gateway, '--limit', '1'), all.slice(0, 1));
  assert.deepEqual(lines(gateway, '--order', 'asc'), [...all].reverse());
});

test('json is one array, csv has a header, both with the fields asked for', { timeout }, async (t) => {
  const gateway = await filled(t);
  const fields = ['--fields', 'method,path,status_code'];
  assert.deepEqual(JSON.parse(lines(gateway, '--format', 'json', ...fields).join('\n')), [
    { method: 'GET', path: '/up/a', status_code: 200 },
    { method: 'POST', path: '/up/b', status_code: 200 },
    { method: 'GET', path: '/c,1', status_code: 404 }]);
  assert.equal(logs(gateway, '--format', 'csv', ...fields).stdout,
    'method,path,status_code\r\nGET,/up/a,200\r\nPOST,/up/b,200\r\nGET,"/c,1",404\r\n');
  assert.deepEqual(JSON.parse(lines(gateway, '--format', 'json', '--status', '500').join('\n')), []);
});

test('records that cannot be written are told, and it exits 1', { timeout }, async (t) => {
  const gateway = await filled(t);
  const full = fs.openSync('/dev/full', 'w');
  try {
    for (const args of [[], ['--format', 'csv'], ['--format', 'json'], ['--follow', '--since', '1h']]) {
      const { code, stderr } = run([...place(gateway), ...args], { stdio: ['ignore', full, 'pipe'] });
      assert.equal(stderr, 'fastgate: cannot write to standard output: No space left on device\n', args.join(' '));
      assert.equal(code, 1, args.join(' '));
    }
  } finally {
    fs.closeSync(full);
  }
});

// A following command; `lines` grows.
function follower(t, gateway, ...args) {
  const child = spawn(binary, [...place(gateway), '--follow', ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exit = new Promise((resolve) => child.on('exit', (code, signal) => resolve({ code, signal })));
  cleanup(t, async () => { child.kill('SIGKILL'); await exit; });
  const seen = { text: '', child, exit, get lines() { return this.text.split('\n').slice(0, -1); } };
  child.stdout.on('data', (text) => { seen.text += text; });
  return seen;
}

test('--follow prints each record once, when it is complete, until it is ended', { timeout }, async (t) => {
  const held = gate();
  const upstream = await startUpstream(t, answering(async (asked, connection) => {
    if (asked.target === '/slow') await held.opened;
    await connection.answer('ok');
  }));
  const gateway = await gatewayTo(t, upstream, on);
  const ask = async (target) => (await fetch(gateway.url + target)).text();
  await ask('/before');
  await recordOf(gateway, '/before');
  const text = follower(t, gateway, '--since', '1h');
  const ndjson = follower(t, gateway, '--since', '1h', '--format', 'ndjson', '--fields', 'path,status_code', '--status', '200');
  await eventually(() => text.lines.length && ndjson.lines.length, 'what was there before');
  const slow = await connect(t, gateway.port);
  await slow.write(get('/slow'));
  await recordOf(gateway, '/slow', () => true);
  await ask('/quick');
  await eventually(() => text.lines.length > 1 && ndjson.lines.length > 1, 'the quick one');
  assert.match(text.lines[1], /\/quick/);
  held.open();
  await slow.response();
  await eventually(() => text.lines.length > 2 && text.lines[2].includes('/slow'), 'the slow one');
  await ask('/last');
  await eventually(() => text.lines.length > 3 && ndjson.lines.at(-1).includes('/last'), 'the last one');
  assert.equal(text.lines.length, 4);
  assert.match(text.lines[0], /\/before/);
  assert.ok(ndjson.lines.every((line) => JSON.parse(line).status_code === 200), ndjson.text);
  text.child.kill('SIGINT');
  assert.deepEqual(await text.exit, { code: null, signal: 'SIGINT' });
});

test('what it does not know, and what does not go together, is an error', { timeout }, async (t) => {
  const gateway = await gatewayTo(t, await startUpstream(t), on);
  for (const [args, reason] of [
    [['--nonsense'], /nonsense/], [['--format', 'xml'], /format/], [['--status', 'many'], /--status must be/],
    [['--limit', 'x'], /limit/], [['--since', 'soon'], /soon|duration/], [['--since', '1h', '--from', '2026-01-31'], /--since and --from/],
    [['--from', 'then'], /--from must be/],
    [['--format', 'csv', '--fields', 'pth'], /path/], [['--fields', 'path'], /--fields/],
    [['--follow', '--format', 'csv'], /--follow/], [['--follow', '--format', 'json'], /--follow/]]) {
    const done = logs(gateway, ...args);
    assert.equal(done.code, 1, args.join(' '));
    assert.equal(done.stdout, '');
    assert.match(done.stderr, reason);
  }
});

test('a store that is switched off is told, and one without records prints none', { timeout }, async (t) => {
  const upstream = await startUpstream(t);
  const off = logs(await gatewayTo(t, upstream));
  assert.equal(off.code, 1);
  assert.match(off.stderr, /switched off/);
  const empty = await gatewayTo(t, upstream, on);
  assert.deepEqual(lines(empty), []);
  assert.deepEqual(JSON.parse(lines(empty, '--format', 'json').join('\n')), []);
});

test('a filter that is not understood is named as it was given', { timeout }, async (t) => {
  const gateway = await gatewayTo(t, await startUpstream(t), on);
  for (const [flag, value] of [['--from', '2026-13-01'], ['--until', 'x'], ['--status', 'abc'], ['--status', '9xx'], ['--stream', 'maybe'], ['--ip', 'x'], ['--order', 'up']]) {
    const done = logs(gateway, flag, value);
    assert.equal(done.code, 1);
    assert.match(done.stderr, new RegExp(`^fastgate: ${flag} must be `));
  }
});
