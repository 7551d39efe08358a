// Calls of the admin API. Addresses are relative to the page, so any prefix and any admin path do.
import { readJson, writeJson } from './json.js';
import { createStore } from './store.js';

const base = new URL('../', document.baseURI);
const timeLimit = 30_000;

// Whether the gateway answered last time.
export const link = createStore('up');
// Told of each 401 but that of signing in.
export const signedOut = createStore(0);

let csrfToken = '';
export function setCsrfToken(token) { csrfToken = token ?? ''; }

// What the gateway said no with; status 0: it did not answer at all, or not in time (`isTimeout`).
class ApiError extends Error {
  constructor(status, body, method) {
    super(body?.detail ?? body?.error?.message ?? '');
    this.status = status;
    this.code = body?.error?.code ?? '';
    this.errors = Array.isArray(body?.errors) ? body.errors : [];
    this.requestId = body?.request_id ?? '';
    this.isTimeout = false;
    this.isRead = method === 'GET';
  }

  // Somebody changed the entry (412), or its file by hand (409), since it was read.
  get isConflict() { return this.status === 412 || (this.status === 409 && this.code === 'conflict'); }
}

export function addressOf(path, query = {}) {
  const url = new URL(path, base);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') url.searchParams.set(name, value);
  }
  return url;
}

// Routes hold values of bodies, which may have any digits; all else is counted with.
function bodyOf(path, response, text) {
  if (!/\bjson\b/.test(response.headers.get('content-type') ?? '')) return text;
  try {
    return /^routes\b/.test(path) ? readJson(text) : JSON.parse(text);
  } catch {
    throw new ApiError(response.status, { detail: 'invalid JSON' });
  }
}

function requestOf(method, { body, type, etag, signals }) {
  const headers = { Accept: 'application/json' };
  if (body !== undefined) headers['Content-Type'] = type ?? 'application/json';
  if (etag) headers['If-Match'] = etag;
  if (method !== 'GET' && csrfToken) headers['X-CSRF-Token'] = csrfToken;
  return {
    method,
    headers,
    body: body === undefined || type ? body : writeJson(body),
    credentials: 'same-origin',
    cache: 'no-store',
    redirect: 'error',
    signal: AbortSignal.any ? AbortSignal.any(signals) : signals[0],
  };
}

async function send(method, path, { query, signal, limit = timeLimit, ...options }) {
  const timeout = limit > 0 ? AbortSignal.timeout(limit) : undefined;
  const signals = [signal, timeout].filter(Boolean);
  try {
    const response = await fetch(addressOf(path, query), requestOf(method, { ...options, signals }));
    const text = await response.text();
    link.set('up');
    return { response, body: bodyOf(path, response, text) };
  } catch (error) {
    if (signal?.aborted || error instanceof ApiError) throw error;
    // One call that takes long says nothing about the others.
    if (timeout?.aborted) throw Object.assign(new ApiError(0), { isTimeout: true });
    link.set('down');
    throw new ApiError(0);
  }
}

// A sign-in in another tab replaces the session of this one, and the token that belongs to it.
async function sendWithToken(method, path, options) {
  const sent = await send(method, path, options);
  if (sent.response.status !== 403 || sent.body?.error?.code !== 'csrf_token') return sent;
  const { response, body } = await send('GET', 'session', {});
  if (!response.ok) return sent;
  setCsrfToken(body.csrf_token);
  return send(method, path, options);
}

// The answer as {body, etag}; throws an ApiError. `query` leaves empty values out; `limit`: milliseconds
// that the answer may take, 0: any.
export async function call(method, path, options = {}) {
  const { response, body } = await sendWithToken(method, path, options);
  if (response.ok) return { body, etag: response.headers.get('etag') };
  if (response.status === 401 && path !== 'session') signedOut.set(signedOut.get() + 1);
  throw new ApiError(response.status, typeof body === 'string' ? { detail: body.slice(0, 300) } : body, method);
}

export const get = async (path, query, signal) => (await call('GET', path, { query, signal })).body;
export const post = async (path, body, query) => (await call('POST', path, { body, query })).body;

// Throws what a configuration is rejected with.
export async function reloadConfiguration() {
  const done = await post('reload');
  if (!done.ok) throw new ApiError(422, { detail: (done.errors ?? []).map((line) => line.message ?? line).join('\n') });
}
