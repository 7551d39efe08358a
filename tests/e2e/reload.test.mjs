// HUP: a good configuration is in force, a bad one changes nothing and says why.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import test from 'node:test';
import { eventually, gatewayTo, route, startGateway } from './support/gateway.mjs';
import { connect, get, send } from './support/raw_client.mjs';
import { answers, groupOf, startNamed } from './support/server_groups.mjs';
import { answering, gate, startUpstream } from './support/upstream.mjs';

const timeout = 20_000;
const own = (name) => answering((asked, connection) => connection.answer(name));

const current = (gateway) => JSON.parse(gateway.read('fastgate.yaml'));

test('new routes are in force once it is reloaded, on old connections too', { timeout }, async (t) => {
  const [a, b] = [await startUpstream(t, own('a')), await startUpstream(t, own('b'))];
  const gateway = await gatewayTo(t, a);
  const client = await connect(t, gateway.port);
  assert.equal((await client.request(get('/'))).text, 'a');
  assert.match(await gateway.reload({ ...current(gateway), routes: [route(b.host)] }), /configuration reloaded/);
  assert.equal((await client.request(get('/'))).text, 'b');
  assert.equal((await send(t, gateway.port, get('/'))).text, 'b');
});

test('listening on port 0 keeps its port over a reload', { timeout }, async (t) => {
  const gateway = await gatewayTo(t, await startUpstream(t));
  assert.match(await gateway.reload(), /configuration reloaded/);
  assert.equal((await send(t, gateway.port, get('/'))).status, 200);
});

const bad = {
  'a syntax error': 'server: {listen: [',
  'an unknown field': JSON.stringify({ sever: {} }),
  'a wrong type': JSON.stringify({ routes: 'none' }),
  'an unknown upstream': JSON.stringify({ routes: [{ match_path: '/', upstream: 'nobody' }] }),
  'a bad regular expression': JSON.stringify({ routes: [{ match_path: '~^/(', target_host: 'a' }] }),
};
for (const [name, text] of Object.entries(bad)) {
  test(`${name} changes nothing and is told with its place`, { timeout }, async (t) => {
    const gateway = await gatewayTo(t, await startUpstream(t, own('a')));
    const good = gateway.read('fastgate.yaml');
    assert.match(await gateway.reload(text), /ERROR configuration rejected/);
    assert.ok(gateway.logs('fastgate.yaml:').some((line) => /fastgate\.yaml:\d+:\d+/.test(line)), gateway.read('logs/fastgate.log'));
    assert.equal((await send(t, gateway.port, get('/'))).text, 'a');
    assert.match(await gateway.reload(good), /configuration reloaded/);
  });
}

test('a configuration file that is gone changes nothing', { timeout }, async (t) => {
  const gateway = await gatewayTo(t, await startUpstream(t, own('a')));
  fs.rmSync(gateway.file('fastgate.yaml'));
  assert.match(await gateway.reload(), /configuration rejected/);
  assert.equal((await send(t, gateway.port, get('/'))).text, 'a');
});

test('another pid_file takes the place of the first, and the commands find it', { timeout }, async (t) => {
  const gateway = await gatewayTo(t, await startUpstream(t));
  const config = current(gateway);
  const exists = (name) => fs.existsSync(gateway.file(name));
  assert.match(await gateway.reload({ ...config, pid_file: 'pids/other.pid' }), /configuration reloaded/);
  assert.equal(gateway.read('pids/other.pid').trim(), String(gateway.pid));
  assert.equal(exists('run/fastgate.pid'), false);

  // A folder stands where the file should.
  fs.mkdirSync(gateway.file('pids/folder'));
  assert.match(await gateway.reload({ ...config, pid_file: 'pids/folder' }), /configuration rejected.*pid file/);
  assert.equal(gateway.read('pids/other.pid').trim(), String(gateway.pid));
  assert.deepEqual(fs.readdirSync(gateway.file('pids')).sort(), ['folder', 'other.pid']);

  assert.match(await gateway.reload({ ...config, pid_file: 'off' }), /configuration reloaded/);
  assert.equal(exists('pids/other.pid'), false);
  assert.match(await gateway.reload(config), /configuration reloaded/);
  assert.equal(gateway.read('run/fastgate.pid').trim(), String(gateway.pid));
  gateway.signal('SIGQUIT');
  await gateway.exit;
  assert.equal(exists('run/fastgate.pid'), false);
});

