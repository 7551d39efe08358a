// Who changed the configuration, when, and how; and back to how it was.
import { useState } from 'preact/hooks';
import { Diff } from '../components/code.js';
import { Confirm } from '../components/dialog.js';
import { Button } from '../components/button.js';
import { Badge, Card, Empty, Loaded, PageHead } from '../components/parts.js';
import { Pager } from '../components/pager.js';
import { toast } from '../components/toasts.js';
import { get, post } from '../core/api.js';
import * as format from '../core/format.js';
import { html } from '../core/html.js';
import { useAction, useLoad } from '../core/loading.js';
import { hrefOf, setParams } from '../core/router.js';
import { may } from '../core/session.js';
import { useWords } from '../i18n/index.js';

const pageSize = 20;

function Rollback({ change, onClose, onDone }) {
  const t = useWords();
  const [run, { isBusy, error }] = useAction(async () => {
    await post('config/rollback', { id: change.id });
    toast(t('history.rolled_back'));
    onDone();
  });
  return html`<${Confirm} title=${t('history.rollback_title')} action=${t('history.rollback')} isBusy=${isBusy} error=${error} onConfirm=${run} onClose=${onClose}>
    <p>${t('history.rollback_text', { time: format.dateTime(change.time) })}</p>
    <${Diff} label=${t('diff.title')} text=${change.diff} />
  <//>`;
}

function Change({ change, onRollback }) {
  const t = useWords();
  return html`<li class="change">
    <details>
      <summary>
        <span class="change-what">${change.summary || (change.files ?? []).join(', ')}</span>
        <span class="muted small">${format.dateTime(change.time)} · ${change.actor || '–'}${change.ip_address ? ` · ${change.ip_address}` : ''}</span>
        <${Badge}>${t(`source.${change.source}`)}<//>
      </summary>
      <div class="form">
        <${Diff} label=${t('diff.title')} text=${change.diff} />
        ${may('rollback') && html`<div><${Button} icon="history" onClick=${() => onRollback(change)}>${t('history.rollback')}<//></div>`}
      </div>
    </details>
  </li>`;
}

export function History({ params }) {
  const t = useWords();
  const skip = Number(params.skip) || 0;
  const from = useLoad((signal) => get('config/history', { skip, limit: pageSize }, signal), [skip]);
  const [chosen, setChosen] = useState(null);
  return html`
    <${PageHead} title=${t('nav.history')} back=${hrefOf(['routes'])} hint=${t('history.hint')} />
    <${Card} title=${t('history.list')}><${Loaded} from=${from} lines=${5}>${({ items, total }) => (items.length ? html`
      <ul class="changes">${items.map((change) => html`<${Change} key=${change.id} change=${change} onRollback=${setChosen} />`)}</ul>
      <${Pager} skip=${skip} size=${pageSize} total=${total} onMove=${(next) => setParams({ skip: next || '' })} />`
    : html`<${Empty} icon="history" title=${t('history.none')}><p>${t('history.none_hint')}</p><//>`)}<//><//>
    ${chosen && html`<${Rollback} change=${chosen} onClose=${() => setChosen(null)} onDone=${() => { setChosen(null); from.reload(); }} />`}`;
}
