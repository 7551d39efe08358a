// Event streams that answer 200 and then an error before any content: held back, and taken elsewhere.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { configOf, route, run, startGateway, tempFolder } from './support/gateway.mjs';
import { connect, post } from './support/raw_client.mjs';
import { gate, startUpstream } from './support/upstream.mjs';

const timeout = 30_000;
const json = { 'Content-Type': 'application/json' };
const body = '{"model": "m", "stream": true,  "n": 1e0}';
const event = (data) => `data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`;
const role = event({ choices: [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }] });
const word = (text) => event({ choices: [{ index: 0, delta: { content: text } }] });
const failure = event({ error: { message: 'out of memory', type: 'server_error', code: 500 } });

// Answers every request with these pieces as chunks of an event stream, then ends it.
const streaming = (...pieces) => async (connection) => {
  for (;;) {
    await connection.request();
    await connection.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n');
    for (const piece of pieces) {
      const text = typeof piece === 'function' ? await piece(connection) : piece;
      if (text) await connection.write(`${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`);
    }
    await connection.write('0\r\n\r\n');
  }
};

const routes = (hosts, fields = {}) => hosts.map((host, index) => route(host, { route_id: `r${index}`, priority: index + 1, ...fields }));
const preamble = { bytes: '8KiB', time: '1m' };

async function ask(t, gateway) {
  const client = await connect(t, gateway.port);
  const answer = await client.request(post('/v1/chat/completions?a=b', body, json));
  client.destroy();
  return answer;
}

for (const [name, bad] of Object.entries({
  'with an error event': [': ping\n\n', role, failure],
  'with an error event in one piece with the rest': [role + failure + event('[DONE]')],
  'with nothing but a role, and breaks': [role, (connection) => { connection.reset(); return ''; }],
})) {
  for (const where of ['route', 'group']) {
    test(`a stream that begins ${name} is taken to the next server of the ${where}`, { timeout }, async (t) => {
      const first = await startUpstream(t, streaming(...bad));
      const second = await startUpstream(t, streaming(role, word('Hello'), event('[DONE]')));
      const gateway = await startGateway(t, where === 'route' ? { routes: routes([first.host, second.host]), proxy: { failover_preamble: preamble } } : {
        upstreams: [{ name: 'g', servers: [{ host: first.host }, { host: second.host }] }],
        routes: [{ ...route('', { upstream: 'g', failover_preamble: preamble }), target_host: undefined }],
      });
      const answer = await ask(t, gateway);
      assert.equal(answer.status, 200);
      assert.equal(answer.text, role + word('Hello') + event('[DONE]'), 'the second answer, byte for byte, and nothing of the first');
      assert.equal(first.requests.length, 1);
      assert.deepEqual([second.requests[0].method, second.requests[0].target, second.requests[0].text], ['POST', '/v1/chat/completions?a=b', body]);
    });
  }
}

test('off by default: the error is the client\'s', { timeout }, async (t) => {
  const first = await startUpstream(t, streaming(role, failure));
  const second = await startUpstream(t, streaming(word('Hello')));
  const gateway = await startGateway(t, { routes: routes([first.host, second.host]) });
  assert.equal((await ask(t, gateway)).text, role + failure);
  assert.equal(second.connections.length, 0);
});

test('a route may switch it off, or on for itself', { timeout }, async (t) => {
  const first = await startUpstream(t, streaming(failure));
  const second = await startUpstream(t, streaming(word('Hello')));
  const off = await startGateway(t, { proxy: { failover_preamble: preamble }, routes: routes([first.host, second.host], { failover_preamble: 'off' }) });
  assert.equal((await ask(t, off)).text, failure);
  const on = await startGateway(t, { routes: routes([first.host, second.host], { failover_preamble: preamble }) });
  assert.equal((await ask(t, on)).text, word('Hello'));
});

