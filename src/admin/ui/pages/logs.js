// The record of requests: filters in the address, pages by cursor, a live tail, export.
import { useEffect, useRef } from 'preact/hooks';
import { Button, LinkButton } from '../components/button.js';
import { LogFilters, filterNames } from '../components/log_filters.js';
import { Badge, Card, Empty, Loaded, PageHead, StatusBadge } from '../components/parts.js';
import { Table } from '../components/table.js';
import { addressOf, get } from '../core/api.js';
import * as format from '../core/format.js';
import { html } from '../core/html.js';
import { useLoad } from '../core/loading.js';
import { go, hrefOf, setParams } from '../core/router.js';
import { useWords } from '../i18n/index.js';

const pageSize = 50;
const tailSize = 100;
const tailEvery = 1000;

const picked = (params) => Object.fromEntries(filterNames.filter((name) => params[name]).map((name) => [name, params[name]]));

// A browser keeps as the file whatever it is answered: a session that has ended is noticed before.
async function downloadSignedIn(event) {
  const { currentTarget: link, isTrusted: isByVisitor } = event;
  if (!isByVisitor) return;
  event.preventDefault();
  const failure = await get('logs', { limit: 1 }).then(() => null, (error) => error);
  if (failure?.status !== 401) link.click();
}

function Exports({ filter }) {
  const t = useWords();
  return html`<span class="exports" role="group" aria-label=${t('log.export')}>
    ${['csv', 'json', 'ndjson'].map((kind) => html`<${LinkButton} key=${kind} icon="download" href=${addressOf('logs/export', { ...filter, format: kind }).href} download=${`fastgate-logs.${kind}`} onClick=${downloadSignedIn}>${kind.toUpperCase()}<//>`)}
  </span>`;
}

function List({ items, isNew }) {
  const t = useWords();
  const columns = [
    { name: 'time', label: t('log.time'), cell: (row) => html`<a class="nowrap" href=${hrefOf(['logs', row.id])}>${format.logTime(row.request_time)}</a>` },
    { name: 'status', label: t('log.status'), cell: (row) => html`<${StatusBadge} status=${row.status_code} isRunning=${row.stage && row.stage !== 'complete'} />` },
    { name: 'request', label: t('log.request'), kind: 'wide', cell: (row) => html`<span class="clamped"><span class="mono">${row.method} ${row.path}${row.query ? `?${row.query}` : ''}</span>${row.is_stream && html` <${Badge} kind="info">${t('log.stream')}<//>`}</span>` },
    { name: 'route', label: t('log.route'), kind: 'short', cell: (row) => (row.route_id ? html`<span class="mono small">${row.route_id}</span>` : '–') },
    { name: 'source', label: t('log.source'), kind: 'short', cell: (row) => row.source_path || '–' },
    { name: 'ttfb', label: t('figure.ttfb'), kind: 'number', cell: (row) => format.duration(row.ttfb_ms) },
    { name: 'took', label: t('log.took'), kind: 'number', cell: (row) => format.duration(row.response_time_ms) },
    { name: 'size', label: t('log.size'), kind: 'number', cell: (row) => format.bytes(row.response_size) },
  ];
  return html`<${Table} label=${t('nav.logs')} columns=${columns} rows=${items} keyOf=${(row) => row.id}
    rowClass=${(row) => (isNew(row) ? 'is-new' : '')} onOpen=${(row) => go(['logs', row.id])} />`;
}

// Which rows of a tail were not there a moment ago.
function useNews(items, isLive) {
  const known = useRef(null);
  const before = known.current;
  useEffect(() => { known.current = isLive && items ? new Set(items.map((row) => row.id)) : null; }, [items, isLive]);
  return (row) => before !== null && !before.has(row.id);
}

function Pages({ params, cursor, hasFirst }) {
  const t = useWords();
  const { cursor: _, live: __, ...filter } = params;
  if (!cursor && !hasFirst) return null;
  return html`<nav class="pager" aria-label=${t('pager.label')}>
    ${hasFirst && html`<${LinkButton} href=${hrefOf(['logs'], filter)} icon="back">${t(params.order === 'asc' ? 'log.oldest' : 'log.newest')}<//>`}
    ${cursor && html`<${LinkButton} href=${hrefOf(['logs'], { ...filter, cursor })}>${t('log.further')}<//>`}
  </nav>`;
}

export function Logs({ params }) {
  const t = useWords();
  const filter = picked(params);
  const isLive = params.live === '1';
  const query = isLive ? { ...filter, order: 'desc', limit: tailSize } : { ...filter, order: params.order ?? 'desc', limit: pageSize, cursor: params.cursor };
  const from = useLoad((signal) => get('logs', query, signal), [JSON.stringify(query)], { every: isLive ? tailEvery : 0 });
  const isNew = useNews(from.value?.items, isLive);
  const isFiltered = Object.keys(filter).length > 0;
  return html`
    <${PageHead} title=${t('nav.logs')} hint=${t(isLive ? 'log.live_hint' : params.order === 'asc' ? 'log.hint_asc' : 'log.hint')}>
      <${Exports} filter=${filter} />
      <${Button} kind=${isLive ? 'primary' : 'plain'} icon=${isLive ? 'pause' : 'play'} aria-pressed=${String(isLive)} onClick=${() => setParams({ live: isLive ? '' : '1', cursor: '' })}>${t('log.live')}<//>
    <//>
    <${LogFilters} params=${params} />
    <${Card} class="flush" title=${t('log.list')} actions=${!isLive && html`<${Button} kind="quiet" icon="refresh" onClick=${from.reload}>${t('action.load_again')}<//>`}>
      <${Loaded} from=${from} lines=${8}>${({ items, next_cursor: cursor }) => {
        if (items.length) return html`<${List} items=${items} isNew=${isNew} />${!isLive && html`<${Pages} params=${params} cursor=${cursor} hasFirst=${Boolean(params.cursor)} />`}`;
        if (isFiltered) return html`<${Empty} icon="search" title=${t('empty.filtered')}><${LinkButton} href=${hrefOf(['logs'])}>${t('action.clear_filters')}<//><//>`;
        return html`<${Empty} title=${t('last.none')}><p>${t('last.none_hint')}</p><//>`;
      }}<//>
    <//>`;
}
