// All keys: whose they are, what they may, how much they are used.
import { useEffect, useState } from 'preact/hooks';
import { Button, Choices, LinkButton } from '../components/button.js';
import { Spark } from '../components/chart.js';
import { pageAt, Pager } from '../components/pager.js';
import { Badge, Card, Empty, Loaded, PageHead } from '../components/parts.js';
import { Table } from '../components/table.js';
import { get } from '../core/api.js';
import * as format from '../core/format.js';
import { html } from '../core/html.js';
import { useLoad } from '../core/loading.js';
import { go, hrefOf, setParams } from '../core/router.js';
import { may } from '../core/session.js';
import { useWords } from '../i18n/index.js';

const pageSize = 25;

export function KeyState({ item }) {
  const t = useWords();
  if (item.is_active === false) return html`<${Badge}>${t('key.off')}<//>`;
  const left = item.expires_at ? Date.parse(item.expires_at) - Date.now() : Infinity;
  if (left <= 0) return html`<${Badge} kind="bad">${t('key.expired')}<//>`;
  if (left < 7 * 86_400_000) return html`<${Badge} kind="warn">${t('key.expires', { time: format.ago(item.expires_at) })}<//>`;
  return html`<${Badge} kind="ok">${t('key.on')}<//>`;
}

// A few at a time: a page of keys asks for one small chart each.
const waiting = [];
let running = 0;
function next() {
  while (running < 3 && waiting.length) {
    running += 1;
    waiting.shift()().finally(() => { running -= 1; next(); });
  }
}

function Usage({ item }) {
  const t = useWords();
  const [values, setValues] = useState(null);
  useEffect(() => {
    const gone = new AbortController();
    waiting.push(async () => {
      if (gone.signal.aborted) return;
      try {
        const { items } = await get('metrics/hourly', { hours: 24, key_id: item.key_id }, gone.signal);
        setValues(items.map((period) => period.total_requests));
      } catch {
        // The list is whole without its small charts.
      }
    });
    next();
    return () => gone.abort();
  }, [item.key_id]);
  const requests = format.compact(item.usage?.requests);
  return html`<span class="usage">${values && html`<${Spark} values=${values} label=${t('key.usage_day', { n: values.reduce((sum, value) => sum + value, 0) })} />`}<span>${requests}</span></span>`;
}

function List({ items }) {
  const t = useWords();
  const columns = [
    { name: 'source', label: t('field.source_path'), kind: 'wide', cell: (item) => html`<span class="stack"><a class="clamped" href=${hrefOf(['keys', item.key_id])}>${item.source_path || item.key_id}</a><span class="muted small mono">${item.key_id}</span>${item.description && html`<span class="muted small clamped">${item.description}</span>`}</span>` },
    { name: 'state', label: t('key.state'), cell: (item) => html`<${KeyState} item=${item} />` },
    { name: 'permissions', label: t('field.permissions'), kind: 'wide', cell: (item) => (item.permissions?.length ? html`<span class="badges">${item.permissions.map((name) => html`<${Badge} key=${name}>${name}<//>`)}</span>` : html`<span class="muted">${t('key.all')}</span>`) },
    { name: 'limit', label: t('key.limit'), kind: 'number', cell: (item) => (item.rate_limit ? t('figure.per_minute', { n: format.number(item.rate_limit) }) : '–') },
    { name: 'usage', label: t('figure.requests'), kind: 'number', cell: (item) => html`<${Usage} item=${item} />` },
    { name: 'last', label: t('key.last_used'), kind: 'number', cell: (item) => format.ago(item.usage?.last_used_at) },
  ];
  return html`<${Table} label=${t('nav.keys')} columns=${columns} rows=${items} keyOf=${(item) => item.key_id}
    rowClass=${(item) => (item.is_active === false ? 'is-off' : '')} onOpen=${(item) => go(['keys', item.key_id])} />`;
}

function Sources({ value }) {
  const t = useWords();
  const { value: sources } = useLoad((signal) => get('keys/sources', {}, signal), []);
  const names = (sources?.items ?? []).map((item) => item.source_path);
  const shown = value && !names.includes(value) ? [...names, value] : names;
  return html`<select class="search" aria-label=${t('key.by_source')} value=${value} onChange=${(event) => setParams({ source_path: event.target.value, skip: '' })}>
    <option value="" selected=${!value}>${t('key.every_source')}</option>
    ${shown.map((name) => html`<option key=${name} value=${name} selected=${name === value}>${name}</option>`)}
  </select>`;
}

export function Keys({ params }) {
  const t = useWords();
  const { source_path: source = '', is_active: active = '' } = params;
  const skip = Number(params.skip) || 0;
  const from = useLoad((signal) => get('keys', { source_path: source, is_active: active, skip, limit: pageSize }, signal), [source, active, skip]);
  const isFiltered = source !== '' || active !== '';
  // The last key of the last page was revoked: the page before it is the last one.
  const { items = [], total = 0 } = from.value ?? {};
  const isBeyond = skip > 0 && items.length === 0 && total > 0 && !from.isLoading;
  useEffect(() => { if (isBeyond) setParams({ skip: pageAt(skip, pageSize, total) || '' }); }, [isBeyond]);
  return html`
    <${PageHead} title=${t('nav.keys')} hint=${t('key.hint')}>
      ${may('keys') && html`<${LinkButton} href=${hrefOf(['new-key'])} kind="primary" icon="plus">${t('key.new')}<//>`}
    <//>
    <${Card} class="flush" title=${t('key.list')} actions=${html`<${Sources} value=${source} />
        <${Choices} label=${t('key.state')} value=${active || 'all'} options=${[['all', t('state.all')], ['true', t('state.on')], ['false', t('state.off')]]} onChange=${(name) => setParams({ is_active: name === 'all' ? '' : name, skip: '' })} />`}>
      <${Loaded} from=${from} lines=${5}>${({ items, total }) => {
        if (items.length) return html`<${List} items=${items} /><${Pager} skip=${skip} size=${pageSize} total=${total} onMove=${(to) => setParams({ skip: to || '' })} />`;
        if (total) return null;
        if (isFiltered) return html`<${Empty} icon="search" title=${t('empty.filtered')}><${Button} onClick=${() => setParams({ source_path: '', is_active: '', skip: '' })}>${t('action.clear_filters')}<//><//>`;
        return html`<${Empty} icon="keys" title=${t('key.none')}><p>${t('key.none_hint')}</p><//>`;
      }}<//>
    <//>`;
}
