// One key: its usage, its limits, a new value, its end. Also the form of a new one.
import { useState } from 'preact/hooks';
import { Button, LinkButton } from '../components/button.js';
import { Confirm } from '../components/dialog.js';
import { SelectField } from '../components/field.js';
import { KeyForm } from '../components/key_form.js';
import { KeyValue } from '../components/key_value.js';
import { Card, Facts, Failure, Figure, Figures, Loaded, PageHead } from '../components/parts.js';
import { toast } from '../components/toasts.js';
import { Traffic } from '../components/traffic.js';
import { call, get, reloadConfiguration } from '../core/api.js';
import { useEdits } from '../core/edits.js';
import { entryOf } from '../core/entry.js';
import * as format from '../core/format.js';
import { html } from '../core/html.js';
import { useAction, useLoad } from '../core/loading.js';
import { backTo, go, hrefOf } from '../core/router.js';
import { may } from '../core/session.js';
import { useWords } from '../i18n/index.js';
import { KeyState } from './keys.js';

const pathOf = (id) => `keys/${encodeURIComponent(id)}`;
const fieldErrors = (error) => Object.fromEntries((error?.errors ?? []).filter(({ field }) => field).map(({ field, message }) => [field.replace(/^.*keys[^.]*\./, ''), message]));
const useSources = () => useLoad(async (signal) => (await get('keys/sources', {}, signal)).items.map((item) => item.source_path), []).value ?? [];

function Rotate({ item, onClose, onDone }) {
  const t = useWords();
  const [keep, setKeep] = useState('24h');
  const [run, { isBusy, error }] = useAction(async () => onDone((await call('POST', `${pathOf(item.key_id)}/rotate`, { body: { keep_old_for: keep } })).body));
  return html`<${Confirm} kind="primary" title=${t('key.rotate_title')} action=${t('key.rotate')} isBusy=${isBusy} error=${error} onConfirm=${run} onClose=${onClose}>
    <p>${t('key.rotate_text')}</p>
    <${SelectField} label=${t('key.keep_old')} value=${keep} onChange=${setKeep} options=${['0s', '1h', '24h', '7d'].map((name) => [name, t(`keep.${name}`)])} />
  <//>`;
}

function Revoke({ item, onClose }) {
  const t = useWords();
  const [run, { isBusy, error }] = useAction(async () => {
    await call('DELETE', pathOf(item.key_id));
    toast(t('key.revoked'));
    go(['keys']);
  });
  return html`<${Confirm} title=${t('key.revoke_title')} action=${t('key.revoke')} isBusy=${isBusy} error=${error} onConfirm=${run} onClose=${onClose}>
    <p>${t('key.revoke_text', { name: item.source_path || item.key_id })}</p>
  <//>`;
}

function UsageFigures({ item }) {
  const t = useWords();
  const usage = item.usage ?? {};
  return html`<${Figures}>
    <${Figure} label=${t('figure.requests')} value=${format.compact(usage.requests)} />
    <${Figure} label=${t('figure.errors')} value=${format.compact(usage.errors)} />
    <${Figure} label=${t('figure.bytes')} value=${format.bytes(usage.bytes_out)} hint=${t('figure.bytes_in', { size: format.bytes(usage.bytes_in) })} />
    <${Figure} label=${t('key.last_used')} value=${format.ago(usage.last_used_at)} />
  <//>`;
}

function Limits({ item, etag, onWritten }) {
  const t = useWords();
  const { entry, changes, isChanged, setEntry, drop } = useEdits(pathOf(item.key_id), entryOf(item, ['rate_limit']));
  const sources = useSources();
  const [save, { isBusy, error, clear }] = useAction(async () => {
    await call('PUT', pathOf(item.key_id), { body: changes, etag });
    toast(t('key.written'));
    onWritten();
  });
  // 409: the file was changed by hand and is not loaded yet; 412: the key was changed.
  const isByHand = error?.isConflict && error.status === 409;
  const [loadAgain, loading] = useAction(async () => {
    if (isByHand) {
      await reloadConfiguration();
      toast(t('settings.reloaded'));
    }
    clear();
    onWritten();
  });
  const submit = (event) => {
    event.preventDefault();
    if (isChanged) save();
  };
  return html`<${Card} title=${t('key.settings')}>
    <form class="form" onSubmit=${submit}>
      <${KeyForm} entry=${entry} onChange=${setEntry} errors=${fieldErrors(error)} sources=${sources} />
      <${Failure} error=${loading.error ?? error} />
      <div class="dialog-foot">
        ${error?.isConflict && html`<${Button} icon="refresh" isBusy=${loading.isBusy} onClick=${loadAgain}>${t(isByHand ? 'action.reload' : 'action.load_again')}<//>`}
        <${Button} disabled=${!isChanged} onClick=${drop}>${t('action.undo')}<//>
        ${may('keys') && html`<${Button} kind="primary" type="submit" isBusy=${isBusy} disabled=${!isChanged}>${t('action.save')}<//>`}
      </div>
    </form>
  <//>`;
}

