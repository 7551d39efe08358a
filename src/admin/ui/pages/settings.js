// What runs, with which configuration, and who may look at it.
import { useState } from 'preact/hooks';
import { Button, Choices, LinkButton } from '../components/button.js';
import { Code, CopyButton } from '../components/code.js';
import { AreaField } from '../components/field.js';
import { Icon } from '../components/icon.js';
import { Badge, Card, Facts, Failure, Loaded, PageHead } from '../components/parts.js';
import { Table } from '../components/table.js';
import { toast } from '../components/toasts.js';
import { call, get, post } from '../core/api.js';
import * as format from '../core/format.js';
import { html } from '../core/html.js';
import { useAction, useLoad } from '../core/loading.js';
import { language, theme } from '../core/prefs.js';
import { hrefOf } from '../core/router.js';
import { may } from '../core/session.js';
import { useStore } from '../core/store.js';
import { useWords } from '../i18n/index.js';

const storeKinds = { ok: 'ok', failing: 'bad', off: '' };

function Findings({ errors }) {
  return html`<ul class="rows">${errors.map((entry, index) => html`<li key=${index}>
    ${typeof entry === 'string' ? entry : html`<span class="muted mono">${entry.file}:${entry.line}:${entry.column}</span><span>${entry.message}</span>`}
  </li>`)}</ul>`;
}

function Process({ status }) {
  const t = useWords();
  const { store = {}, last_reload: reload } = status;
  return html`<${Facts} rows=${[
    [t('settings.version'), status.version],
    [t('settings.uptime'), t('settings.uptime_since', { time: format.uptime(status.uptime_seconds), since: format.dateTime(status.started_at) })],
    [t('settings.pid'), status.pid],
    [t('settings.workers'), status.workers],
    [t('settings.connections'), format.number(status.connections_open)],
    [t('settings.config_file'), html`<code>${status.config_file}</code>`],
    [t('settings.generation'), status.generation],
    [t('settings.last_reload'), reload && html`<${Badge} kind=${reload.ok ? 'ok' : 'bad'}>${t(reload.ok ? 'settings.reload_ok' : 'settings.reload_rejected')}<//> ${format.dateTime(reload.time)}`],
    [t('settings.store'), html`<${Badge} kind=${storeKinds[store.state]}>${t(`store.${store.state ?? 'off'}`)}<//> ${store.enabled ? html`<code>${store.path}</code>` : ''}`],
    [t('settings.store_size'), store.enabled ? t('settings.store_records', { n: format.number(store.records), size: format.bytes(store.size_bytes) }) : null],
    [t('settings.store_queue'), store.enabled ? t('settings.store_waiting', { n: format.number(store.queued), dropped: format.number(store.dropped) }) : null],
  ]} />`;
}

function Reload({ onDone }) {
  const t = useWords();
  const [outcome, setOutcome] = useState(null);
  const [run, { isBusy, error }] = useAction(async () => {
    const done = await post('reload');
    setOutcome(done);
    if (done.ok) toast(t('settings.reloaded'));
    onDone();
  });
  return html`
    <${Button} icon="refresh" isBusy=${isBusy} onClick=${run}>${t('action.reload')}<//>
    ${(error || (outcome && !outcome.ok)) && html`<div class="full"><${Failure} error=${error} />
      ${outcome && !outcome.ok && html`<div class="banner bad" role="alert"><${Icon} name="warning" /><div><strong>${t('trouble.reload')}</strong><${Findings} errors=${outcome.errors ?? []} /></div></div>`}
    </div>`}`;
}

function Configuration({ config }) {
  const t = useWords();
  const files = config.files ?? [];
  const columns = [
    { name: 'path', label: t('settings.file'), kind: 'wide', cell: (file) => html`<span class="mono">${file.path}</span>` },
    { name: 'writable', label: t('settings.writable'), cell: (file) => html`<${Badge} kind=${file.writable ? 'ok' : 'warn'}>${t(file.writable ? 'yes' : 'no')}<//>` },
  ];
  // The gateway tells digests to admins only.
  if (files.some((file) => file.sha256)) columns.push({ name: 'digest', label: 'SHA-256', cell: (file) => html`<span class="mono small">${file.sha256?.slice(0, 12)}…</span>` });
  return html`<div class="form">
    <${Table} label=${t('settings.files')} columns=${columns} rows=${files} keyOf=${(file) => file.path} />
    <${Code} label=${t('settings.effective')} text=${config.yaml} />
  </div>`;
}

