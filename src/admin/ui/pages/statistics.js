// Where traffic goes, from whom it comes, and how long it takes.
import { Choices } from '../components/button.js';
import { Bars, Histogram } from '../components/bars.js';
import { Paged } from '../components/pager.js';
import { Card, Empty, Figure, Figures, Loaded, PageHead } from '../components/parts.js';
import { Table } from '../components/table.js';
import { Traffic } from '../components/traffic.js';
import { get } from '../core/api.js';
import * as format from '../core/format.js';
import { html } from '../core/html.js';
import { useLoad } from '../core/loading.js';
import { hrefOf, setParams } from '../core/router.js';
import { useWords } from '../i18n/index.js';

const hours = { '24h': 24, '7d': 168, '30d': 720 };
const every = 30_000;
const statusTones = { '1': 'info', '2': 'ok', '3': 'info', '4': 'warn', '5': 'bad' };

const rateOf = (row) => (row.requests ? format.percent((100 * row.errors) / row.requests) : '–');

function Statuses({ distribution }) {
  const t = useWords();
  const total = Object.values(distribution).reduce((sum, value) => sum + value, 0);
  const rows = Object.entries(distribution).map(([name, value]) => ({ name, label: name, value, tone: statusTones[name[0]], text: `${format.number(value)} · ${total ? format.percent((100 * value) / total) : '–'}` }));
  return html`<${Bars} label=${t('stats.status')} rows=${rows} />`;
}

function Times({ histogram }) {
  const t = useWords();
  const buckets = histogram.map(({ le_ms: bound, count }) => {
    const text = bound === null ? '∞' : bound >= 1000 ? `${bound / 1000} s` : String(bound);
    return { bound: text, count, text: t('stats.bucket', { bound: text, n: format.number(count) }) };
  });
  return html`<p class="muted small">${t('stats.histogram_hint')}</p><${Histogram} label=${t('stats.histogram')} buckets=${buckets} />`;
}

function Ranking({ label, name, rows, link }) {
  const t = useWords();
  const columns = [
    { name: 'name', label: name, kind: 'wide', cell: (row) => (row.label ? html`<a class="mono" href=${link(row)}>${row.label}</a>` : '–') },
    { name: 'requests', label: t('figure.requests'), kind: 'number', cell: (row) => format.compact(row.requests) },
    { name: 'errors', label: t('route.error_rate'), kind: 'number', cell: rateOf },
  ];
  if (rows.some((row) => row.avg_response_time !== undefined)) columns.push({ name: 'average', label: t('figure.average'), kind: 'number', cell: (row) => format.duration(row.avg_response_time) });
  if (rows.some((row) => row.p95_response_time !== undefined)) columns.push({ name: 'p95', label: 'p95', kind: 'number', cell: (row) => format.duration(row.p95_response_time) });
  return html`<${Card} title=${label} class="flush">${rows.length
    ? html`<${Paged} rows=${rows} size=${50}>${(part) => html`<${Table} label=${label} columns=${columns} rows=${part} keyOf=${(row) => row.label} />`}<//>`
    : html`<${Empty} icon="statistics" title=${t('last.none')} />`}<//>`;
}

function Rankings({ metrics }) {
  const t = useWords();
  const routes = (metrics.routes ?? []).map((row) => ({ ...row, label: row.route_id }));
  const slowest = [...routes].filter((row) => row.requests).sort((a, b) => b.p95_response_time - a.p95_response_time).slice(0, 8);
  const routeLink = (row) => hrefOf(['routes', row.route_id], { view: 'traffic' });
  return html`<div class="columns">
    <${Ranking} label=${t('stats.routes')} name=${t('log.route')} rows=${routes} link=${routeLink} />
    <${Ranking} label=${t('stats.slowest')} name=${t('log.route')} rows=${slowest} link=${routeLink} />
    <${Ranking} label=${t('stats.paths')} name=${t('filter.path')} rows=${(metrics.top_paths ?? []).map((row) => ({ ...row, label: row.path }))} link=${(row) => hrefOf(['logs'], { path: row.path })} />
    <${Ranking} label=${t('stats.sources')} name=${t('log.source')} rows=${(metrics.top_sources ?? []).map((row) => ({ ...row, label: row.source_path }))} link=${(row) => hrefOf(['logs'], { source_path: row.source_path })} />
    <${Ranking} label=${t('stats.keys')} name=${t('log.key')} rows=${(metrics.keys ?? []).map((row) => ({ ...row, label: row.key_id }))} link=${(row) => hrefOf(['keys', row.key_id])} />
  </div>`;
}

