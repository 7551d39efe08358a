// Changing an entry: form and YAML side by side, the difference in the file before it is written, and
// what to do when somebody else was faster.
import { useState } from 'preact/hooks';
import { call, get, reloadConfiguration } from '../core/api.js';
import { entryFromYaml, entryOf, toYaml } from '../core/entry.js';
import { html } from '../core/html.js';
import { useAction, useLoad } from '../core/loading.js';
import { go, hrefOf } from '../core/router.js';
import { may } from '../core/session.js';
import { useWords } from '../i18n/index.js';
import { Button, LinkButton } from './button.js';
import { Code, Diff } from './code.js';
import { Dialog } from './dialog.js';
import { Card, Failure } from './parts.js';
import { RouteForm } from './route_form.js';
import { toast } from './toasts.js';

// A target of its own is a group named as its server; only the others can be named by a route.
async function groupNames(signal) {
  const { upstreams = [] } = await get('status', {}, signal);
  return upstreams.filter((group) => group.servers.every((server) => server.address !== group.name)).map((group) => group.name);
}

function fieldErrors(error) {
  const named = (error?.errors ?? []).filter(({ field }) => field);
  return Object.fromEntries(named.map(({ field, message }) => [field.replace(/^.*routes[^.]*\./, ''), message]));
}

function Preview({ preview, isBusy, error, onWrite, onClose }) {
  const t = useWords();
  return html`<${Dialog} title=${t('diff.title')} onClose=${onClose}>
    <p class="muted">${t('diff.hint')} <code>${preview.file}</code></p>
    <${Diff} label=${t('diff.title')} text=${preview.diff} />
    <${Failure} error=${error} />
    <div class="dialog-foot">
      <${Button} onClick=${onClose}>${t('action.go_on_editing')}<//>
      <${Button} kind="primary" isBusy=${isBusy} onClick=${onWrite}>${t('action.write')}<//>
    </div>
  <//>`;
}

// 412: the entry changed. 409: its file was changed by hand and is not loaded yet.
function Conflict({ conflict, isBusy, error, onTheirs, onMine, onReload, onClose }) {
  const t = useWords();
  const isByHand = conflict.error.status === 409;
  return html`<${Dialog} title=${t('conflict.title')} onClose=${onClose}>
    <p>${t(isByHand ? 'conflict.by_hand' : 'conflict.text')}</p>
    ${conflict.error.message && html`<p class="muted">${conflict.error.message}</p>`}
    ${conflict.theirs && html`<div class="columns">
      <div><h3>${t('conflict.theirs')}</h3><${Code} label=${t('conflict.theirs')} text=${toYaml(entryOf(conflict.theirs.body))} /></div>
      <div><h3>${t('conflict.mine')}</h3><${Code} label=${t('conflict.mine')} text=${toYaml(conflict.changes)} /></div>
    </div>`}
    <${Failure} error=${error} />
    <div class="dialog-foot">
      <${Button} onClick=${onClose}>${t('action.cancel')}<//>
      ${isByHand ? html`<${Button} kind="primary" isBusy=${isBusy} onClick=${onReload}>${t('action.reload')}<//>` : html`
        <${Button} onClick=${onTheirs}>${t('conflict.take_theirs')}<//>
        <${Button} kind="primary" isBusy=${isBusy} onClick=${onMine}>${t('conflict.keep_mine')}<//>`}
    </div>
  <//>`;
}