function Validate() {
  const t = useWords();
  const [text, setText] = useState('');
  const [outcome, setOutcome] = useState(null);
  const [run, { isBusy, error }] = useAction(async () => setOutcome((await call('POST', 'config/validate', { body: text, type: 'application/yaml' })).body));
  const submit = (event) => {
    event.preventDefault();
    run();
  };
  return html`<form class="form" onSubmit=${submit}>
    <${AreaField} label=${t('settings.validate_label')} rows=${7} value=${text} onChange=${setText} />
    <div><${Button} type="submit" icon="check" isBusy=${isBusy} disabled=${!text.trim()}>${t('settings.validate')}<//></div>
    <div aria-live="polite"><${Failure} error=${error} />
      ${outcome && (outcome.valid ? html`<div class="banner ok"><${Icon} name="check" /><div><span>${t('settings.valid')}</span>
          ${outcome.errors?.length > 0 && html`<${Findings} errors=${outcome.errors} />`}</div></div>`
        : html`<div class="banner bad"><${Icon} name="warning" /><div><strong>${t('settings.invalid')}</strong><${Findings} errors=${outcome.errors ?? []} /></div></div>`)}
    </div>
  </form>`;
}

function Tokens({ items }) {
  const t = useWords();
  const columns = [
    { name: 'name', label: t('settings.token_name'), kind: 'wide', cell: (token) => token.name },
    { name: 'role', label: t('settings.role'), cell: (token) => html`<${Badge}>${t(`role.${token.role}`)}<//>` },
    { name: 'may', label: t('settings.may'), kind: 'wide', cell: (token) => html`<span class="muted">${t(`role_may.${token.role}`)}</span>` },
  ];
  return html`<${Table} label=${t('settings.tokens')} columns=${columns} rows=${items} keyOf=${(token) => token.name} />`;
}

function TokensCard() {
  const t = useWords();
  const from = useLoad((signal) => get('tokens', {}, signal), []);
  return html`<${Card} title=${t('settings.tokens')} class="flush"><${Loaded} from=${from}>${({ items }) => html`<${Tokens} items=${items} />`}<//><//>`;
}

function Appearance() {
  const t = useWords();
  const tongue = useStore(language);
  const colours = useStore(theme);
  return html`<${Facts} rows=${[
    [t('settings.language'), html`<${Choices} label=${t('settings.language')} value=${tongue} options=${[['en', 'English'], ['zh', '中文']]} onChange=${(name) => language.set(name)} />`],
    [t('settings.theme'), html`<${Choices} label=${t('settings.theme')} value=${colours} options=${['system', 'light', 'dark'].map((name) => [name, t(`theme.${name}`)])} onChange=${(name) => theme.set(name)} />`],
  ]} />`;
}

export function Settings() {
  const t = useWords();
  const status = useLoad((signal) => get('status', {}, signal), [], { every: 5000 });
  const config = useLoad((signal) => get('config', {}, signal), [status.value?.generation]);
  return html`
    <${PageHead} title=${t('nav.settings')} hint=${t('settings.hint')}>
      <${LinkButton} href=${hrefOf(['history'])} icon="history">${t('nav.history')}<//>
      ${may('reload') && html`<${Reload} onDone=${status.reload} />`}
    <//>
    <div class="columns">
      <${Card} title=${t('settings.process')}><${Loaded} from=${status} lines=${8}>${(value) => html`<${Process} status=${value} />`}<//><//>
      <div class="column-stack">
        <${Card} title=${t('settings.appearance')}><${Appearance} /><//>
        ${may('tokens') && html`<${TokensCard} />`}
      </div>
    </div>
    <${Card} title=${t('settings.effective')} actions=${config.value && html`<${CopyButton} kind="quiet" text=${config.value.yaml} />`}><${Loaded} from=${config} lines=${8}>${(value) => html`<${Configuration} config=${value} />`}<//><//>
    <${Card} title=${t('settings.validate_title')}><${Validate} /><//>`;
}