function Key({ answer: { body: item, etag }, reload }) {
  const t = useWords();
  const [dialog, setDialog] = useState(null);
  const [value, setValue] = useState(null);
  const rotated = (body) => {
    setDialog(null);
    setValue(body.key_value);
    reload();
  };
  return html`
    <${PageHead} title=${item.source_path || item.key_id} back=${backTo('keys')} hint=${html`<span class="mono">${item.key_id}</span> <${KeyState} item=${item} />`}>
      ${may('keys') && html`<${Button} icon="refresh" onClick=${() => setDialog('rotate')}>${t('key.rotate')}<//>
        <${Button} kind="danger" onClick=${() => setDialog('revoke')}>${t('key.revoke')}<//>`}
    <//>
    ${value && html`<${KeyValue} value=${value} />`}
    <${UsageFigures} item=${item} />
    <${Card} title=${t('key.usage')} actions=${html`<a href=${hrefOf(['logs'], { api_key: item.key_id })}>${t('key.its_logs')}</a>`}>
      <${Traffic} range="24h" filter=${{ key_id: item.key_id }} height=${160} />
    <//>
    <${Limits} item=${item} etag=${etag} onWritten=${reload} />
    <${Card} title=${t('key.facts')}><${Facts} rows=${[
      [t('key.created'), format.dateTime(item.created_at)],
      [t('key.old_value_until'), item.rotation_expires_at && format.dateTime(item.rotation_expires_at)],
      [t('route.file'), item.file && html`<code>${item.file}</code>`],
    ]} /><//>
    ${dialog === 'rotate' && html`<${Rotate} item=${item} onClose=${() => setDialog(null)} onDone=${rotated} />`}
    ${dialog === 'revoke' && html`<${Revoke} item=${item} onClose=${() => setDialog(null)} />`}`;
}

export function KeyPage({ path: [id] }) {
  const from = useLoad((signal) => call('GET', pathOf(id), { signal }), [id]);
  if (from.value === undefined) return html`<${PageHead} title=${id} back=${backTo('keys')} /><${Card}><${Loaded} from=${from} lines=${6}>${() => null}<//><//>`;
  return html`<${Loaded} from=${from}>${(answer) => html`<${Key} answer=${answer} reload=${from.reload} />`}<//>`;
}

export function NewKey() {
  const t = useWords();
  const { entry, setEntry } = useEdits(pathOf(''), {});
  const [made, setMade] = useState(null);
  const sources = useSources();
  const [create, { isBusy, error }] = useAction(async () => setMade((await call('POST', 'keys', { body: entry })).body));
  const submit = (event) => {
    event.preventDefault();
    create();
  };
  if (made) {
    return html`
      <${PageHead} title=${t('key.made')} back=${hrefOf(['keys'])} hint=${html`<span class="mono">${made.key_id}</span> · ${made.source_path}`} />
      <${KeyValue} value=${made.key_value} />
      <div class="actions"><${LinkButton} href=${hrefOf(['keys', made.key_id])} kind="primary">${t('key.open')}<//></div>`;
  }
  return html`
    <${PageHead} title=${t('key.new')} back=${hrefOf(['keys'])} hint=${t('key.new_hint')} />
    <${Card} title=${t('key.settings')}>
      <form class="form" onSubmit=${submit}>
        <${KeyForm} entry=${entry} onChange=${setEntry} errors=${fieldErrors(error)} sources=${sources} />
        <${Failure} error=${error} />
        <div class="dialog-foot"><${LinkButton} href=${hrefOf(['keys'])}>${t('action.cancel')}<//><${Button} kind="primary" type="submit" isBusy=${isBusy}>${t('key.create')}<//></div>
      </form>
    <//>`;
}