// The YAML of the entry; what is typed counts as soon as it is an entry again.
function YamlPane({ entry, onChange }) {
  const t = useWords();
  const [typed, setTyped] = useState(null);
  const [problem, setProblem] = useState('');
  const text = typed ?? toYaml(entry);
  const change = (event) => {
    setTyped(event.target.value);
    try {
      onChange(entryFromYaml(event.target.value));
      setProblem('');
    } catch (error) {
      setProblem(error.message);
    }
  };
  const leave = () => { if (!problem) setTyped(null); };
  return html`<div class="yaml-pane">
    <textarea class="mono" spellcheck=${false} aria-label=${t('editor.yaml')} aria-invalid=${problem ? 'true' : undefined} aria-describedby="yaml-problem"
      rows=${Math.max(16, text.split('\n').length + 1)} value=${text} onInput=${change} onBlur=${leave}></textarea>
    <p class="field-error" id="yaml-problem" role="status">${problem && t('editor.no_yaml', { problem })}</p>
  </div>`;
}

// `id`: of the route that is changed; without one it is new. `edits`: of useEdits. `onWritten({body, etag})`
// follows a write, `onChanged()` what others wrote.
export function RouteEditor({ id, edits, etag, onWritten, onChanged }) {
  const t = useWords();
  const { entry, changes, isChanged, setEntry, drop } = edits;
  const [preview, setPreview] = useState(null);
  const [conflict, setConflict] = useState(null);
  const groups = useLoad(groupNames, []);
  const send = (query, match) => (id
    ? call('PUT', `routes/${encodeURIComponent(id)}`, { body: changes, query, etag: match })
    : call('POST', 'routes', { body: entry, query }));

  const noticeConflict = async (error) => {
    if (!id || !error.isConflict) throw error;
    setPreview(null);
    const theirs = error.status === 412 ? await call('GET', `routes/${encodeURIComponent(id)}`) : null;
    setConflict({ error, theirs, changes });
  };
  const [review, reviewing] = useAction(() => send({ dry_run: true }, etag).then(({ body }) => setPreview(body), noticeConflict));
  const write = async (match) => {
    const written = await send({}, match);
    setPreview(null);
    setConflict(null);
    toast(t('route.written'));
    onWritten(written);
  };
  const [commit, committing] = useAction(() => write(etag).catch(noticeConflict));
  const [keepMine, keeping] = useAction(() => write(conflict.theirs.etag));
  const [reload, reloading] = useAction(async () => {
    await reloadConfiguration();
    toast(t('settings.reloaded'));
    setConflict(null);
    onChanged();
  });

  const isBusy = reviewing.isBusy || committing.isBusy;
  return html`
    <div class="editor">
      <${Card} title=${t('editor.form')}><${RouteForm} entry=${entry} isNew=${!id} groups=${groups.value ?? []} errors=${fieldErrors(reviewing.error)} onChange=${setEntry} /><//>
      <${Card} title="YAML" class="sticky"><${YamlPane} entry=${entry} onChange=${setEntry} /><//>
    </div>
    <${Failure} error=${reviewing.error} />
    <div class="bar">
      <span class="muted">${isChanged ? t('editor.changed', { n: Object.keys(changes).length }) : t('editor.unchanged')}</span>
      ${id && may('routes') && html`<${LinkButton} href=${hrefOf(['new-route'], { from: id })} icon="copy">${t('action.duplicate')}<//>`}
      ${id ? html`<${Button} disabled=${!isChanged} onClick=${drop}>${t('action.undo')}<//>` : html`<${Button} onClick=${() => go(['routes'])}>${t('action.cancel')}<//>`}
      ${may('routes') && html`<${Button} kind="primary" isBusy=${isBusy} disabled=${!isChanged} onClick=${review}>${t('action.review')}<//>`}
    </div>
    ${preview && html`<${Preview} preview=${preview} isBusy=${committing.isBusy} error=${committing.error} onWrite=${commit} onClose=${() => { committing.clear(); setPreview(null); }} />`}
    ${conflict && html`<${Conflict} conflict=${conflict} isBusy=${keeping.isBusy || reloading.isBusy} error=${keeping.error ?? reloading.error}
      onTheirs=${() => { setConflict(null); drop(); onChanged(); }} onMine=${keepMine} onReload=${reload} onClose=${() => setConflict(null)} />`}`;
}
