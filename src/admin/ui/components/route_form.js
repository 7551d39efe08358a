// The fields of a route. What is set here and what the YAML beside it says are the same entry.
import { fromYaml, toYaml } from '../core/entry.js';
import { html } from '../core/html.js';
import { useWords } from '../i18n/index.js';
import { CheckField, ListField, MapField, NumberField, SelectField, TextField, YamlField } from './field.js';
import { Fold } from './parts.js';

function targetKind(entry) {
  if (entry.respond !== undefined) return 'respond';
  return entry.upstream !== undefined ? 'upstream' : 'host';
}

const targetFields = ['target_host', 'upstream', 'respond', 'target_protocol', 'target_path', 'target_tls', 'strip_path_prefix'];

// `errors`: the gateway's findings by field.
export function RouteForm({ entry, onChange, errors, groups, isNew }) {
  const t = useWords();
  const set = (name) => (value) => onChange({ ...entry, [name]: value });
  const field = (name, more = {}) => ({ label: t(`field.${name}`), value: entry[name], onChange: set(name), error: errors[name], ...more });
  const choices = (name, values) => values.map((value) => [value, t(`${name}.${value}`)]);
  const kind = targetKind(entry);
  const chooseKind = (next) => {
    const rest = Object.fromEntries(Object.entries(entry).filter(([name]) => !targetFields.includes(name)));
    const first = { host: { target_host: '' }, upstream: { upstream: groups[0] ?? '' }, respond: { respond: { status: 200, body: '' } } }[next];
    onChange({ ...rest, ...first });
  };
  const yaml = { read: fromYaml, write: toYaml, isWide: true };
  const uses = (...names) => names.some((name) => entry[name] !== undefined);

  return html`<div class="form">
    <div class="fields">
      <${TextField} ...${field('route_name')} />
      ${isNew && html`<${TextField} ...${field('route_id', { isMono: true, hint: t('hint.route_id') })} />`}
      <${NumberField} ...${field('priority', { placeholder: '100', hint: t('hint.priority') })} />
      <${TextField} ...${field('description', { isWide: true })} />
      <${CheckField} label=${t('field.is_active')} value=${entry.is_active !== false} onChange=${(value) => onChange({ ...entry, is_active: value ? undefined : false })} />
    </div>
    <fieldset class="form">
      <legend class="group-title">${t('group.match')}</legend>
      <div class="fields">
        <${TextField} ...${field('match_path', { isMono: true, placeholder: '/v1/*', hint: t('hint.match_path') })} />
        <${ListField} ...${field('match_method', { placeholder: 'ANY', hint: t('hint.match_method') })} />
        <${TextField} ...${field('match_host', { isMono: true, placeholder: '*.example.com' })} />
        <${MapField} ...${field('match_headers', { isWide: true, hint: t('hint.map') })} />
        <${YamlField} ...${field('match_body_schema', { ...yaml, rows: 2, placeholder: 'model: gpt-4o', hint: t('hint.body_schema') })} />
      </div>
    </fieldset>
    <fieldset class="form">
      <legend class="group-title">${t('group.target')}</legend>
      <div class="fields">
        <${SelectField} label=${t('field.target_kind')} value=${kind} options=${choices('target', ['host', 'upstream', 'respond'])} onChange=${chooseKind} />
        ${kind === 'host' && html`
          <${TextField} ...${field('target_host', { isMono: true, placeholder: 'api.example.com:443' })} />
          <${SelectField} ...${field('target_protocol', { value: entry.target_protocol ?? 'http', options: [['http', 'http'], ['https', 'https']] })} />`}
        ${kind === 'upstream' && (groups.length ? html`<${SelectField} ...${field('upstream', { options: [...new Set([...groups, entry.upstream])].map((name) => [name ?? '', name ?? '']) })} />`
          : html`<${TextField} ...${field('upstream')} />`)}
        ${kind === 'respond' ? html`<${YamlField} ...${field('respond', { ...yaml, rows: 5 })} />` : html`
          <${TextField} ...${field('target_path', { isMono: true, hint: t('hint.target_path') })} />
          <${CheckField} label=${t('field.strip_path_prefix')} value=${entry.strip_path_prefix === true} onChange=${(value) => onChange({ ...entry, strip_path_prefix: value || undefined })} />`}
      </div>
    </fieldset>
    <${Fold} title=${t('group.access')} isUsed=${uses('auth', 'permissions', 'rate_limit', 'client_rate_limit', 'max_concurrency')}>
      <${SelectField} ...${field('auth', { value: entry.auth ?? 'required', options: choices('auth', ['required', 'optional', 'none']) })} />
      <${ListField} ...${field('permissions', { hint: t('hint.permissions') })} />
      <${NumberField} ...${field('rate_limit', { hint: t('hint.per_minute') })} />
      <${NumberField} ...${field('burst')} />
      <${NumberField} ...${field('client_rate_limit', { hint: t('hint.per_minute') })} />
      <${NumberField} ...${field('max_concurrency')} />
    <//>
    <${Fold} title=${t('group.change')} isUsed=${uses('add_headers', 'remove_headers', 'add_response_headers', 'remove_response_headers', 'add_body_fields', 'remove_body_fields')}>
      <${MapField} ...${field('add_headers', { isWide: true, hint: t('hint.map') })} />
      <${ListField} ...${field('remove_headers')} />
      <${MapField} ...${field('add_response_headers', { isWide: true, hint: t('hint.map') })} />
      <${ListField} ...${field('remove_response_headers')} />
      <${YamlField} ...${field('add_body_fields', { ...yaml, rows: 2, placeholder: 'max_tokens: 2048' })} />
      <${ListField} ...${field('remove_body_fields')} />
    <//>
    <${Fold} title=${t('group.time')} isUsed=${uses('timeout', 'connect_timeout', 'first_byte_timeout', 'total_timeout', 'retry_count', 'retry_on')}>
      ${['timeout', 'connect_timeout', 'first_byte_timeout', 'total_timeout', 'sse_keepalive'].map((name) => html`<${NumberField} key=${name} ...${field(name, { placeholder: '30s' })} />`)}
      <${NumberField} ...${field('retry_count')} />
      <${ListField} ...${field('retry_on', { placeholder: 'connect, 502, 503', hint: t('hint.retry_on') })} />
    <//>
    <${Fold} title=${t('group.record')} isUsed=${uses('audit')}>
      <${YamlField} ...${field('audit', { ...yaml, placeholder: 'headers: true\nrequest_body: 10KiB', hint: t('hint.audit') })} />
    <//>
    <p class="field-hint">${t('hint.more_fields')}</p>
  </div>`;
}
