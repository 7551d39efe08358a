// The fields of a key.
import { html } from '../core/html.js';
import { useWords } from '../i18n/index.js';
import { CheckField, ListField, NumberField, TextField } from './field.js';

const padded = (number, length = 2) => String(number).padStart(length, '0');

// ISO 8601 in UTC to what a field for local times holds, and back.
export function toLocal(iso) {
  const time = iso ? new Date(iso) : null;
  if (!time || Number.isNaN(time.getTime())) return '';
  // While a year is typed it is 2, 20, 203: with fewer digits than four the field would empty itself.
  return `${padded(time.getFullYear(), 4)}-${padded(time.getMonth() + 1)}-${padded(time.getDate())}T${padded(time.getHours())}:${padded(time.getMinutes())}`;
}

export function fromLocal(text) {
  const time = text ? new Date(text) : null;
  return time && !Number.isNaN(time.getTime()) ? time.toISOString().replace(/\.000Z$/, 'Z') : undefined;
}

export function KeyForm({ entry, onChange, errors, sources }) {
  const t = useWords();
  const set = (name) => (value) => onChange({ ...entry, [name]: value });
  const field = (name, more = {}) => ({ label: t(`field.${name}`), value: entry[name], onChange: set(name), error: errors[name], ...more });
  return html`<div class="form">
    <datalist id="sources">${sources.map((name) => html`<option key=${name} value=${name} />`)}</datalist>
    <div class="fields">
      <${TextField} ...${field('source_path', { required: true, list: 'sources', hint: t('hint.source_path') })} />
      <${TextField} ...${field('description')} />
      <${ListField} ...${field('permissions', { placeholder: 'chat, embeddings', hint: t('hint.key_permissions') })} />
      <${TextField} ...${field('expires_at', { type: 'datetime-local', value: toLocal(entry.expires_at), onChange: (text) => onChange({ ...entry, expires_at: fromLocal(text) }), hint: t('hint.expires_at') })} />
    </div>
    <fieldset class="form">
      <legend class="group-title">${t('group.limits')}</legend>
      <div class="fields">
        <${NumberField} ...${field('rate_limit', { hint: t('hint.key_rate_limit') })} />
        <${NumberField} ...${field('burst')} />
        <${NumberField} ...${field('max_concurrency')} />
        <${ListField} ...${field('allowed_ips', { isMono: true, placeholder: '10.0.0.0/8', hint: t('hint.any') })} />
        <${ListField} ...${field('allowed_routes', { isMono: true, hint: t('hint.any') })} />
        <${ListField} ...${field('allowed_models', { isMono: true, placeholder: 'gpt-4*', hint: t('hint.any') })} />
      </div>
    </fieldset>
    <${CheckField} label=${t('field.key_is_active')} value=${entry.is_active !== false} onChange=${(value) => onChange({ ...entry, is_active: value ? undefined : false })} />
  </div>`;
}
