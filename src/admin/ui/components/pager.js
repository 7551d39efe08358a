// Steps through a list of known length.
import { useState } from 'preact/hooks';
import * as format from '../core/format.js';
import { html } from '../core/html.js';
import { useWords } from '../i18n/index.js';
import { Button } from './button.js';

// Where the page begins that is nearest to `skip`: a list may have become shorter since.
export const pageAt = (skip, size, total) => Math.max(0, Math.min(skip, Math.floor((total - 1) / size) * size));

export function Pager({ skip, size, total, onMove }) {
  const t = useWords();
  if (total <= size) return null;
  return html`<nav class="pager" aria-label=${t('pager.label')}>
    <span class="muted">${t('pager.part', { first: format.number(skip + 1), last: format.number(Math.min(skip + size, total)), total: format.number(total) })}</span>
    <${Button} icon="back" disabled=${skip === 0} onClick=${() => onMove(Math.max(0, skip - size))}>${t('pager.before')}<//>
    <${Button} disabled=${skip + size >= total} onClick=${() => onMove(skip + size)}>${t('pager.after')}<//>
  </nav>`;
}

// A part of `rows` at a time, drawn by `children(part)`: a browser draws thousands of rows for seconds.
export function Paged({ rows, size, children }) {
  const [wanted, setWanted] = useState(0);
  const skip = pageAt(wanted, size, rows.length);
  return html`${children(rows.slice(skip, skip + size))}<${Pager} skip=${skip} size=${size} total=${rows.length} onMove=${setWanted} />`;
}
