// The value of a new key: shown this once.
import { html } from '../core/html.js';
import { useWords } from '../i18n/index.js';
import { CopyButton } from './code.js';
import { Icon } from './icon.js';

export function KeyValue({ value }) {
  const t = useWords();
  return html`<div class="banner ok key-value" role="status">
    <${Icon} name="keys" />
    <div class="form">
      <div><strong>${t('key.value_title')}</strong><p>${t('key.value_hint')}</p></div>
      <div class="key-value-row"><code>${value}</code><${CopyButton} text=${value} /></div>
    </div>
  </div>`;
}
