// A request as one types it: for trying a route and for asking which route it takes.
import { html } from '../core/html.js';
import { useWords } from '../i18n/index.js';
import { AreaField, MapField, SelectField, TextField } from './field.js';

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'];

export function RequestForm({ request, onChange, hasKey }) {
  const t = useWords();
  const field = (name) => ({ label: t(`request.${name}`), value: request[name], onChange: (value) => onChange({ ...request, [name]: value }) });
  return html`<div class="fields">
    <${SelectField} ...${field('method')} options=${methods.map((name) => [name, name])} />
    <${TextField} ...${field('path')} isMono required />
    ${hasKey && html`<${TextField} ...${field('key_id')} isMono placeholder="fg_0123456789ab" hint=${t('request.key_hint')} />`}
    <${MapField} ...${field('headers')} isWide hint=${t('hint.map')} />
    <${AreaField} ...${field('body')} isWide rows=${5} placeholder='{"model": "…"}' />
  </div>`;
}

// Without what was left empty.
export const filled = (request) => Object.fromEntries(Object.entries(request).filter(([, value]) => value !== undefined && value !== ''));
