// Steps through a list of known length.
import * as format from '../core/format.js';
import { html } from '../core/html.js';
import { useWords } from '../i18n/index.js';
import { Button } from './button.js';

export function Pager({ skip, size, total, onMove }) {
  const t = useWords();
  if (total <= size) return null;
  return html`<nav class="pager" aria-label=${t('pager.label')}>
    <span class="muted">${t('pager.part', { first: format.number(skip + 1), last: format.number(Math.min(skip + size, total)), total: format.number(total) })}</span>
    <${Button} icon="back" disabled=${skip === 0} onClick=${() => onMove(Math.max(0, skip - size))}>${t('pager.before')}<//>
    <${Button} disabled=${skip + size >= total} onClick=${() => onMove(skip + size)}>${t('pager.after')}<//>
  </nav>`;
}
