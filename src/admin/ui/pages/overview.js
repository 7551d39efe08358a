// The first page: is all well, how much traffic, what happened last.
import { Choices } from '../components/button.js';
import { Paged } from '../components/pager.js';
import { Badge, Card, Empty, Failure, Figure, Figures, Loaded, PageHead, StatusBadge } from '../components/parts.js';
import { Table } from '../components/table.js';
import { Traffic, ranges } from '../components/traffic.js';
import { get } from '../core/api.js';
import * as format from '../core/format.js';
import { html } from '../core/html.js';
import { useLoad } from '../core/loading.js';
import { hrefOf, setParams } from '../core/router.js';
import { useWords } from '../i18n/index.js';

const every = 5000;
// Of upstream servers.
const pageSize = 50;

function Totals({ metrics, status }) {
  const t = useWords();
  const number = format.compact;
  return html`<${Figures}>
    <${Figure} label=${t('figure.requests')} value=${number(metrics.total_requests)} hint=${t('figure.per_minute', { n: number(metrics.requests_per_minute) })} />
    <${Figure} label=${t('figure.errors')} value=${number(metrics.total_errors)} />
    <${Figure} label=${t('figure.success')} value=${metrics.total_requests ? format.percent(metrics.success_rate) : '–'} />
    <${Figure} label=${t('figure.response')} value=${format.duration(metrics.avg_response_time)} hint=${t('figure.p95', { time: format.duration(metrics.p95_response_time) })} />
    <${Figure} label=${t('figure.ttfb')} value=${format.duration(metrics.avg_ttfb)} hint=${t('figure.p95', { time: format.duration(metrics.p95_ttfb) })} />
    <${Figure} label=${t('figure.streams')} value=${number(status?.streams_open)} hint=${status && t('figure.open', { n: number(status.requests_open) })} />
    <${Figure} label=${t('figure.keys')} value=${number(metrics.active_api_keys)} />
    <${Figure} label=${t('figure.routes')} value=${number(metrics.active_routes)} />
  <//>`;
}

const stateKinds = { up: 'ok', down: 'bad', unknown: '' };

function Upstreams({ upstreams }) {
  const t = useWords();
  const rows = upstreams.flatMap((group) => group.servers.map((server) => ({ group, ...server })));
  if (rows.length === 0) return html`<${Empty} icon="routes" title=${t('upstreams.none')}><p>${t('upstreams.none_hint')}</p><//>`;
  const columns = [
    { name: 'address', label: t('upstreams.server'), kind: 'wide', cell: (row) => html`<span class="stack"><span class="mono">${row.address}</span>${row.group.name !== row.address && html`<span class="muted small">${row.group.name}</span>`}</span>` },
    { name: 'state', label: t('upstreams.state'), cell: (row) => html`<span class="badges"><${Badge} kind=${stateKinds[row.state]}>${t(`upstreams.${row.state}`)}<//>${row.backup && html`<${Badge}>${t('upstreams.backup')}<//>`}</span>` },
    { name: 'open', label: t('upstreams.open'), kind: 'number', cell: (row) => format.number(row.connections_open) },
    { name: 'failures', label: t('upstreams.failures'), kind: 'number', cell: (row) => format.number(row.failures) },
  ];
  // Of many, those that need looking after come first.
  const inOrder = rows.length > pageSize ? [...rows].sort((a, b) => (a.state === 'up') - (b.state === 'up')) : rows;
  return html`<${Paged} rows=${inOrder} size=${pageSize}>${(part) => html`<${Table} label=${t('upstreams.title')} columns=${columns} rows=${part} keyOf=${(row) => `${row.group.name} ${row.address}`} />`}<//>`;
}

function LastRequests({ items }) {
  const t = useWords();
  if (items.length === 0) return html`<${Empty} title=${t('last.none')}><p>${t('last.none_hint')}</p><//>`;
  const columns = [
    { name: 'time', label: t('log.time'), cell: (row) => html`<a class="nowrap" href=${hrefOf(['logs', row.id])}>${format.clockTime(row.request_time)}</a>` },
    { name: 'status', label: t('log.status'), cell: (row) => html`<${StatusBadge} status=${row.status_code} isRunning=${row.stage && row.stage !== 'complete'} />` },
    { name: 'request', label: t('log.request'), kind: 'wide', cell: (row) => html`<span class="mono clamped">${row.method} ${row.path}</span>` },
    { name: 'took', label: t('log.took'), kind: 'number', cell: (row) => format.duration(row.response_time_ms) },
  ];
  return html`<${Table} label=${t('last.title')} columns=${columns} rows=${items} keyOf=${(row) => row.id} />`;
}

function Troubles({ status }) {
  const t = useWords();
  if (!status) return null;
  const failing = status.store?.state === 'failing';
  const rejected = status.last_reload && !status.last_reload.ok;
  return html`
    ${status.is_draining && html`<p class="banner warn" role="status"><span>${t('trouble.draining')}</span></p>`}
    ${failing && html`<p class="banner bad" role="alert"><span>${t('trouble.store')}</span></p>`}
    ${rejected && html`<div class="banner bad" role="alert"><div><strong>${t('trouble.reload')}</strong><ul>${(status.last_reload.errors ?? []).map((line, index) => html`<li key=${index} class="mono small">${typeof line === 'string' ? line : line.message}</li>`)}</ul></div></div>`}`;
}

export function Overview({ params }) {
  const t = useWords();
  const range = ranges[params.range] ? params.range : '1h';
  const status = useLoad((signal) => get('status', {}, signal), [], { every });
  const metrics = useLoad((signal) => get('metrics', { hours: 24 }, signal), [], { every });
  const last = useLoad((signal) => get('logs', { limit: 8, order: 'desc' }, signal), [], { every });
  const isStoreOff = status.value?.store?.enabled === false;
  return html`
    <${PageHead} title=${t('nav.overview')} hint=${t('overview.hint')} />
    <${Troubles} status=${status.value} />
    ${isStoreOff && html`<p class="banner warn"><span>${t('trouble.store_off')}</span></p>`}
    ${!isStoreOff && html`<${Loaded} from=${metrics}>${(value) => html`<${Totals} metrics=${value} status=${status.value} />`}<//>
    <${Card} title=${t('traffic.title')} actions=${html`<${Choices} label=${t('traffic.range')} value=${range}
        options=${Object.keys(ranges).map((name) => [name, t(`range.${name}`)])} onChange=${(name) => setParams({ range: name })} />`}>
      <${Traffic} range=${range} every=${every} />
    <//>`}
    <div class="columns">
      <${Card} title=${t('upstreams.title')} class="flush"><${Loaded} from=${status}>${(value) => html`<${Upstreams} upstreams=${value.upstreams ?? []} />`}<//><//>
      ${!isStoreOff && html`<${Card} title=${t('last.title')} class="flush" actions=${html`<a href=${hrefOf(['logs'])}>${t('last.all')}</a>`}>
        <${Loaded} from=${last}>${(value) => html`<${LastRequests} items=${value.items} />`}<//>
      <//>`}
    </div>
    ${status.error && status.value && status.error.status !== 0 && html`<${Failure} error=${status.error} />`}`;
}
