// Connections to upstreams: kept, shared, and given up without harm when the upstream ends them.
import assert from 'node:assert/strict';
import test from 'node:test';
import { gatewayTo, startGateway } from './support/gateway.mjs';
import { connect, get, post, send } from './support/raw_client.mjs';
import { answering, gate, startUpstream } from './support/upstream.mjs';

const timeout = 20_000;

test('clients share kept connections, one after the other', { timeout }, async (t) => {
  const upstream = await startUpstream(t);
  const gateway = await gatewayTo(t, upstream);
  for (let round = 0; round < 20; round++) assert.equal((await send(t, gateway.port, get('/'))).status, 200);
  assert.equal(upstream.connections.length, 1);
});

test('requests at the same time have connections of their own', { timeout }, async (t) => {
  const all = gate();
  const upstream = await startUpstream(t, answering(async (asked, connection) => {
    await all.opened;
    await connection.answer(asked.target);
  }));
  const gateway = await gatewayTo(t, upstream);
  const answers = Array.from({ length: 10 }, (_, number) => send(t, gateway.port, get(`/${number}`)));
  await upstream.requestAt(9);
  assert.equal(upstream.connections.length, 10);
  all.open();
  assert.deepEqual((await Promise.all(answers)).map(({ text }) => text), Array.from({ length: 10 }, (_, number) => `/${number}`));
});

for (const how of ['end', 'reset']) {
  for (const [name, text] of [['GET', get('/')], ['POST', post('/', 'body')]]) {
    test(`an idle connection that the upstream closed (${how}) is no error of the next ${name}`, { timeout }, async (t) => {
      const upstream = await startUpstream(t, answering((asked, connection) => connection.answer(`${connection.number}`)));
      const gateway = await gatewayTo(t, upstream);
      const client = await connect(t, gateway.port);
      for (let round = 0; round < 10; round++) {
        const answer = await client.request(text);
        assert.equal(answer.status, 200);
        assert.equal(answer.text, String(round));
        const connection = upstream.connections[round];
        connection[how]();
        if (how === 'end') await connection.closed();   // the gateway has seen it and answered with its own end
        else await new Promise((resolve) => { connection.socket.destroyed && connection.socket.closed ? resolve() : connection.socket.once('close', resolve); });
      }
      assert.equal(upstream.requests.length, 10);
    });
  }
}

test('a GET that meets a connection closed under it is sent again', { timeout }, async (t) => {
  const upstream = await startUpstream(t, async (connection) => {
    await connection.request();
    await connection.answer(`${connection.number}`);
    await connection.head();       // the next request on a kept connection: closed without an answer
    connection.end();
  });
  const gateway = await gatewayTo(t, upstream);
  const client = await connect(t, gateway.port);
  assert.equal((await client.request(get('/'))).text, '0');
  assert.equal((await client.request(get('/'))).text, '1');
});

test('a POST that meets a connection closed under it after it was taken is 502, and sent once', { timeout }, async (t) => {
  const upstream = await startUpstream(t, async (connection) => {
    await connection.request();
    await connection.answer('first');
    await connection.request();
    connection.end();
  });
  const gateway = await gatewayTo(t, upstream);
  const client = await connect(t, gateway.port);
  assert.equal((await client.request(post('/', 'a'))).text, 'first');
  assert.equal((await client.request(post('/', 'b'))).status, 502);
  assert.equal(upstream.requests.filter((asked) => asked.text === 'b').length, 1);
});

test('bytes on an idle connection make it unusable', { timeout }, async (t) => {
  const upstream = await startUpstream(t, answering((asked, connection) => connection.answer(`${connection.number}`)));
  const gateway = await gatewayTo(t, upstream);
  const client = await connect(t, gateway.port);
  assert.equal((await client.request(get('/'))).text, '0');
  await upstream.connections[0].write('HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nstranger');
  await upstream.connections[0].closed();
  assert.equal((await client.request(get('/'))).text, '1');
});

test('Connection: close of the upstream is obeyed', { timeout }, async (t) => {
  const upstream = await startUpstream(t, answering((asked, connection) => connection.answer('x', 'Connection: close\r\n')));
  const gateway = await gatewayTo(t, upstream);
  for (let round = 0; round < 3; round++) assert.equal((await send(t, gateway.port, get('/'))).status, 200);
  assert.equal(upstream.connections.length, 3);
});

test('a server that cannot be reached gives way to another of its group, for POST too', { timeout }, async (t) => {
  const upstream = await startUpstream(t);
  const gateway = await startGateway(t, {
    upstreams: [{ name: 'pair', servers: [{ host: '127.0.0.1:9' }, { host: upstream.host }] }],
    routes: [{ match_path: '/*', auth: 'none', upstream: 'pair' }],
  });
  for (let round = 0; round < 6; round++) assert.equal((await send(t, gateway.port, post('/', 'body'))).status, 200);
  assert.equal(upstream.requests.length, 6);
});

test('a route that cannot be reached gives way to the next that matches', { timeout }, async (t) => {
  const upstream = await startUpstream(t);
  const routes = [
    { route_id: 'first', match_path: '/*', auth: 'none', target_host: '127.0.0.1:9', priority: 1 },
    { route_id: 'second', match_path: '/*', auth: 'none', target_host: upstream.host, priority: 2 },
  ];
  const gateway = await startGateway(t, { routes });
  assert.equal((await send(t, gateway.port, get('/'))).status, 200);
  const strict = await startGateway(t, { routes, proxy: { failover: false } });
  assert.equal((await send(t, strict.port, get('/'))).status, 502);
});