test('included files are merged in the order of their names, and read again', { timeout }, async (t) => {
  const fixed = (id) => JSON.stringify({ routes: [{ route_id: id, match_path: '/same', auth: 'none', respond: { status: 200, body: id } }] });
  const gateway = await startGateway(t, { include: ['conf.d/*.yaml'] },
    { files: { 'conf.d/20.yaml': fixed('twenty'), 'conf.d/10.yaml': fixed('ten') } });
  assert.equal((await send(t, gateway.port, get('/same'))).text, 'ten');
  fs.writeFileSync(gateway.file('conf.d/05.yaml'), fixed('five'));
  assert.match(await gateway.reload(), /configuration reloaded/);
  assert.equal((await send(t, gateway.port, get('/same'))).text, 'five');
  fs.writeFileSync(gateway.file('conf.d/06.yaml'), fixed('five'));   // the id is there twice
  assert.match(await gateway.reload(), /configuration rejected/);
  assert.ok(gateway.logs('06.yaml:').length > 0);
});

test('another share of the requests keeps the connections to the servers', { timeout }, async (t) => {
  const [a, b] = await startNamed(t, 'a', 'b');
  const gateway = await groupOf(t, [a, b], { group: {} });
  assert.deepEqual(await answers(t, gateway, 4), { a: 2, b: 2 });
  const share = (...servers) => gateway.reload({ ...current(gateway), upstreams: [{ name: 'group', servers }] });
  assert.match(await share({ host: a.host, weight: 3 }, { host: b.host }), /configuration reloaded/);
  assert.deepEqual(await answers(t, gateway, 8), { a: 6, b: 2 });
  assert.match(await share({ host: a.host, down: true }, { host: b.host }), /configuration reloaded/);
  assert.deepEqual(await answers(t, gateway, 2), { b: 2 });
  assert.match(await share({ host: a.host }, { host: b.host, backup: true }), /configuration reloaded/);
  assert.deepEqual(await answers(t, gateway, 2), { a: 2 });
  assert.deepEqual([a.connections.length, b.connections.length], [1, 1]);
});

test('a request in flight keeps the configuration it began with', { timeout }, async (t) => {
  const held = gate();
  const slow = await startUpstream(t, answering(async (asked, connection) => {
    await held.opened;
    await connection.answer('old');
  }));
  const next = await startUpstream(t, own('new'));
  const gateway = await gatewayTo(t, slow, { route: { add_response_headers: { 'X-Config': 'old' } } });
  const client = await connect(t, gateway.port);
  await client.write(get('/'));
  await slow.requestAt(0);
  await gateway.reload({ ...current(gateway), routes: [route(next.host, { add_response_headers: { 'X-Config': 'new' } })] });
  held.open();
  const first = await client.response();
  assert.deepEqual([first.text, first.header('x-config')], ['old', 'old']);
  const second = await client.request(get('/'));
  assert.deepEqual([second.text, second.header('x-config')], ['new', 'new']);
});

test('a stream goes on over a reload that takes its route away', { timeout }, async (t) => {
  const go = [gate(), gate()];
  const upstream = await startUpstream(t, async (connection) => {
    await connection.request();
    await connection.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n');
    await go[0].opened;
    await connection.write('3\r\ntwo\r\n0\r\n\r\n');
  });
  const gateway = await gatewayTo(t, upstream);
  const client = await connect(t, gateway.port);
  await client.write(get('/'));
  const answer = await client.head();
  const pieces = client.pieces(answer);
  assert.equal((await pieces.next()).value.toString(), 'one');
  assert.match(await gateway.reload({ ...current(gateway), routes: [] }), /configuration reloaded/);
  go[0].open();
  assert.equal((await pieces.next()).value.toString(), 'two');
  assert.equal((await pieces.next()).done, true);
  assert.equal((await client.request(get('/'))).status, 404);
});

test('a new listener is opened, an old one closed, by a reload', { timeout }, async (t) => {
  const gateway = await gatewayTo(t, await startUpstream(t));
  const config = current(gateway);
  config.server.listen.push('127.0.0.2:0');
  assert.match(await gateway.reload(config), /configuration reloaded/);
  const port = Number(/address=127\.0\.0\.2:(\d+)/.exec(await gateway.logLine('127.0.0.2:'))[1]);
  const late = await connect(t, port, { host: '127.0.0.2' });
  assert.equal((await late.request(get('/'))).status, 200);
  config.server.listen = ['127.0.0.2:0'];
  assert.match(await gateway.reload(config), /configuration reloaded/);
  assert.equal((await late.request(get('/'))).status, 200);
  await eventually(() => connect(t, gateway.port).then((client) => { client.destroy(); }, (error) => error.code === 'ECONNREFUSED'), 'the old one to be closed');
});

test('a listener that cannot be opened changes nothing', { timeout }, async (t) => {
  const upstream = await startUpstream(t, own('a'));
  const gateway = await gatewayTo(t, upstream);
  const config = current(gateway);
  config.server.listen.push(`127.0.0.1:${upstream.port}`);
  assert.match(await gateway.reload({ ...config, routes: [] }), /configuration rejected/);
  assert.equal((await send(t, gateway.port, get('/'))).text, 'a');
});
