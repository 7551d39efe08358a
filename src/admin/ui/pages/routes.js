// All routes, in the order in which a request meets them.
import { Button, Choices, LinkButton } from '../components/button.js';
import { pageAt, Pager } from '../components/pager.js';
import { Badge, Card, Empty, Failure, Loaded, PageHead } from '../components/parts.js';
import { Table } from '../components/table.js';
import { toast } from '../components/toasts.js';
import { call, get } from '../core/api.js';
import * as format from '../core/format.js';
import { html } from '../core/html.js';
import { useAction, useLoad } from '../core/loading.js';
import { go, hrefOf, setParams } from '../core/router.js';
import { may } from '../core/session.js';
import { useWords } from '../i18n/index.js';

// Thousands of routes are not asked for as often as a few.
const every = (value) => (value?.items.length > 1000 ? 60_000 : 10_000);
// The most that the gateway tells at once.
const most = 10_000;
const pageSize = 100;

export const nameOf = (route) => route.route_name || route.route_id;
const methodsOf = (route) => (Array.isArray(route.match_method) ? route.match_method.join(', ') : route.match_method) || 'ANY';

function targetOf(t, route) {
  if (route.respond) return t('route.responds', { status: route.respond.status ?? 200 });
  if (route.upstream) return t('route.to_group', { name: route.upstream });
  return `${route.target_protocol ?? 'http'}://${route.target_host ?? ''}`;
}

function Match({ route }) {
  return html`<span class="match clamped">
    <${Badge}>${methodsOf(route)}<//> <span class="mono">${route.match_host ?? ''}${route.match_path ?? '/*'}</span>
  </span>`;
}

function errorRate(stats) {
  if (!stats?.requests) return '–';
  return html`<span class=${stats.errors / stats.requests >= 0.05 ? 'tone-text-bad' : ''}>${format.percent((100 * stats.errors) / stats.requests)}</span>`;
}

export function ActiveSwitch({ label, value, isBusy, disabled, onToggle }) {
  return html`<button type="button" class="switch" role="switch" aria-checked=${String(value)} aria-label=${label} disabled=${disabled || isBusy} onClick=${onToggle}></button>`;
}

// Says what is wanted, not `the other state`: what is shown may be older than somebody else's switch.
export async function switchRoute(t, route) {
  const { body } = await call('PUT', `routes/${encodeURIComponent(route.route_id)}`, { body: { is_active: route.is_active === false } });
  toast(t(body.is_active === false ? 'route.disabled' : 'route.enabled', { name: nameOf(route) }));
}

function List({ routes, onToggle, isBusy }) {
  const t = useWords();
  const columns = [
    { name: 'active', label: t('route.active'), cell: (route) => html`<${ActiveSwitch} label=${t('route.toggle', { name: nameOf(route) })} value=${route.is_active !== false} isBusy=${isBusy} disabled=${!may('routes')} onToggle=${() => onToggle(route)} />` },
    { name: 'name', label: t('route.name'), kind: 'wide', cell: (route) => html`<span class="stack"><a class="clamped" href=${hrefOf(['routes', route.route_id])}>${nameOf(route)}</a><span class="muted small mono clamped">${route.route_id}</span></span>` },
    { name: 'match', label: t('route.match'), kind: 'wide', cell: (route) => html`<${Match} route=${route} />` },
    { name: 'target', label: t('route.target'), kind: 'wide', cell: (route) => html`<span class=${route.target_host ? 'mono' : ''}>${targetOf(t, route)}</span>` },
    { name: 'priority', label: t('route.priority'), kind: 'number', cell: (route) => route.priority ?? 100 },
    { name: 'requests', label: t('figure.requests'), kind: 'number', cell: (route) => format.compact(route.stats?.requests) },
    { name: 'errors', label: t('route.error_rate'), kind: 'number', cell: (route) => errorRate(route.stats) },
  ];
  return html`<${Table} label=${t('nav.routes')} columns=${columns} rows=${routes} keyOf=${(route) => route.route_id}
    rowClass=${(route) => (route.is_active === false ? 'is-off' : '')} onOpen=${(route) => go(['routes', route.route_id])} />`;
}

const haystack = (route) => [route.route_id, route.route_name, route.description, route.match_path, route.match_host, route.target_host, route.upstream].join(' ').toLowerCase();

export function Routes({ params }) {
  const t = useWords();
  const from = useLoad((signal) => get('routes', { limit: most }, signal), [], { every });
  const [toggle, toggling] = useAction(async (route) => {
    await switchRoute(t, route);
    from.reload();
  });
  const state = params.state ?? 'all';
  const find = (params.q ?? '').toLowerCase();
  const fits = (route) => haystack(route).includes(find) && (state === 'all' || (route.is_active !== false) === (state === 'on'));
  const inOrder = (items) => [...items].sort((a, b) => (a.priority ?? 100) - (b.priority ?? 100));

  return html`
    <${PageHead} title=${t('nav.routes')} hint=${t('route.hint')}>
      <${LinkButton} href=${hrefOf(['explain'])} icon="question">${t('nav.explain')}<//>
      <${LinkButton} href=${hrefOf(['history'])} icon="history">${t('nav.history')}<//>
      ${may('routes') && html`<${LinkButton} href=${hrefOf(['new-route'])} kind="primary" icon="plus">${t('route.new')}<//>`}
    <//>
    <${Failure} error=${toggling.error} />
    <${Card} class="flush" title=${t('route.list')} actions=${html`
        <input type="search" class="search" aria-label=${t('action.search')} placeholder=${t('route.search')} value=${params.q ?? ''} onInput=${(event) => setParams({ q: event.target.value, skip: '' })} />
        <${Choices} label=${t('route.active')} value=${state} options=${['all', 'on', 'off'].map((name) => [name, t(`state.${name}`)])} onChange=${(name) => setParams({ state: name === 'all' ? '' : name, skip: '' })} />`}>
      <${Loaded} from=${from} lines=${6}>${({ items, total }) => {
        const routes = inOrder(items.filter(fits));
        if (routes.length) {
          const skip = pageAt(Number(params.skip) || 0, pageSize, routes.length);
          return html`${total > items.length && html`<p class="banner"><span>${t('route.not_all', { shown: format.number(items.length), total: format.number(total) })}</span></p>`}
            <${List} routes=${routes.slice(skip, skip + pageSize)} onToggle=${toggle} isBusy=${toggling.isBusy} />
            <${Pager} skip=${skip} size=${pageSize} total=${routes.length} onMove=${(to) => setParams({ skip: to || '' })} />`;
        }
        if (items.length) return html`<${Empty} icon="search" title=${t('empty.filtered')}><${Button} onClick=${() => setParams({ q: '', state: '' })}>${t('action.clear_filters')}<//><//>`;
        return html`<${Empty} icon="routes" title=${t('route.none')}><p>${t('route.none_hint')}</p><//>`;
      }}<//>
    <//>`;
}
