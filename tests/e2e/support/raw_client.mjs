// A client over a bare socket: sends any bytes in any pieces, reads answers strictly, and tells a clean end
// from a broken one.
import net from 'node:net';
import { cleanup } from './cleanup.mjs';
import { ByteSource, bodyPieces, readBody, readResponseHead } from './http1.mjs';

class RawClient {
  constructor(socket) {
    this.socket = socket;
    this.source = new ByteSource(socket);
  }

  // Resolves once the kernel took the bytes; an error shows in what is read next.
  write(bytes) {
    return new Promise((resolve) => this.socket.write(bytes, typeof bytes === 'string' ? 'latin1' : undefined, resolve));
  }

  // Each piece leaves as a segment of its own.
  async writePieces(pieces) {
    for (const piece of pieces) {
      await this.write(piece);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  // The next final answer, body and all. Interim ones are left in `answer.interim`.
  async response(method = 'GET') {
    const answer = await this.head(method);
    return readBody(this.source, answer);
  }

  // The head of the next final answer; read its body by pieces().
  async head(method = 'GET') {
    const interim = [];
    for (;;) {
      const answer = await readResponseHead(this.source, method);
      if (answer.status >= 200 || answer.status === 101) return Object.assign(answer, { interim });
      interim.push(answer);
    }
  }

  // One interim answer, such as 100.
  interim() {
    return readResponseHead(this.source);
  }

  pieces(answer) {
    return bodyPieces(this.source, answer);
  }

  async request(text, method = /^[A-Z]+/.exec(text)?.[0] ?? 'GET') {
    await this.write(text);
    return this.response(method);
  }

  // `end` or `reset`, once the other side is gone.
  closed() {
    return this.source.closed();
  }

  end() {
    this.socket.end();
  }

  reset() {
    this.socket.resetAndDestroy();
  }

  destroy() {
    this.socket.destroy();
  }
}

// Connects to the gateway; the socket goes with the test `t`.
export function connect(t, port, options = {}) {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true, ...options });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      const client = new RawClient(socket);
      cleanup(t, () => client.destroy());
      resolve(client);
    });
  });
}

// A request as text: `get('/x', {'X-A': '1'})`.
export function request(method, target, headers = {}, body = '') {
  const fields = { Host: 'gateway.test', ...headers };
  if (body && !('Transfer-Encoding' in fields) && !('Content-Length' in fields)) fields['Content-Length'] = Buffer.byteLength(body);
  const lines = Object.entries(fields).flatMap(([name, value]) => [value].flat().map((one) => `${name}: ${one}\r\n`));
  return `${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n${body}`;
}

export const get = (target, headers) => request('GET', target, headers);
export const post = (target, body, headers) => request('POST', target, headers, body);

// One request on a connection of its own.
export async function send(t, port, text, method) {
  const client = await connect(t, port);
  const answer = await client.request(text, method);
  client.destroy();
  return answer;
}
