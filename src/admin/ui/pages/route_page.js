// One route: what it does, changing it, trying it out. Also the form of a new one.
import { useMemo, useState } from 'preact/hooks';
import { Confirm } from '../components/dialog.js';
import { Button } from '../components/button.js';
import { Badge, Card, Failure, Figure, Figures, Loaded, PageHead } from '../components/parts.js';
import { RouteEditor } from '../components/route_editor.js';
import { RouteTrial } from '../components/route_trial.js';
import { toast } from '../components/toasts.js';
import { Traffic } from '../components/traffic.js';
import { call } from '../core/api.js';
import { useEdits } from '../core/edits.js';
import { entryOf } from '../core/entry.js';
import * as format from '../core/format.js';
import { html } from '../core/html.js';
import { useAction, useLoad } from '../core/loading.js';
import { backTo, go, hrefOf, place } from '../core/router.js';
import { may } from '../core/session.js';
import { useStore } from '../core/store.js';
import { useWords } from '../i18n/index.js';
import { ActiveSwitch, nameOf, switchRoute } from './routes.js';

const views = ['edit', 'test', 'traffic'];
const pathOf = (id) => `routes/${encodeURIComponent(id)}`;

function Views({ id, view }) {
  const t = useWords();
  return html`<nav class="views" aria-label=${t('route.views')}>
    ${views.map((name) => html`<a key=${name} href=${hrefOf(['routes', id], name === 'edit' ? {} : { view: name })} aria-current=${name === view ? 'page' : undefined}>${t(`view.${name}`)}</a>`)}
  </nav>`;
}

function Stats({ stats }) {
  const t = useWords();
  if (!stats) return null;
  return html`<${Figures}>
    <${Figure} label=${t('figure.requests_day')} value=${format.compact(stats.requests)} />
    <${Figure} label=${t('figure.errors')} value=${format.compact(stats.errors)} />
    <${Figure} label=${t('route.error_rate')} value=${stats.requests ? format.percent((100 * stats.errors) / stats.requests) : '–'} />
    <${Figure} label=${t('figure.average')} value=${stats.requests ? format.duration(stats.avg_response_time) : '–'} />
  <//>`;
}

function Delete({ route, onClose }) {
  const t = useWords();
  const [run, { isBusy, error }] = useAction(async () => {
    await call('DELETE', pathOf(route.route_id));
    toast(t('route.deleted', { name: nameOf(route) }));
    go(['routes']);
  });
  return html`<${Confirm} title=${t('route.delete_title')} action=${t('action.delete')} isBusy=${isBusy} error=${error} onConfirm=${run} onClose=${onClose}>
    <p>${t('route.delete_text', { name: nameOf(route) })}</p>
  <//>`;
}

function Route({ answer, reload }) {
  const t = useWords();
  const { params } = useStore(place);
  const { body: route, etag } = answer;
  // Here, so that they outlive a look at another view.
  const edits = useEdits(pathOf(route.route_id), useMemo(() => entryOf(route), [route]));
  const [isDeleting, setDeleting] = useState(false);
  const view = views.includes(params.view) ? params.view : 'edit';
  const isOn = route.is_active !== false;
  const [toggle, toggling] = useAction(async () => {
    await switchRoute(t, route);
    reload();
  });
  return html`
    <${PageHead} title=${nameOf(route)} back=${backTo('routes')} hint=${html`<span class="mono">${route.route_id}</span> · <span title=${route.file}>${format.fileName(route.file)}${route.line ? `:${route.line}` : ''}</span>`}>
      <span class="labelled-switch">${isOn ? t('state.on') : t('state.off')} <${ActiveSwitch} label=${t('route.toggle', { name: nameOf(route) })} value=${isOn} isBusy=${toggling.isBusy} disabled=${!may('routes')} onToggle=${toggle} /></span>
      ${may('routes') && html`<${Button} kind="danger" onClick=${() => setDeleting(true)}>${t('action.delete')}<//>`}
    <//>
    <${Failure} error=${toggling.error} />
    ${route.is_substituted?.length > 0 && html`<p class="banner"><span>${t('route.substituted')} ${route.is_substituted.map((name) => html`<${Badge} key=${name}>${name}<//> `)}</span></p>`}
    <${Views} id=${route.route_id} view=${view} />
    ${view === 'edit' && html`<${RouteEditor} id=${route.route_id} edits=${edits} etag=${etag} onWritten=${reload} onChanged=${reload} />`}
    ${view === 'test' && html`<${RouteTrial} route=${route} />`}
    ${view === 'traffic' && html`<${Stats} stats=${route.stats} /><${Card} title=${t('traffic.title')}><${Traffic} range="24h" every=${10_000} filter=${{ route_id: route.route_id }} /><//>
      <p><a href=${hrefOf(['logs'], { route_id: route.route_id })}>${t('route.its_logs')}</a></p>`}
    ${isDeleting && html`<${Delete} route=${route} onClose=${() => setDeleting(false)} />`}`;
}

export function RoutePage({ path: [id] }) {
  const t = useWords();
  const from = useLoad((signal) => call('GET', pathOf(id), { signal }), [id]);
  if (from.value === undefined) {
    return html`<${PageHead} title=${id} back=${backTo('routes')} /><${Card} title=${t('nav.routes')}><${Loaded} from=${from} lines=${8}>${() => null}<//><//>`;
  }
  return html`<${Loaded} from=${from}>${(answer) => html`<${Route} answer=${answer} reload=${from.reload} />`}<//>`;
}

// `first`: what the form begins with.
function NewRouteForm({ first }) {
  const edits = useEdits(pathOf(''), {}, first);
  return html`<${RouteEditor} edits=${edits} onWritten=${({ body }) => go(['routes', body.route_id])} />`;
}

export function NewRoute({ params }) {
  const t = useWords();
  // A copy of another route, without what makes it that one.
  const source = useLoad((signal) => (params.from ? call('GET', pathOf(params.from), { signal }) : { body: { match_path: '/v1/*', target_host: '' } }), [params.from]);
  return html`
    <${PageHead} title=${t('route.new')} back=${hrefOf(['routes'])} hint=${t('route.new_hint')} />
    <${Loaded} from=${source} lines=${8}>${({ body }) => {
      const { route_id: _, ...entry } = entryOf(body);
      return html`<${NewRouteForm} first=${entry} />`;
    }}<//>`;
}
