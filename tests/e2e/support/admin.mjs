// The admin API as a client sees it.
import http from 'node:http';
import { startGateway } from './gateway.mjs';

export class Admin {
  // `headers` go with every call.
  constructor(port, headers = {}) {
    this.port = port;
    this.headers = headers;
    this.agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
  }

  // Objects are sent as JSON, texts as they are.
  call(method, path, body, headers = {}) {
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const type = body === undefined ? {} : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) };
    return new Promise((resolve, reject) => {
      const request = http.request({
        port: this.port, host: '127.0.0.1', method, path: `/admin${path}`, agent: this.agent,
        headers: { ...type, ...this.headers, ...headers },
      }, (answer) => {
        const pieces = [];
        answer.on('data', (piece) => pieces.push(piece));
        answer.on('error', reject);
        answer.on('end', () => {
          const got = { status: answer.statusCode, headers: answer.headers, text: Buffer.concat(pieces).toString() };
          if (/^application\/json/.test(answer.headers['content-type'] ?? '')) got.json = JSON.parse(got.text);
          resolve(got);
        });
      });
      request.on('error', reject);
      request.end(text);
    });
  }

  get(path, headers) { return this.call('GET', path, undefined, headers); }
  post(path, body, headers) { return this.call('POST', path, body, headers); }
  put(path, body, headers) { return this.call('PUT', path, body, headers); }
  delete(path, headers) { return this.call('DELETE', path, undefined, headers); }
}

// A gateway whose admin API is open to this machine, and that API.
export async function startAdmin(t, config = {}, options = {}) {
  const gateway = await startGateway(t, { admin: { auth: 'none' }, include: ['conf.d/*.yaml'], ...config }, options);
  gateway.admin = new Admin(gateway.port);
  return gateway;
}

// A route that answers by itself with its name.
export const fixed = (name, path = `/${name}`) => ({ route_name: name, match_path: path, auth: 'none', respond: { status: 200, body: name } });
