// Names with their shares as bars.
import { html } from '../core/html.js';

// `rows`: {name, label, value, text, tone}.
export function Bars({ label, rows }) {
  const most = Math.max(1, ...rows.map((row) => row.value));
  return html`<ul class="bars" aria-label=${label}>
    ${rows.map((row) => html`<li key=${row.name}>
      <span class="bar-label">${row.label}</span><span class="bar-text">${row.text}</span>
      <span class="bar-track" aria-hidden="true"><span class=${`bar-fill tone-${row.tone ?? 'accent'}`} style=${{ width: `${(100 * row.value) / most}%` }}></span></span>
    </li>`)}
  </ul>`;
}

// Counts in rising buckets as columns, with their bounds below.
export function Histogram({ label, buckets }) {
  const most = Math.max(1, ...buckets.map((bucket) => bucket.count));
  return html`<ol class="histogram" aria-label=${label}>
    ${buckets.map((bucket) => html`<li key=${bucket.bound}>
      <span class="column" aria-hidden="true"><span style=${{ height: `${(100 * bucket.count) / most}%` }}></span></span>
      <span class="bucket-bound">${bucket.bound}</span><span class="sr-only">${bucket.text}</span>
    </li>`)}
  </ol>`;
}
