// The filters of the record, each a parameter of the address.
import { useEffect, useRef, useState } from 'preact/hooks';
import { html } from '../core/html.js';
import { setParams } from '../core/router.js';
import { useWords } from '../i18n/index.js';
import { Button } from './button.js';
import { SelectField, TextField } from './field.js';
import { fromLocal, toLocal } from './key_form.js';
import { Fold } from './parts.js';

export const filterNames = ['start_time', 'end_time', 'status_code', 'method', 'path', 'api_key', 'source_path', 'route_id', 'is_stream', 'has_error', 'ip_address', 'request_id', 'kind', 'actor'];
const seldom = ['start_time', 'end_time', 'source_path', 'api_key', 'is_stream', 'has_error', 'ip_address', 'request_id', 'kind', 'actor', 'order'];
const names = [...filterNames, 'order'];

// Typing settles before the gateway is asked.
const settleAfter = 350;

export function LogFilters({ params }) {
  const t = useWords();
  const [draft, setDraft] = useState(params);
  // What the address said last. Only what changes there by other hands replaces what is being typed.
  const told = useRef(params);
  useEffect(() => {
    const changed = names.filter((name) => (told.current[name] ?? '') !== (params[name] ?? ''));
    told.current = params;
    if (changed.length) setDraft((old) => ({ ...old, ...Object.fromEntries(changed.map((name) => [name, params[name]])) }));
  }, [params]);
  useEffect(() => {
    const changed = names.filter((name) => (draft[name] ?? '') !== (told.current[name] ?? ''));
    if (changed.length === 0) return undefined;
    const timer = setTimeout(() => {
      const next = Object.fromEntries(changed.map((name) => [name, draft[name]]));
      told.current = { ...told.current, ...next };
      setParams({ ...next, cursor: '' });
    }, settleAfter);
    return () => clearTimeout(timer);
  }, [draft]);
  const set = (name) => (value) => setDraft((old) => ({ ...old, [name]: value }));
  const field = (name, more = {}) => ({ label: t(`filter.${name}`), value: draft[name], onChange: set(name), ...more });
  const time = (name) => field(name, { type: 'datetime-local', value: toLocal(draft[name]), onChange: (text) => set(name)(fromLocal(text)) });
  const flag = (name) => field(name, { options: [['', t('filter.any')], ['true', t('yes')], ['false', t('no')]] });
  const isUsed = filterNames.some((name) => params[name]);
  const clear = () => {
    setDraft({});
    setParams(Object.fromEntries([...names, 'cursor'].map((name) => [name, ''])));
  };
  return html`<form class="card filters" role="search" aria-label=${t('filter.label')} onSubmit=${(event) => event.preventDefault()}>
    <div class="fields">
      <${TextField} ...${field('path', { isMono: true, placeholder: '/v1/*' })} />
      <${TextField} ...${field('status_code', { placeholder: '200, 5xx, 400-499' })} />
      <${SelectField} ...${field('method', { options: [['', t('filter.any')], ...['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'].map((name) => [name, name])] })} />
      <${TextField} ...${field('route_id', { isMono: true })} />
    </div>
    <${Fold} title=${t('filter.more')} isUsed=${seldom.some((name) => params[name])}>
      <${TextField} ...${time('start_time')} />
      <${TextField} ...${time('end_time')} />
      <${TextField} ...${field('source_path')} />
      <${TextField} ...${field('api_key', { isMono: true, placeholder: 'fg_0123456789ab' })} />
      <${SelectField} ...${flag('has_error')} />
      <${SelectField} ...${flag('is_stream')} />
      <${TextField} ...${field('ip_address', { isMono: true })} />
      <${TextField} ...${field('request_id', { isMono: true })} />
      <${SelectField} ...${field('kind', { options: ['', 'admin', 'all'].map((name) => [name, t(`kind.${name || 'traffic'}`)]) })} />
      <${TextField} ...${field('actor')} />
      <${SelectField} ...${field('order', { options: [['', t('filter.desc')], ['asc', t('filter.asc')]] })} />
    <//>
    ${isUsed && html`<div><${Button} kind="quiet" icon="close" onClick=${clear}>${t('action.clear_filters')}<//></div>`}
  </form>`;
}
