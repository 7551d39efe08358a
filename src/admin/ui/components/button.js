// Buttons and links that look like them. `kind`: primary, plain (default), quiet, danger.
import { html } from '../core/html.js';
import { Icon } from './icon.js';

export function Button({ kind = 'plain', icon, isBusy = false, type = 'button', disabled = false, children, ...rest }) {
  return html`<button ...${rest} type=${type} class=${`button ${kind}`} disabled=${disabled || isBusy} aria-busy=${isBusy ? 'true' : undefined}>
    ${icon && html`<${Icon} name=${icon} />`}${children}
  </button>`;
}

export function IconButton({ icon, label, kind = 'quiet', ...rest }) {
  return html`<button ...${rest} type="button" class=${`button icon-only ${kind}`} aria-label=${label} title=${label}>
    <${Icon} name=${icon} />
  </button>`;
}

export function LinkButton({ href, kind = 'plain', icon, children, ...rest }) {
  return html`<a ...${rest} class=${`button ${kind}`} href=${href}>
    ${icon && html`<${Icon} name=${icon} />`}${children}
  </a>`;
}

// One of a few choices, each with its own button.
export function Choices({ label, value, options, onChange }) {
  return html`<div class="choices" role="group" aria-label=${label}>
    ${options.map(([name, text]) => html`<button key=${name} type="button" aria-pressed=${String(name === value)} onClick=${() => onChange(name)}>${text}</button>`)}
  </div>`;
}
