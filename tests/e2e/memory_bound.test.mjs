// What fastgate-security(7) promises of memory: under each load of scripts/bench the process stays under 64 MiB.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import { Readable } from 'node:stream';
import test from 'node:test';
import { cleanup } from './support/cleanup.mjs';
import { gatewayTo, route, sanitized, startGateway } from './support/gateway.mjs';
import { bearer, newKey } from './support/keys.mjs';
import { connect, get, post } from './support/raw_client.mjs';
import { startHttpUpstream } from './support/upstream.mjs';

const timeout = 240_000;
const mebibyte = 1024 * 1024;
const bound = 64 * mebibyte;
const big = 64 * mebibyte;
const descriptors = Number(/^Max open files\s+\d+\s+(\d+)/m.exec(fs.readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? Infinity);
const most = Math.min(10_000, Math.floor(descriptors / 100) * 100 - 200);
const repeat = (count, make) => Promise.all(Array.from({ length: count }, (_, number) => make(number)));

function startBenchUpstream(t) {
  const block = Buffer.alloc(mebibyte, 'x');
  return startHttpUpstream(t, (asked, answer) => {
    asked.on('error', () => {});
    asked.resume().on('end', async () => {
      if (asked.url === '/big') {
        return Readable.from(Array(big / block.length).fill(block)).pipe(answer);
      }
      if (asked.url === '/events') {
        answer.writeHead(200, { 'Content-Type': 'text/event-stream' });
        for (let number = 0; number < 20; number++) {
          answer.write(`data: ${number}\n\n`);
          await new Promise((resolve) => { setTimeout(resolve, 10); });
        }
      } else if (asked.url === '/slow') {
        answer.writeHead(200, { 'Content-Type': 'text/event-stream' });
        return answer.write('data: 1\n\n');
      }
      return answer.end('x'.repeat(1024));
    });
  });
}

// `each` requests, one after the other, on each of `connections` connections.
async function ask(t, port, connections, each, texts) {
  await repeat(connections, async (number) => {
    const client = await connect(t, port);
    for (let round = 0; round < each; round++) {
      const answer = await client.request(texts(number * each + round));
      assert.equal(answer.status, 200);
    }
    client.destroy();
  });
}

// Bodies that are thrown away as they come, or made as they go.
function transfer(port, method, path, headers, size) {
  return new Promise((resolve, reject) => {
    const asked = http.request({ port, host: '127.0.0.1', method, path, headers }, (answer) => {
      assert.equal(answer.statusCode, 200);
      answer.on('data', () => {}).on('end', resolve).on('error', reject);
    });
    asked.on('error', reject);
    const block = Buffer.alloc(mebibyte, 'y');
    const pour = () => {
      for (; size > 0; size -= block.length) {
        if (!asked.write(block)) { size -= block.length; return asked.once('drain', pour); }
      }
      return asked.end();
    };
    pour();
  });
}

async function openAll(count, open) {
  const opened = [];
  while (opened.length < count) opened.push(...await repeat(Math.min(100, count - opened.length), open));
  return opened;
}

test(`under each load of scripts/bench, records and logs on, the process stays under ${bound / mebibyte} MiB`, { timeout, skip: sanitized }, async (t) => {
  const upstream = await startBenchUpstream(t);
  const keys = Array.from({ length: 1_000 }, () => newKey({ rate_limit: 1_000_000_000 }));
  const chat = (model) => JSON.stringify({ model, messages: [{ role: 'user', content: 'x'.repeat(900) }], stream: false });
  const gateway = await startGateway(t, {
    server: { workers: 2 },
    database: { sqlite_path: 'data/fastgate.db' },
    keys: keys.map(({ entry }) => entry),
    routes: [
      ...['a', 'b', 'c'].map((model) => route(upstream.host, { route_id: model, match_path: '/chat', auth: 'required', match_body_schema: { model },
        add_headers: { Authorization: 'Bearer upstream' }, priority: 1 })),
      route(upstream.host, { priority: 200, max_body_size: '1GiB' }),
    ],
  });
  let largest = 0;
  const look = () => { largest = Math.max(largest, gateway.memory()); };
  const timer = setInterval(look, 20);
  cleanup(t, () => clearInterval(timer));
  const { port } = gateway;
  const loads = {
    'kept-alive requests': () => ask(t, port, 50, 100, () => get('/')),
    '1,000 keys, routed by the body': () => ask(t, port, 50, 40, (number) => post('/chat', chat('abc'[number % 3]), { ...bearer(keys[number % 1_000]), 'Content-Type': 'application/json' })),
    'new connections': () => repeat(20, async () => { for (let round = 0; round < 50; round++) await ask(t, port, 1, 1, () => get('/')); }),
    'streams': () => ask(t, port, 200, 2, () => get('/events')),
    '64 MiB down': () => repeat(4, () => transfer(port, 'GET', '/big', {}, 0)),
    '64 MiB up': () => repeat(4, () => transfer(port, 'POST', '/sink', { 'Content-Length': big }, big)),
    'open streams': async () => {
      const clients = await openAll(Math.min(2_000, Math.floor(most / 4)), async () => {
        const client = await connect(t, port);
        await client.write(get('/slow'));
        await client.head();
        return client;
      });
      look();
      for (const client of clients) client.destroy();
    },
    'idle connections': async () => {
      const clients = await openAll(most, async () => {
        const client = await connect(t, port);
        assert.equal((await client.request(get('/'))).status, 200);
        return client;
      });
      look();
      for (const client of clients) client.destroy();
    },
  };
  for (const [name, load] of Object.entries(loads)) {
    largest = 0;
    await load();
    look();
    t.diagnostic(`${name}: ${(largest / mebibyte).toFixed(1)} MiB`);
    assert.ok(largest < bound, `${name}: ${largest} bytes`);
  }
});

test('10,000 routes, reloaded again and again, stay under 192 MiB', { timeout, skip: sanitized }, async (t) => {
  const upstream = await startBenchUpstream(t);
  const routes = Array.from({ length: 10_000 }, (_, number) => route(upstream.host, { route_id: `r${number}`, match_path: `/svc${number}/*` }));
  const gateway = await gatewayTo(t, upstream, { routes });
  let largest = 0;
  const timer = setInterval(() => { largest = Math.max(largest, gateway.memory()); }, 5);
  cleanup(t, () => clearInterval(timer));
  for (let round = 0; round < 5; round++) {
    assert.match(await gateway.reload(), /reloaded/);
    await ask(t, gateway.port, 4, 10, (number) => get(`/svc${number * 200}/x`));
  }
  t.diagnostic(`${(largest / mebibyte).toFixed(1)} MiB`);
  assert.ok(largest < 192 * mebibyte, `${largest} bytes`);
});
