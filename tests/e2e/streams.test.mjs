// Answers that go on for long: passed on at once, freed at once, never ended falsely.
import assert from 'node:assert/strict';
import test from 'node:test';
import { gatewayTo } from './support/gateway.mjs';
import { connect, get, post } from './support/raw_client.mjs';
import { gate, startUpstream } from './support/upstream.mjs';

const timeout = 20_000;
const event = (number) => `data: {"n": ${number}}\n\n`;
const chunk = (text) => `${text.length.toString(16)}\r\n${text}\r\n`;

const kinds = {
  'an event stream in chunks': ['Content-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n', chunk],
  'an event stream that ends with the connection': ['Content-Type: text/event-stream\r\n', (text) => text],
  'NDJSON in chunks': ['Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n', chunk],
  'plain text in chunks': ['Content-Type: text/plain\r\nTransfer-Encoding: chunked\r\n', chunk],
  'a body of known length': [`Content-Length: ${event(0).length * 5}\r\n`, (text) => text],
};

for (const [name, [headers, framed]] of Object.entries(kinds)) {
  test(`${name}: each piece arrives before the next is sent`, { timeout }, async (t) => {
    const gates = Array.from({ length: 6 }, gate);
    const upstream = await startUpstream(t, async (connection) => {
      await connection.request();
      await connection.write(`HTTP/1.1 200 OK\r\n${headers}\r\n`);
      for (let number = 0; number < 5; number++) {
        await gates[number].opened;
        await connection.write(framed(event(number)));
      }
      await gates[5].opened;
      if (framed === chunk) await connection.write('0\r\n\r\n');
      else if (!headers.includes('Length')) connection.end();
    });
    const gateway = await gatewayTo(t, upstream);
    const client = await connect(t, gateway.port);
    await client.write(get('/'));
    const answer = await client.head();   // the head comes before the first piece does
    const pieces = client.pieces(answer);
    for (let number = 0; number < 5; number++) {
      gates[number].open();
      assert.equal((await pieces.next()).value.toString(), event(number));
    }
    gates[5].open();
    assert.equal((await pieces.next()).done, true);
  });
}

test('a request body streams too: the upstream sees each piece before the next is sent', { timeout }, async (t) => {
  const upstream = await startUpstream(t, async (connection) => {
    const asked = await connection.head();
    await connection.body(asked);
    await connection.answer(asked.body);
  });
  const gateway = await gatewayTo(t, upstream);
  const client = await connect(t, gateway.port);
  await client.write('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n');
  const connection = await upstream.connectionAt(0);
  for (const text of ['first', 'second', 'third']) {
    await client.write(chunk(text));
    while (!connection.text.includes(text)) await connection.source.change();
  }
  await client.write('0\r\n\r\n');
  assert.equal((await client.response()).text, 'firstsecondthird');
});

for (const how of ['end', 'reset', 'destroy']) {
  test(`a client that leaves a stream (${how}) frees the upstream, an idle one too`, { timeout }, async (t) => {
    const upstream = await startUpstream(t, async (connection) => {
      await connection.request();
      await connection.write(`HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n${chunk(event(0))}`);
      await connection.closed();
      connection.sawClose = true;
    });
    const gateway = await gatewayTo(t, upstream);
    const client = await connect(t, gateway.port, { allowHalfOpen: false });
    await client.write(get('/'));
    const answer = await client.head();
    await client.pieces(answer).next();
    client[how]();
    await (await upstream.connectionAt(0)).closed();
  });
}

test('a client that leaves before the answer frees the upstream', { timeout }, async (t) => {
  const upstream = await startUpstream(t, async (connection) => {
    await connection.request();
    await connection.closed();
  });
  const gateway = await gatewayTo(t, upstream);
  const client = await connect(t, gateway.port);
  await client.write(get('/'));
  await upstream.requestAt(0);
  client.reset();
  await upstream.connections[0].closed();
});

test('a client that leaves inside its request body frees the upstream', { timeout }, async (t) => {
  const upstream = await startUpstream(t, async (connection) => {
    await connection.head();
    await connection.closed();
  });
  const gateway = await gatewayTo(t, upstream);
  const client = await connect(t, gateway.port);
  await client.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\npart');
  await upstream.requestAt(0);
  client.reset();
  await upstream.connections[0].closed();
  assert.equal(upstream.connections.length, 1);
});

const broken = {
  'chunked, closed between chunks': ['Transfer-Encoding: chunked\r\n', chunk(event(0)), 'end'],
  'chunked, closed inside a chunk': ['Transfer-Encoding: chunked\r\n', '40\r\nhalf', 'end'],
  'chunked, closed before the last empty line': ['Transfer-Encoding: chunked\r\n', `${chunk(event(0))}0\r\n`, 'end'],
  'chunked, reset': ['Transfer-Encoding: chunked\r\n', chunk(event(0)), 'reset'],
  'of known length, cut short': ['Content-Length: 1000\r\n', 'half', 'end'],
  'of known length, reset': ['Content-Length: 1000\r\n', 'half', 'reset'],
  'that ends with the connection, reset': ['', 'half', 'reset'],
};
for (const [name, [headers, body, how]] of Object.entries(broken)) {
  test(`an answer ${name}, reaches the client visibly broken`, { timeout }, async (t) => {
    const proceed = gate();
    const upstream = await startUpstream(t, async (connection) => {
      await connection.request();
      await connection.write(`HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n${headers}\r\n${body}`);
      await proceed.opened;
      connection[how]();
    });
    const gateway = await gatewayTo(t, upstream);
    const client = await connect(t, gateway.port);
    await client.write(get('/'));
    const answer = await client.head();
    assert.equal(answer.status, 200);
    proceed.open();
    await assert.rejects(async () => { for await (const piece of client.pieces(answer)) void piece; }, /connection (end|reset)|reset inside/);
  });
}

test('the silence inside a stream is bounded by `timeout`, and the cut is visible', { timeout }, async (t) => {
  const upstream = await startUpstream(t, async (connection) => {
    await connection.request();
    await connection.write(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunk(event(0))}`);
    await connection.closed();
  });
  const gateway = await gatewayTo(t, upstream, { route: { timeout: '300ms' } });
  const client = await connect(t, gateway.port);
  await client.write(get('/'));
  const answer = await client.head();
  await assert.rejects(async () => { for await (const piece of client.pieces(answer)) void piece; }, /connection (end|reset)/);
  await upstream.connections[0].closed();
});

test('a hundred streams at once, all in step', { timeout: 60_000 }, async (t) => {
  const rounds = Array.from({ length: 5 }, gate);
  const upstream = await startUpstream(t, async (connection) => {
    await connection.request();
    await connection.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n');
    for (const [number, round] of rounds.entries()) {
      await round.opened;
      await connection.write(chunk(event(number)));
    }
    await connection.write('0\r\n\r\n');
  });
  const gateway = await gatewayTo(t, upstream, { server: { workers: 2 } });
  const streams = await Promise.all(Array.from({ length: 100 }, async () => {
    const client = await connect(t, gateway.port);
    await client.write(post('/', '{"stream": true}'));
    return client.pieces(await client.head());
  }));
  for (const [number, round] of rounds.entries()) {
    round.open();
    for (const stream of streams) assert.equal((await stream.next()).value.toString(), event(number));
  }
  for (const stream of streams) assert.equal((await stream.next()).done, true);
});
