// Line icons, 20 by 20. They repeat what the text beside them says, so readers skip them.
import { html } from '../core/html.js';

const shapes = {
  overview: 'M3 10.5 10 4l7 6.5M5 9v7h10V9M8.5 16v-4h3v4',
  routes: 'M5 4v5a3 3 0 0 0 3 3h4a3 3 0 0 1 3 3v1M5 4 3 6M5 4l2 2M15 4v3m0 9 2-2m-2 2-2-2',
  keys: 'M12.5 8.5a3.5 3.5 0 1 0-3.2 3.5L10 11.3 11.5 13H13v1.5h1.5V16H17v-2.3l-4.7-4.6M8.6 7.4h0',
  logs: 'M4 5h12M4 8.5h12M4 12h8M4 15.5h5',
  statistics: 'M4 16V9M8 16V4M12 16v-5M16 16V7M3 16h14',
  settings: 'M4 6h7M15 6h1M4 10h1M9 10h7M4 14h6M14 14h2M13 4.5v3M7 8.5v3M12 12.5v3',
  plug: 'M7 3v4M13 3v4M5 7h10v2a5 5 0 0 1-10 0V7ZM10 14v3',
  plus: 'M10 4v12M4 10h12',
  search: 'M9 14A5 5 0 1 0 9 4a5 5 0 0 0 0 10ZM13 13l3.5 3.5',
  close: 'M5 5l10 10M15 5 5 15',
  copy: 'M7 7V4h9v9h-3M4 7h9v9H4z',
  play: 'M6 4.5v11l9-5.5-9-5.5Z',
  pause: 'M7 4.5v11M13 4.5v11',
  download: 'M10 3v9m0 0 3.5-3.5M10 12 6.5 8.5M4 16h12',
  edit: 'M4 16l.8-3.2L13 4.5l2.5 2.5-8.3 8.2L4 16Z',
  back: 'M12 5 7 10l5 5',
  next: 'M8 5l5 5-5 5',
  sun: 'M10 13a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM10 2.5v1.5M10 16v1.5M2.5 10H4M16 10h1.5M4.7 4.7l1 1M14.3 14.3l1 1M15.3 4.7l-1 1M5.7 14.3l-1 1',
  moon: 'M15.5 12.3A6.5 6.5 0 0 1 7.7 4.5a6.5 6.5 0 1 0 7.8 7.8Z',
  globe: 'M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM3 10h14M10 3c2.5 2.5 2.5 11.5 0 14M10 3c-2.5 2.5-2.5 11.5 0 14',
  leave: 'M12 4H5v12h7M9 10h8m0 0-3-3m3 3-3 3',
  history: 'M4 10a6 6 0 1 1 1.8 4.3M4 10 2.5 8M4 10l2-1.700M10 6.500V10l2.5 1.5',
  question: 'M7.5 7.500a2.5 2.5 0 1 1 3.5 2.300c-.7.3-1 .8-1 1.500v.4M10 14.500h0',
  warning: 'M10 3.5 17.5 16h-15L10 3.500ZM10 8.500v3.500M10 14h0',
  refresh: 'M15.5 8A6 6 0 1 0 16 11.500M16 4v4h-4',
  check: 'M4.5 10.5 8.5 14.5 15.5 6',
};

export function Icon({ name, class: extra = '' }) {
  return html`<svg class=${`icon ${extra}`} viewBox="0 0 20 20" aria-hidden="true" focusable="false">
    <path d=${shapes[name]} />
  </svg>`;
}

export function Brand() {
  return html`<svg class="brand-mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
    <rect width="32" height="32" rx="8" />
    <path d="M8 24V13a8 8 0 0 1 16 0v11M8 24h5M19 24h5M13 24v-9M19 24v-9" />
  </svg>`;
}
