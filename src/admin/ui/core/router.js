// The page and its filters, kept in the address behind `#`: shareable, and the server needs no rules.
// Form: #/logs?status_code=500 is {path: ['logs'], params: {status_code: '500'}}.
import { createStore } from './store.js';

function read() {
  const [, path = '', query = ''] = /^#?\/?([^?]*)\??(.*)$/.exec(location.hash) ?? [];
  const parts = path.split('/').filter(Boolean).map((part) => {
    try {
      return decodeURIComponent(part);
    } catch {
      return part;
    }
  });
  return { path: parts, params: Object.fromEntries(new URLSearchParams(query)) };
}

export const place = createStore(read());
addEventListener('hashchange', () => place.set(read()));

// The list whose entries are looked at, with its filters.
let list = { name: '', params: {} };
function noteList({ path: [name = '', ...rest], params }) {
  if (rest.length === 0) list = { name, params };
  else if (name !== list.name) list = { name, params: {} };
}
noteList(place.get());
place.watch(noteList);

const kept = (params) => Object.entries(params).filter(([, value]) => value !== undefined && value !== null && value !== '');

export function hrefOf(path, params = {}) {
  const query = new URLSearchParams(kept(params)).toString();
  return `#/${path.map(encodeURIComponent).join('/')}${query ? `?${query}` : ''}`;
}

// From an entry to its list, as that was left.
export const backTo = (name) => hrefOf([name], list.name === name ? list.params : {});

export function go(path, params) {
  location.hash = hrefOf(path, params);
}

// Changes filters in place: the Back button leaves the page, not each filter.
export function setParams(changes) {
  const { path, params } = place.get();
  history.replaceState(null, '', hrefOf(path, { ...params, ...changes }));
  place.set(read());
}
