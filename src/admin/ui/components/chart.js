// A chart over time, by uPlot. What it shows is told in words as well (`summary`), and the line above
// it reads out the moment under the pointer.
import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { html } from '../core/html.js';
import { shownTheme } from '../core/prefs.js';
import { useStore } from '../core/store.js';

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

// Moments without a neighbour: a line alone would not show them.
function lonely(plot, index) {
  const values = plot.data[index];
  const has = (at) => typeof values[at] === 'number';
  const found = values.flatMap((_, at) => (has(at) && !has(at - 1) && !has(at + 1) ? [at] : []));
  return found.length ? found : null;
}

function seriesOf({ label, tone, shape }) {
  const stroke = colour(tone);
  const common = { label, stroke, width: 1.75, points: { show: false, filter: lonely, size: 5, fill: stroke } };
  if (shape === 'bars') return { ...common, width: 0, points: { show: false }, fill: stroke, paths: uPlot.paths.bars({ size: [0.72, 40], radius: 0.15 }) };
  if (shape === 'area') return { ...common, fill: `${stroke}22` };
  return common;
}

// Half a step on both sides, so that the outer bars are whole.
function padded(plot, low, high) {
  const times = plot.data[0];
  const half = times.length > 1 ? (times[1] - times[0]) / 2 : 30;
  return [low - half, high + half];
}

const localTime = (seconds) => new Date(seconds * 1000);
const utcTime = (seconds) => uPlot.tzDate(localTime(seconds), 'Etc/UTC');

function optionsOf({ series, height, format, axisTime, isUtc }, width, onCursor) {
  const axis = { stroke: colour('text-3'), font: '11px system-ui, sans-serif', ticks: { show: false }, grid: { stroke: colour('border'), width: 1 } };
  return {
    width,
    height,
    padding: [8, 8, 0, 0],
    tzDate: isUtc ? utcTime : localTime,
    legend: { show: false },
    cursor: { points: { size: 6 }, drag: { x: false, y: false }, y: false },
    scales: { x: { time: true, range: padded }, y: { range: (_, low, high) => [0, high > 0 ? high * 1.1 : 1] } },
    axes: [
      { ...axis, grid: { show: false }, size: 28, space: 64, values: (_, ticks) => ticks.map(axisTime) },
      { ...axis, size: 52, space: 36, values: (_, ticks) => ticks.map(format) },
    ],
    series: [{}, ...series.map(seriesOf)],
    hooks: { setCursor: [(plot) => onCursor(plot.cursor.idx ?? null)] },
  };
}

export function Chart({ times, series, height = 220, format, axisTime, readTime, isUtc = false, summary }) {
  const place = useRef(null);
  const plot = useRef(null);
  const [index, setIndex] = useState(null);
  const shown = useStore(shownTheme);
  const shape = series.map(({ label, tone, shape: kind }) => `${label}/${tone}/${kind}`).join();

  useEffect(() => {
    const node = place.current;
    const values = [times, ...series.map((line) => line.values)];
    const made = new uPlot(optionsOf({ series, height, format, axisTime, isUtc }, node.clientWidth || 300, setIndex), values, node);
    const watcher = new ResizeObserver(() => made.setSize({ width: node.clientWidth, height }));
    watcher.observe(node);
    plot.current = made;
    return () => {
      watcher.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [shown, shape, height, axisTime, isUtc, format]);
  useEffect(() => { plot.current?.setData([times, ...series.map((line) => line.values)]); }, [times, series]);

  const at = index ?? times.length - 1;
  return html`<figure class="chart">
    <figcaption class="legend">
      <span class="legend-time">${at >= 0 && readTime(times[at])}</span>
      ${series.map((line) => html`<span key=${line.label} class="legend-item">
        <span class=${`swatch tone-${line.tone}`}></span>${line.label} <b>${at >= 0 ? format(line.values[at]) : ''}</b>
      </span>`)}
    </figcaption>
    <div class="plot" ref=${place} role="img" aria-label=${summary}></div>
  </figure>`;
}

// A line so small that it needs no axes.
export function Spark({ values, label }) {
  const most = Math.max(1, ...values);
  const step = values.length > 1 ? 96 / (values.length - 1) : 0;
  const points = values.map((value, index) => `${(index * step + 2).toFixed(1)},${(22 - (value / most) * 20).toFixed(1)}`).join(' ');
  return html`<svg class="spark" viewBox="0 0 100 24" role="img" aria-label=${label} preserveAspectRatio="none">
    <polyline points=${points} />
  </svg>`;
}
