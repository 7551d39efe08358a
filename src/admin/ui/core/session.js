// Who is signed in, and with which role.
import { call, setCsrfToken, signedOut } from './api.js';
import { createStore } from './store.js';

// `state`: unknown (not asked yet), in, out (sign in, `reason` says why), off (the API is closed to us).
export const session = createStore({ state: 'unknown' });

function enter(body) {
  setCsrfToken(body.csrf_token);
  session.set({ state: 'in', name: body.name, role: body.role });
}

// Asks whether the cookie is still good.
export async function resume() {
  try {
    enter((await call('GET', 'session')).body);
  } catch (error) {
    if (error.status === 401) session.set({ state: 'out' });
    else if (error.status === 403) session.set({ state: 'off', reason: error.message });
    else session.set({ state: 'unknown', error });
  }
}

export async function signIn(token) {
  enter((await call('POST', 'session', { body: { token } })).body);
}

export async function signOut() {
  try {
    await call('DELETE', 'session');
  } catch (error) {
    // 401: it had ended before. After any other answer the cookie may still be good.
    if (error.status !== 401) throw error;
  }
  setCsrfToken('');
  session.set({ state: 'out' });
}

signedOut.watch(() => {
  const { state, name } = session.get();
  if (state === 'in') session.set({ state: 'out', reason: 'expired', name });
});

// What the gateway lets a role do; it checks by itself, this only spares visitors the tries.
const allowed = { routes: ['admin', 'operator'], reload: ['admin', 'operator'], keys: ['admin'], rollback: ['admin'], tokens: ['admin'] };
export const may = (what) => allowed[what].includes(session.get().role);
