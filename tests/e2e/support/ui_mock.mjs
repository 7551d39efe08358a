// A stand-in for the gateway's admin API: the built pages with the real security policy, and the JSON
// that the pages read, from a made-up world that writes change.
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { cleanup } from './cleanup.mjs';
import { binary } from './gateway.mjs';
import { hostile, makeKeys, makeMetrics, makePeriods, makeRecord, makeRoutes, makeStatus, withCaptures } from './ui_world.mjs';

// Where the build leaves what it embeds.
const assets = path.resolve(path.dirname(binary), '../admin/ui');

export const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml', '.txt': 'text/plain; charset=utf-8' };
const minute = 60_000;

class Refusal extends Error {
  constructor(status, detail, more = {}) {
    super(detail);
    this.status = status;
    this.more = more;
  }
}

class MockAdmin {
  constructor({ adminPath = '/admin', role = 'admin', token = 'secret-token' } = {}) {
    Object.assign(this, { adminPath, role, token });
    this.now = Date.now();
    this.routes = makeRoutes();
    this.keys = makeKeys(this.now);
    this.versions = new Map();
    this.sessions = new Set();
    this.history = [{ id: 1, time: new Date(this.now - 3_600_000).toISOString(), actor: 'admin', source: 'api', ip_address: '127.0.0.1', summary: `update route ${hostile}`, diff: '--- a/conf.d/admin.yaml\n+++ b/conf.d/admin.yaml\n@@ -3,2 +3,2 @@\n-    priority: 60\n+    priority: 40\n', files: ['conf.d/admin.yaml'] }];
    this.recordCount = 240;
    // Set by a test: what the record of one request tells otherwise.
    this.recordChanges = {};
    // Set by a test: what all records tell otherwise; which periods had requests.
    this.allRecordChanges = {};
    this.hadRequests = () => true;
    // Set by a test: the text that a route is told as.
    this.rawRoute = null;
    // Set by a test: what the status tells otherwise.
    this.statusChanges = {};
    this.calls = [];
    // What sessions that are opened or asked for are told from now on, and writes must carry.
    this.csrfToken = 'csrf';
    // Set by a test: a status that each call but the session's own is refused with, or that writes are.
    this.refuseWith = null;
    this.refuseWritesWith = null;
  }

  listen() {
    this.server = http.createServer((request, response) => this.#serve(request, response));
    return new Promise((resolve) => {
      this.server.listen(0, '127.0.0.1', () => {
        this.port = this.server.address().port;
        this.url = `http://127.0.0.1:${this.port}${this.adminPath}/ui/`;
        resolve(this);
      });
    });
  }

  close() {
    this.server.closeAllConnections();
    return new Promise((resolve) => { this.server.close(resolve); });
  }

  etag(id) {
    return `"v${this.versions.get(id) ?? 1}"`;
  }

  // As if somebody else had changed it.
  touch(id) {
    this.versions.set(id, (this.versions.get(id) ?? 1) + 1);
  }

  async #serve(request, response) {
    const url = new URL(request.url, 'http://mock');
    const send = (status, body, headers = {}) => {
      response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    };
    if (!url.pathname.startsWith(`${this.adminPath}/`)) return send(404, { detail: 'no route' });
    const rest = url.pathname.slice(this.adminPath.length + 1);
    if (rest.startsWith('ui/')) return this.#asset(rest.slice(3) || 'index.html', response);
    try {
      const chunks = [];
      for await (const chunk of request) chunks.push(chunk);
      const text = Buffer.concat(chunks).toString();
      const call = { method: request.method, path: rest, query: Object.fromEntries(url.searchParams), headers: request.headers, text };
      this.calls.push(call);
      const [status, body, headers] = this.#answer(call);
      return send(status, body, headers);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return send(error.status, { detail: error.message, error: { message: error.message, type: 'invalid_request_error', code: { 403: 'forbidden', 409: 'conflict' }[error.status] ?? 'refused' }, request_id: 'req_mock', ...error.more });
    }
  }

