// Calls of the admin API. Addresses are relative to the page, so any prefix and any admin path do.
import { createStore } from './store.js';

const base = new URL('../', document.baseURI);
const timeLimit = 30_000;

// Whether the gateway answered last time.
export const link = createStore('up');
// Told of each 401 but that of signing in.
export const signedOut = createStore(0);

let csrfToken = '';
export function setCsrfToken(token) { csrfToken = token ?? ''; }

// What the gateway said no with; status 0: it did not answer at all.
export class ApiError extends Error {
  constructor(status, body) {
    super(body?.detail ?? body?.error?.message ?? '');
    this.status = status;
    this.code = body?.error?.code ?? '';
    this.errors = Array.isArray(body?.errors) ? body.errors : [];
    this.requestId = body?.request_id ?? '';
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

async function bodyOf(response) {
  const text = await response.text();
  if (!/\bjson\b/.test(response.headers.get('content-type') ?? '')) return text;
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError(response.status, { detail: 'invalid JSON' });
  }
}

function requestOf(method, { body, type, etag, signal }) {
  const headers = { Accept: 'application/json' };
  if (body !== undefined) headers['Content-Type'] = type ?? 'application/json';
  if (etag) headers['If-Match'] = etag;
  if (method !== 'GET' && csrfToken) headers['X-CSRF-Token'] = csrfToken;
  const limit = AbortSignal.timeout(timeLimit);
  return {
    method,
    headers,
    body: body === undefined || type ? body : JSON.stringify(body),
    credentials: 'same-origin',
    cache: 'no-store',
    redirect: 'error',
    signal: signal && AbortSignal.any ? AbortSignal.any([signal, limit]) : signal ?? limit,
  };
}

// The answer as {body, etag}; throws an ApiError. `query` leaves empty values out.
export async function call(method, path, { query, ...options } = {}) {
  let response;
  try {
    response = await fetch(addressOf(path, query), requestOf(method, options));
  } catch (error) {
    if (options.signal?.aborted) throw error;
    link.set('down');
    throw new ApiError(0);
  }
  link.set('up');
  const body = await bodyOf(response);
  if (response.ok) return { body, etag: response.headers.get('etag') };
  if (response.status === 401 && path !== 'session') signedOut.set(signedOut.get() + 1);
  throw new ApiError(response.status, typeof body === 'string' ? { detail: body.slice(0, 300) } : body);
}

export const get = async (path, query, signal) => (await call('GET', path, { query, signal })).body;
export const post = async (path, body, query) => (await call('POST', path, { body, query })).body;