test('content ends the holding back: what was held comes with it, all further events at once', { timeout }, async (t) => {
  const more = gate();
  const first = await startUpstream(t, streaming(': hi\n\n', role, word('Hello'), async () => { await more.opened; return failure; }));
  const second = await startUpstream(t, streaming(word('never')));
  const gateway = await startGateway(t, { routes: routes([first.host, second.host]), proxy: { failover_preamble: preamble } });
  const client = await connect(t, gateway.port);
  await client.write(post('/', body, json));
  const answer = await client.head();
  let text = '';
  for await (const piece of client.pieces(answer)) {
    text += piece;
    if (text === `: hi\n\n${role}${word('Hello')}`) more.open();
  }
  assert.equal(text, `: hi\n\n${role}${word('Hello')}${failure}`);
  assert.equal(second.connections.length, 0);
});

for (const [what, bounds, filler] of [['bytes', { bytes: 100, time: '1m' }, `: ${'x'.repeat(100)}\n\n`], ['time', { bytes: '8KiB', time: '50ms' }, ': x\n\n']]) {
  test(`the bound in ${what} ends the holding back`, { timeout }, async (t) => {
    const more = gate();
    const first = await startUpstream(t, streaming(filler, async () => { await more.opened; return failure; }));
    const second = await startUpstream(t, streaming(word('never')));
    const gateway = await startGateway(t, { routes: routes([first.host, second.host]), proxy: { failover_preamble: bounds } });
    const client = await connect(t, gateway.port);
    await client.write(post('/', body, json));
    const answer = await client.head();
    more.open();   // only once the client has the head
    let text = '';
    for await (const piece of client.pieces(answer)) text += piece;
    assert.equal(text, filler + failure);
    assert.equal(second.connections.length, 0);
  });
}

test('when all begin with an error, the last one\'s words are passed on', { timeout }, async (t) => {
  const words = ['one', 'two', 'three'].map((error) => event({ error }));
  const servers = await Promise.all(words.map((text) => startUpstream(t, streaming(text))));
  const gateway = await startGateway(t, { routes: routes(servers.map(({ host }) => host)), proxy: { failover_preamble: preamble } });
  const answer = await ask(t, gateway);
  assert.deepEqual([answer.status, answer.text], [200, words[2]]);
});

test('-T prints it, explain tells it, and what is wrong with it has its place', { timeout }, (t) => {
  const folder = tempFolder(t);
  const command = (config, ...args) => {
    fs.writeFileSync(path.join(folder, 'fastgate.yaml'), JSON.stringify(configOf(config), null, 1));
    return run(['-c', path.join(folder, 'fastgate.yaml'), '-p', folder, ...args]);
  };
  const good = { proxy: { failover_preamble: { time: 3 } }, routes: routes(['a', 'b'], { failover_preamble: { bytes: 10_000 } }) };
  assert.match(command(good, '-T').stdout, /\n {2}failover_preamble:\n {4}bytes: 16KiB\n {4}time: 3s\n[^]*\n {4}failover_preamble:\n {6}bytes: 10000\n {6}time: 2s\n/);
  assert.match(command({ routes: routes(['a']) }, '-T').stdout, /\n {2}failover_preamble: "?off"?\n/);
  assert.match(command(good, 'explain', 'GET', '/').stdout, /held back: an event stream's beginning, up to 10000 or 2s\n/);
  assert.deepEqual(JSON.parse(command(good, 'explain', 'GET', '/', '--json').stdout).failover_preamble, { bytes: 10_000, time_ms: 2000 });
  for (const wrong of [true, 'sometimes', 5, { bytes: 0 }, { bytes: '1GiB' }, { time: 0 }, { size: 1 }, []]) {
    const done = command({ proxy: { failover_preamble: wrong }, routes: routes(['a']) }, '-t');
    assert.equal(done.code, 1, JSON.stringify(wrong));
    assert.match(done.output, /fastgate\.yaml:\d+:\d+: .*(failover_preamble|bytes|time|size)/);
  }
});