  #asset(name, response) {
    const file = path.join(assets, path.basename(name));
    if (!fs.existsSync(file)) { response.writeHead(404).end(); return; }
    response.writeHead(200, { 'Content-Type': types[path.extname(file)], 'Content-Security-Policy': policy, 'X-Content-Type-Options': 'nosniff' });
    response.end(fs.readFileSync(file));
  }

  #answer(call) {
    const cookie = /fastgate_session=(\w+)/.exec(call.headers.cookie ?? '')?.[1];
    if (call.path === 'session') return this.#session(call, cookie);
    if (!this.sessions.has(cookie)) throw new Refusal(401, 'no token, or a wrong one');
    if (call.method !== 'GET' && call.headers['x-csrf-token'] !== this.csrfToken) throw new Refusal(403, 'the CSRF token is missing', { error: { message: 'the CSRF token is missing', type: 'permission_error', code: 'csrf_token' } });
    if (this.refuseWritesWith && call.method !== 'GET' && call.path !== 'reload') throw new Refusal(this.refuseWritesWith, 'refused by the test');
    if (this.refuseWith) throw new Refusal(this.refuseWith, 'refused by the test');
    const [kind, ...parts] = call.path.split('/').map(decodeURIComponent);
    const found = {
      status: () => [200, { ...makeStatus(this.now), ...this.statusChanges }],
      metrics: () => this.#metrics(call, parts),
      logs: () => this.#logs(call, parts),
      routes: () => this.#routes(call, parts),
      keys: () => this.#keys(call, parts),
      config: () => this.#config(call, parts),
      tokens: () => [200, { items: [{ name: 'admin', role: 'admin' }, { name: 'dashboard', role: 'viewer' }], total: 2 }],
      reload: () => [200, { ok: true, generation: 15, errors: [] }],
      explain: () => this.#explain(JSON.parse(call.text)),
    }[kind];
    if (!found) throw new Refusal(404, 'no such call');
    return found();
  }

  #session(call, cookie) {
    const body = { name: 'admin', role: this.role, csrf_token: this.csrfToken };
    if (call.method === 'POST') {
      if (JSON.parse(call.text).token !== this.token) throw new Refusal(401, 'wrong token');
      const id = `s${this.sessions.size + 1}`;
      this.sessions.add(id);
      return [200, body, { 'Set-Cookie': `fastgate_session=${id}; HttpOnly; SameSite=Strict; Path=${this.adminPath}` }];
    }
    if (call.method === 'DELETE') { this.sessions.delete(cookie); return [200, {}]; }
    if (!this.sessions.has(cookie)) throw new Refusal(401, 'no session');
    return [200, body];
  }

  #metrics({ query }, [kind]) {
    const quiet = { total_requests: 0, total_errors: 0, avg_response_time: 0, p95_response_time: 0 };
    const list = (count, length) => { const items = makePeriods(this.now, count, length).map((period, index) => (this.hadRequests(index) ? period : { ...period, ...quiet })); return [200, { items, total: items.length }]; };
    if (kind === 'minutely') return list(Number(query.minutes ?? 60), minute);
    if (kind === 'hourly') return list(Number(query.hours ?? 24), 60 * minute);
    if (kind === 'daily') return list(Number(query.days ?? 7), 1440 * minute);
    return [200, makeMetrics(this.routes, this.keys)];
  }

  #logs({ query }, [id]) {
    if (id === 'export') return [200, 'method,path\r\n', { 'Content-Type': 'text/csv', 'Content-Disposition': 'attachment; filename="logs.csv"' }];
    const make = (index) => ({ ...makeRecord(index, this.now - (this.recordCount - index) * 1700), ...this.allRecordChanges });
    if (id) {
      const index = Number(id.slice(4));
      if (!(index >= 0 && index < this.recordCount)) throw new Refusal(404, 'no such record');
      return [200, { ...withCaptures(make(index)), ...this.recordChanges }];
    }
    const all = Array.from({ length: this.recordCount }, (_, index) => make(this.recordCount - 1 - index)).filter((record) =>
      (!query.status_code || String(record.status_code) === query.status_code || `${Math.floor(record.status_code / 100)}xx` === query.status_code)
      && (!query.route_id || record.route_id === query.route_id)
      && (!query.method || record.method === query.method)
      && (!query.path || record.path === query.path || (query.path.endsWith('*') && record.path.startsWith(query.path.slice(0, -1)))));
    const from = Number(query.cursor ?? 0);
    const to = from + Number(query.limit ?? 50);
    return [200, { items: all.slice(from, to), next_cursor: to < all.length ? String(to) : null }];
  }

  #checkMatch(call, id) {
    const wanted = call.headers['if-match'];
    if (wanted && wanted !== this.etag(id)) throw new Refusal(412, 'the entry was changed since');
  }

  #change(call, list, idName, entry, summary, status = 200) {
    const id = entry[idName];
    const diff = `--- a/conf.d/admin.yaml\n+++ b/conf.d/admin.yaml\n@@ -3,2 +3,3 @@\n   - ${idName}: ${id}\n+    # ${summary}\n`;
    if (call.query.dry_run === 'true') return { preview: [200, { file: 'conf.d/admin.yaml', diff }] };
    this.touch(id);
    this.history.unshift({ id: this.history.length + 1, time: new Date().toISOString(), actor: 'admin', source: 'api', ip_address: '127.0.0.1', summary: `${summary} ${id}`, diff, files: ['conf.d/admin.yaml'] });
    return { done: () => [status, entry, { ETag: this.etag(id) }] };
  }

  #routes(call, [id, action]) {
    if (!id) return call.method === 'POST' ? this.#createRoute(call) : [200, { items: this.routes, total: this.routeTotal ?? this.routes.length }, { ETag: '"list"' }];
    const index = this.routes.findIndex((route) => route.route_id === id);
    if (index < 0) throw new Refusal(404, `no route ${id}`);
    const route = this.routes[index];
    if (action === 'test') return [200, { matched: true, target_url: 'http://10.0.4.11:8000/v1/chat/completions', status_code: 200, response_time_ms: 41.7, error_message: null, response_headers: { 'Content-Type': 'application/json' }, response_body: '{"ok":true}' }];
    if (call.method === 'GET' && call.query.format === 'yaml') return [200, `route_id: ${id}\nmatch_path: ${route.match_path}\n`, { 'Content-Type': 'application/yaml', ETag: this.etag(id) }];
    if (call.method === 'GET') return [200, this.rawRoute ?? route, { ETag: this.etag(id) }];
    this.#checkMatch(call, id);
    const next = action === 'toggle' ? { ...route, is_active: !route.is_active } : { ...route, ...JSON.parse(call.text || '{}') };
    for (const name of Object.keys(next)) if (next[name] === null) delete next[name];
    const summary = call.method === 'DELETE' ? 'delete route' : action === 'toggle' ? 'toggle route' : 'update route';
    const { preview, done } = this.#change(call, this.routes, 'route_id', next, summary);
    if (preview) return preview;
    if (call.method === 'DELETE') this.routes.splice(index, 1);
    else this.routes[index] = next;
    return done();
  }

  #createRoute(call) {
    const body = JSON.parse(call.text);
    if (!body.match_path) throw new Refusal(422, 'the configuration is not valid', { errors: [{ field: 'match_path', message: 'is missing', file: 'conf.d/admin.yaml', line: 41, column: 5 }] });
    const entry = { is_active: true, priority: 100, auth: 'required', is_substituted: [], file: 'conf.d/admin.yaml', line: 41, stats: { requests: 0, errors: 0, avg_response_time: 0 }, ...body };
    entry.route_id ??= (body.route_name ?? 'route').toLowerCase().replace(/\W+/g, '-');
    const { preview, done } = this.#change(call, this.routes, 'route_id', entry, 'create route', 201);
    if (preview) return preview;
    this.routes.push(entry);
    return done();
  }

  #keys(call, [id, action]) {
    if (id === 'sources') return [200, { items: [{ source_path: 'openai-chat', keys: 2, active_keys: 1 }, { source_path: 'batch-jobs', keys: 1, active_keys: 1 }], total: 2 }];
    if (!id && call.method === 'GET') {
      const items = this.keys.filter((key) => (!call.query.source_path || key.source_path === call.query.source_path) && (!call.query.is_active || String(key.is_active) === call.query.is_active));
      const from = Number(call.query.skip ?? 0);
      return [200, { items: items.slice(from, from + Number(call.query.limit ?? 100)), total: items.length }, { ETag: '"list"' }];
    }
    if (!id) {
      const entry = { ...this.keys[2], is_active: true, created_at: new Date().toISOString(), ...JSON.parse(call.text), key_id: 'fg_abcdef012345' };
      const { preview, done } = this.#change(call, this.keys, 'key_id', entry, 'create key', 201);
      if (preview) return preview;
      this.keys.push(entry);
      const [status, body, headers] = done();
      return [status, { ...body, key_value: `fg_${'x'.repeat(43)}` }, headers];
    }
    const index = this.keys.findIndex((key) => key.key_id === id);
    if (index < 0) throw new Refusal(404, `no key ${id}`);
    if (call.method === 'GET') return [200, this.keys[index], { ETag: this.etag(id) }];
    this.#checkMatch(call, id);
    const entry = { ...this.keys[index], ...(action ? {} : JSON.parse(call.text || '{}')) };
    const { preview, done } = this.#change(call, this.keys, 'key_id', entry, action ?? call.method.toLowerCase());
    if (preview) return preview;
    if (call.method === 'DELETE') this.keys.splice(index, 1);
    else this.keys[index] = entry;
    const [status, body, headers] = done();
    return [status, action === 'rotate' ? { ...body, key_value: `fg_${'y'.repeat(43)}` } : body, headers];
  }

  #config(call, [kind]) {
    if (kind === 'history') return [200, { items: this.history.slice(Number(call.query.skip ?? 0), Number(call.query.skip ?? 0) + Number(call.query.limit ?? 20)), total: this.history.length }];
    if (kind === 'rollback') return [200, { ok: true, generation: 16, errors: [] }];
    if (kind === 'validate') return [200, call.text.includes('bad') ? { valid: false, errors: [{ file: 'input', line: 2, column: 3, message: 'unknown field `bad`' }] } : { valid: true, errors: [] }];
    return [200, { yaml: 'server:\n  host: 0.0.0.0\n  port: 8000\nadmin:\n  token: "***"\n', files: [{ path: '/etc/fastgate/fastgate.yaml', sha256: 'ab'.repeat(32), writable: true }, { path: '/etc/fastgate/conf.d/admin.yaml', sha256: 'cd'.repeat(32), writable: true }], generation: 14 }, { ETag: '"c14"' }];
  }

  #explain({ path: target }) {
    const route = this.routes.find((entry) => entry.is_active && target?.startsWith(entry.match_path.replace(/\*.*$/, '')));
    return [200, {
      route_id: route?.route_id ?? null,
      rejected: this.routes.filter((entry) => entry !== route).map((entry) => ({ route_id: entry.route_id, reason: `the path does not match ${entry.match_path}` })),
      upstream_request: route ? { method: 'POST', url: 'http://10.0.4.11:8000/v1/chat/completions', headers: { Host: '10.0.4.11:8000', Authorization: '***' }, body: '{"model":"demo"}' } : null,
      candidates: route ? [route.route_id] : [],
      trace: `shortlist: ${this.routes.length} routes\nchosen: ${route?.route_id ?? 'none'}\n`,
    }];
  }
}

// Listens until the test `t` is over.
export async function startMock(t, options) {
  const mock = await new MockAdmin(options).listen();
  cleanup(t, () => mock.close());
  return mock;
}
