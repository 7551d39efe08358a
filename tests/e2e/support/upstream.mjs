// Fake upstreams. startUpstream: bare sockets and a script for each connection, for every kind of
// misbehaviour. startHttpUpstream: Node's own server, for clients that only need a good one.
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { cleanup } from './cleanup.mjs';
import { ByteSource, readBody, readRequestHead } from './http1.mjs';

// A door that a test opens: `await gate.opened` inside a script, `gate.open()` in the test.
export function gate() {
  let open;
  const opened = new Promise((resolve) => { open = resolve; });
  return { open, opened };
}

class UpstreamConnection {
  constructor(socket, number, upstream) {
    this.socket = socket;
    this.number = number;
    this.upstream = upstream;
    this.source = new ByteSource(socket);
    this.received = [];
    socket.on('data', (bytes) => this.received.push(bytes));
  }

  // Every byte that came, as text.
  get text() {
    return Buffer.concat(this.received).toString('latin1');
  }

  // The next request, body and all; rejects when the connection ends first.
  async request() {
    const message = await this.head();
    return readBody(this.source, message);
  }

  // The head of the next request; its body is read by body().
  async head() {
    const message = await readRequestHead(this.source);
    message.connection = this;
    this.upstream.requests.push(message);
    this.upstream.notify();
    return message;
  }

  body(message) {
    return readBody(this.source, message);
  }

  write(bytes) {
    return new Promise((resolve) => this.socket.write(bytes, typeof bytes === 'string' ? 'latin1' : undefined, resolve));
  }

  // Answers 200 with a body of known length.
  answer(body = 'ok', headers = '') {
    return this.write(`HTTP/1.1 200 OK\r\n${headers}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  }

  end() {
    this.socket.end();
  }

  reset() {
    this.socket.resetAndDestroy();
  }

  // `end` or `reset`, once the gateway is gone.
  closed() {
    return this.source.closed();
  }
}

class Upstream {
  constructor(server) {
    this.server = server;
    this.port = server.address().port;
    this.host = `127.0.0.1:${this.port}`;
    this.connections = [];
    this.requests = [];
    this.errors = [];
    this.waiting = [];
  }

  notify() {
    for (const resolve of this.waiting.splice(0)) resolve();
  }

  async until(condition) {
    while (!condition()) await new Promise((resolve) => this.waiting.push(resolve));
  }

  // The request of this number (from 0), once its head is there.
  async requestAt(index) {
    await this.until(() => this.requests.length > index);
    return this.requests[index];
  }

  async connectionAt(index) {
    await this.until(() => this.connections.length > index);
    return this.connections[index];
  }

  // Everything that was received, over all connections.
  get text() {
    return this.connections.map((connection) => connection.text).join('');
  }
}

// Answers every request of a connection by `respond(request, connection)` until the connection ends.
export function answering(respond = (request, connection) => connection.answer()) {
  return async (connection) => {
    for (;;) await respond(await connection.request(), connection);
  };
}

// `script(connection)` runs for each connection. Errors of a script but a lost connection fail the test.
export async function startUpstream(t, script = answering()) {
  const server = net.createServer({ allowHalfOpen: true, noDelay: true });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const upstream = new Upstream(server);
  server.on('connection', (socket) => {
    const connection = new UpstreamConnection(socket, upstream.connections.length, upstream);
    upstream.connections.push(connection);
    upstream.notify();
    Promise.resolve(script(connection)).catch((error) => {
      if (error.constructor.name !== 'ConnectionLost') upstream.errors.push(error);
      else if (!socket.destroyed) socket.end();
    });
    // The gateway closed its side: nothing more can be asked.
    socket.on('end', () => { if (!connection.keepsHalfOpen) socket.end(); });
  });
  cleanup(t, () => {
    for (const { socket } of upstream.connections) socket.destroy();
    server.close();
    if (upstream.errors.length) throw upstream.errors[0];
  });
  return upstream;
}

export async function startHttpUpstream(t, listener, tls) {
  const server = tls ? https.createServer(tls, listener) : http.createServer(listener);
  server.keepAliveTimeout = 60_000;
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanup(t, () => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address();
  return { server, port, host: `127.0.0.1:${port}` };
}

// A port on which nobody listens.
export async function deadPort() {
  const server = net.createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