// Chart and table of periods can be narrowed to a route or a key; the rankings show all of them anyway.
function Narrow({ name, label, ids, value }) {
  const t = useWords();
  // What had no route or no key stands under an empty id.
  const known = ids.filter(Boolean);
  const shown = value && !known.includes(value) ? [...known, value] : known;
  return html`<select class="search" aria-label=${label} onChange=${(event) => setParams({ [name]: event.target.value })}>
    <option value="" selected=${!value}>${label}: ${t('state.all')}</option>
    ${shown.map((id) => html`<option key=${id} value=${id} selected=${id === value}>${id}</option>`)}
  </select>`;
}

// The same numbers as the chart, for reading and copying.
function Periods({ range, filter }) {
  const t = useWords();
  const isHourly = range === '24h';
  const from = useLoad((signal) => (isHourly ? get('metrics/hourly', { hours: 24, ...filter }, signal) : get('metrics/daily', { days: hours[range] / 24, ...filter }, signal)), [range, JSON.stringify(filter)], { every });
  const columns = [
    { name: 'time', label: t('log.time'), cell: (row) => (isHourly ? format.shortDateTime(row.time) : row.date ?? format.utcDate(row.time)) },
    { name: 'requests', label: t('figure.requests'), kind: 'number', cell: (row) => format.number(row.total_requests) },
    { name: 'errors', label: t('figure.errors'), kind: 'number', cell: (row) => format.number(row.total_errors) },
    { name: 'success', label: t('figure.success'), kind: 'number', cell: (row) => (row.total_requests ? format.percent(row.success_rate) : '–') },
    { name: 'average', label: t('figure.average'), kind: 'number', cell: (row) => (row.total_requests ? format.duration(row.avg_response_time) : '–') },
    { name: 'p95', label: 'p95', kind: 'number', cell: (row) => (row.total_requests ? format.duration(row.p95_response_time) : '–') },
    { name: 'p99', label: 'p99', kind: 'number', cell: (row) => (row.total_requests ? format.duration(row.p99_response_time) : '–') },
    { name: 'ttfb', label: t('figure.ttfb'), kind: 'number', cell: (row) => (row.total_requests ? format.duration(row.avg_ttfb) : '–') },
  ];
  return html`<${Card} title=${t(isHourly ? 'stats.by_hour' : 'stats.by_day')} class="flush"><${Loaded} from=${from} lines=${8}>
    ${({ items }) => html`<${Table} label=${t(isHourly ? 'stats.by_hour' : 'stats.by_day')} columns=${columns} rows=${[...items].reverse()} keyOf=${(row) => row.time} />`}
  <//><//>`;
}

export function Statistics({ params }) {
  const t = useWords();
  const range = hours[params.range] ? params.range : '24h';
  const filter = { route_id: params.route_id, key_id: params.key_id };
  const from = useLoad((signal) => get('metrics', { hours: hours[range] }, signal), [range], { every });
  return html`
    <${PageHead} title=${t('nav.statistics')} hint=${t('stats.hint')}>
      <${Choices} label=${t('traffic.range')} value=${range} options=${Object.keys(hours).map((name) => [name, t(`range.${name}`)])} onChange=${(name) => setParams({ range: name })} />
    <//>
    <${Loaded} from=${from} lines=${6}>${(metrics) => html`
      <${Figures}>
        <${Figure} label=${t('figure.requests')} value=${format.compact(metrics.total_requests)} />
        <${Figure} label=${t('figure.success')} value=${metrics.total_requests ? format.percent(metrics.success_rate) : '–'} />
        <${Figure} label=${t('figure.response')} value=${format.duration(metrics.avg_response_time)} hint=${`p50 ${format.duration(metrics.p50_response_time)} · p99 ${format.duration(metrics.p99_response_time)}`} />
        <${Figure} label=${t('figure.bytes')} value=${format.bytes(metrics.response_bytes)} hint=${t('figure.bytes_in', { size: format.bytes(metrics.request_bytes) })} />
      <//>
      <${Card} title=${t('traffic.title')} actions=${html`
          <${Narrow} name="route_id" label=${t('log.route')} value=${params.route_id} ids=${(metrics.routes ?? []).map((row) => row.route_id)} />
          <${Narrow} name="key_id" label=${t('log.key')} value=${params.key_id} ids=${(metrics.keys ?? []).map((row) => row.key_id)} />`}>
        <${Traffic} range=${range} every=${every} filter=${filter} />
      <//>
      <div class="columns">
        <${Card} title=${t('stats.status')}><${Statuses} distribution=${metrics.status_distribution ?? {}} /><//>
        <${Card} title=${t('stats.histogram')}><${Times} histogram=${metrics.response_time_histogram ?? []} /><//>
      </div>
      <${Rankings} metrics=${metrics} />
      <${Periods} range=${range} filter=${filter} />`}<//>`;
}
