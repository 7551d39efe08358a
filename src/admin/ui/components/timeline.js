// The three stages of a request on one line: begun, first byte, complete.
import * as format from '../core/format.js';
import { html } from '../core/html.js';
import { useWords } from '../i18n/index.js';

export function Timeline({ record }) {
  const t = useWords();
  const whole = record.response_time_ms ?? record.ttfb_ms ?? 0;
  const share = whole > 0 && record.ttfb_ms >= 0 ? Math.min(100, (100 * record.ttfb_ms) / whole) : 0;
  const stages = [
    ['begun', record.request_time, null],
    ['first_byte', record.first_response_time, record.ttfb_ms],
    ['complete', record.response_time, record.response_time_ms],
  ];
  return html`<div class="timeline">
    <div class="timeline-bar" aria-hidden="true">
      <span class="wait" style=${{ width: `${share}%` }}></span><span class="send" style=${{ width: `${record.response_time ? 100 - share : 0}%` }}></span>
    </div>
    <ol>
      ${stages.map(([name, time, after]) => html`<li key=${name} class=${time ? '' : 'muted'}>
        <strong>${t(`stage.${name}`)}</strong>
        <span>${time ? format.preciseTime(time) : t('stage.not_yet')}</span>
        ${time && after !== null && html`<span class="muted">+${format.duration(after)}</span>`}
      </li>`)}
    </ol>
  </div>`;
}
