// Short confirmations, read out politely; each leaves by itself.
import { html } from '../core/html.js';
import { createStore, useStore } from '../core/store.js';
import { Icon } from './icon.js';

const lifetime = 5000;
const toasts = createStore([]);
let lastId = 0;

export function toast(text) {
  lastId += 1;
  const id = lastId;
  toasts.set([...toasts.get(), { id, text }]);
  setTimeout(() => toasts.set(toasts.get().filter((entry) => entry.id !== id)), lifetime);
}

export function Toasts() {
  const shown = useStore(toasts);
  return html`<div class="toasts" role="status" aria-live="polite">
    ${shown.map(({ id, text }) => html`<p key=${id} class="toast"><${Icon} name="check" />${text}</p>`)}
  </div>`;
}
