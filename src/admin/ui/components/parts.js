// Small parts that most pages are made of.
import { useEffect, useState } from 'preact/hooks';
import { html } from '../core/html.js';
import { useWords } from '../i18n/index.js';
import { Button } from './button.js';
import { Icon } from './icon.js';

export function PageHead({ title, hint, back, children }) {
  const t = useWords();
  return html`<div class="page-head">
    <div class="page-title">
      ${back && html`<a class="back" href=${back}><${Icon} name="back" />${t('action.back')}</a>`}
      <h1>${title}</h1>
      ${hint && html`<p class="muted">${hint}</p>`}
    </div>
    ${children && html`<div class="actions">${children}</div>`}
  </div>`;
}

export function Card({ title, actions, children, class: extra = '' }) {
  return html`<section class=${`card ${extra}`} aria-label=${title}>
    ${title && html`<div class="card-head"><h2>${title}</h2>${actions && html`<div class="actions">${actions}</div>`}</div>`}
    ${children}
  </section>`;
}

// `kind`: ok, info, warn, bad, or nothing.
export function Badge({ kind = '', children }) {
  return html`<span class=${`badge ${kind}`}>${children}</span>`;
}

const kindOf = (status) => (status >= 500 ? 'bad' : status >= 400 ? 'warn' : status >= 300 ? 'info' : 'ok');

export function StatusBadge({ status, isRunning = false }) {
  const t = useWords();
  if (isRunning) return html`<${Badge} kind="info">${t('log.running')}<//>`;
  if (!status) return html`<${Badge} kind="bad">${t('log.no_status')}<//>`;
  return html`<${Badge} kind=${kindOf(status)}>${status}<//>`;
}

export function Empty({ icon = 'logs', title, children }) {
  return html`<div class="empty"><${Icon} name=${icon} /><p class="empty-title">${title}</p>${children}</div>`;
}

export function Loading({ lines = 3 }) {
  const t = useWords();
  return html`<div class="skeleton" role="status" aria-label=${t('loading')}>
    ${Array.from({ length: lines }, (_, index) => html`<span key=${index}></span>`)}
  </div>`;
}

// What went wrong, in the visitor's words first and the gateway's own below.
export function messageOf(t, error) {
  if (error.status === 0) return t(error.isTimeout ? 'error.timeout' : 'error.unreachable');
  if (error.status === 409 && !error.isConflict) return t('error.impossible');
  if (error.status === 403 && error.code !== 'forbidden') return t('error.refused');
  if (error.status === 422 && error.isRead) return t('error.422_read');
  const known = { 401: 'error.401', 403: 'error.403', 404: 'error.404', 409: 'error.409', 412: 'error.412', 422: 'error.422', 429: 'error.429' };
  return t(known[error.status] ?? 'error.other', { status: error.status ?? '' });
}

export function Failure({ error, onRetry }) {
  const t = useWords();
  if (!error) return null;
  // The gateway's words are those of its only finding, or go before several.
  const isSaid = error.errors?.some(({ message }) => error.message?.endsWith(message));
  return html`<div class="banner bad" role="alert">
    <${Icon} name="warning" />
    <div>
      <strong>${messageOf(t, error)}</strong>
      ${error.message && !isSaid && html`<p>${error.message}</p>`}
      ${error.errors?.length > 0 && html`<ul>${error.errors.map((entry, index) => html`<li key=${index}>
        ${entry.field && html`<code>${entry.field}</code>`} ${entry.message}
        ${entry.file && html` <span class="muted mono">${entry.file}:${entry.line}:${entry.column}</span>`}
      </li>`)}</ul>`}
      ${error.requestId && html`<p class="muted small">${t('error.request_id')} <code>${error.requestId}</code></p>`}
    </div>
    ${onRetry && html`<${Button} onClick=${onRetry}>${t('action.retry')}<//>`}
  </div>`;
}

// A loaded value's three states: on its way, failed, there.
export function Loaded({ from, lines, children }) {
  if (from.value !== undefined) {
    return html`${from.error && (from.error.status !== 0 || from.error.isTimeout) && html`<${Failure} error=${from.error} onRetry=${from.reload} />`}${children(from.value)}`;
  }
  if (from.error) return html`<${Failure} error=${from.error} onRetry=${from.reload} />`;
  return html`<${Loading} lines=${lines} />`;
}

export function Figures({ children }) {
  return html`<dl class="figures">${children}</dl>`;
}

export function Figure({ label, value, hint, kind = '' }) {
  return html`<div class=${`figure ${kind}`}><dt>${label}</dt><dd><span class="figure-value">${value}</span>${hint && html`<span class="figure-hint">${hint}</span>`}</dd></div>`;
}

// Opens by itself once something in it is used; only a visitor closes it.
export function Fold({ title, isUsed, children }) {
  const [isOpen, setOpen] = useState(isUsed);
  useEffect(() => { if (isUsed) setOpen(true); }, [isUsed]);
  return html`<details class="more" open=${isOpen} onToggle=${(event) => setOpen(event.currentTarget.open)}>
    <summary>${title}</summary><div class="fields">${children}</div>
  </details>`;
}

// Names and values, one under the other.
export function Facts({ rows }) {
  return html`<dl class="facts">
    ${rows.filter(([, value]) => value !== undefined && value !== null && value !== '').map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd>${value}</dd></div>`)}
  </dl>`;
}
