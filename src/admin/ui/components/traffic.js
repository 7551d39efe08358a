// Requests and errors over time, and how long answers took.
import { useMemo } from 'preact/hooks';
import { get } from '../core/api.js';
import * as format from '../core/format.js';
import { html } from '../core/html.js';
import { useLoad } from '../core/loading.js';
import { useWords } from '../i18n/index.js';
import { Chart } from './chart.js';
import { Loaded } from './parts.js';

export const ranges = {
  '1h': { path: 'metrics/minutely', query: { minutes: 60 }, step: 'minute' },
  '6h': { path: 'metrics/minutely', query: { minutes: 360 }, step: 'minute' },
  '24h': { path: 'metrics/hourly', query: { hours: 24 }, step: 'hour' },
  '7d': { path: 'metrics/hourly', query: { hours: 168 }, step: 'hour' },
  '30d': { path: 'metrics/daily', query: { days: 30 }, step: 'day' },
};

const iso = (seconds) => new Date(seconds * 1000).toISOString();
const clock = (seconds) => format.shortDateTime(iso(seconds)).slice(-5);
const withoutYear = (date) => date.replace(/^\d{4}[/-]|[/-]\d{4}$/g, '');
const day = (seconds) => withoutYear(format.date(iso(seconds)));
// Periods of a day are days of UTC.
const utcDate = (seconds) => format.utcDate(iso(seconds));
const utcDay = (seconds) => withoutYear(utcDate(seconds));
const moment = (seconds) => format.shortDateTime(iso(seconds));
const axisOf = { '1h': clock, '6h': clock, '24h': clock, '7d': day, '30d': utcDay };

export function Traffic({ range, every = 0, filter = {}, height }) {
  const { path, query } = ranges[range];
  const from = useLoad((signal) => get(path, { ...query, ...filter }, signal), [path, JSON.stringify(query), JSON.stringify(filter)], { every });
  return html`<${Loaded} from=${from} lines=${6}>${(value) => html`<${Lines} items=${value.items} range=${range} height=${height} />`}<//>`;
}

function Lines({ items, range, height }) {
  const t = useWords();
  const times = useMemo(() => items.map((item) => Date.parse(item.time) / 1000), [items]);
  const counts = useMemo(() => [
    { label: t('figure.requests'), tone: 'accent', shape: 'bars', values: items.map((item) => item.total_requests) },
    { label: t('figure.errors'), tone: 'bad', shape: 'bars', values: items.map((item) => item.total_errors) },
  ], [items, t('figure.errors')]);
  const spans = useMemo(() => [
    { label: t('figure.average'), tone: 'info', shape: 'area', values: items.map((item) => (item.total_requests ? item.avg_response_time : null)) },
    { label: 'p95', tone: 'warn', shape: 'line', values: items.map((item) => (item.total_requests ? item.p95_response_time : null)) },
  ], [items, t('figure.errors')]);
  const sum = (name) => items.reduce((total, item) => total + item[name], 0);
  const isDaily = ranges[range].step === 'day';
  const common = { times, axisTime: axisOf[range], readTime: isDaily ? utcDate : moment, isUtc: isDaily };
  return html`<div class="traffic">
    <div><h3>${t(`traffic.by_${ranges[range].step}`)}</h3>
      <${Chart} ...${common} series=${counts} format=${format.compact} height=${height}
        summary=${t('traffic.summary', { requests: format.number(sum('total_requests')), errors: format.number(sum('total_errors')) })} />
    </div>
    <div><h3>${t('traffic.times')}</h3>
      <${Chart} ...${common} series=${spans} format=${format.duration} height=${height}
        summary=${t('traffic.times_summary', { most: format.duration(Math.max(0, ...items.map((item) => item.p95_response_time ?? 0))) })} />
    </div>
  </div>`;
}
