// One request: its stages, its facts, and what was captured of it.
import { Code, CopyButton, prettyText } from '../components/code.js';
import { LinkButton } from '../components/button.js';
import { Badge, Card, Facts, Loaded, PageHead, StatusBadge } from '../components/parts.js';
import { headerText } from '../components/route_trial.js';
import { Timeline } from '../components/timeline.js';
import { get } from '../core/api.js';
import * as format from '../core/format.js';
import { html } from '../core/html.js';
import { useLoad } from '../core/loading.js';
import { backTo, hrefOf } from '../core/router.js';
import { useWords } from '../i18n/index.js';

const runningEvery = 1000;
const isRunning = (record) => Boolean(record?.stage) && record.stage !== 'complete';

// The merged message of a chat stream, when the captured answer is one.
function messagesOf(text) {
  try {
    const { choices } = JSON.parse(text);
    return choices.map(({ message }) => message).filter((message) => typeof message?.content === 'string');
  } catch {
    return [];
  }
}

function Part({ title, text }) {
  if (!text) return null;
  return html`<${Card} title=${title} actions=${html`<${CopyButton} kind="quiet" text=${text} />`}><${Code} label=${title} text=${text} /><//>`;
}

function Message({ record }) {
  const t = useWords();
  const messages = record.is_stream && record.response_body ? messagesOf(record.response_body) : [];
  if (messages.length === 0) return null;
  return html`<${Card} title=${t('log.message')}>${messages.map((message, index) => html`<div key=${index} class="message"><${Badge}>${message.role ?? 'assistant'}<//><p>${message.content}</p></div>`)}<//>`;
}

function Record({ record }) {
  const t = useWords();
  const target = record.query ? `${record.path}?${record.query}` : record.path;
  const isPartCaptured = record.request_headers || record.request_body || record.response_headers || record.response_body;
  return html`
    <${PageHead} title=${`${record.method} ${target}`} back=${backTo('logs')} hint=${html`<${StatusBadge} status=${record.status_code} isRunning=${isRunning(record)} /> <span class="mono">${record.id}</span>`}>
      <${LinkButton} icon="question" href=${hrefOf(['explain'], { method: record.method, path: target })}>${t('nav.explain')}<//>
    <//>
    ${record.error_message && html`<p class="banner bad"><span>${record.error_message}</span></p>`}
    <${Card} title=${t('log.timeline')}><${Timeline} record=${record} /><//>
    <${Message} record=${record} />
    <div class="columns">
      <${Card} title=${t('log.facts')}><${Facts} rows=${[
        [t('log.route'), record.route_id && html`<a class="mono" href=${hrefOf(['routes', record.route_id])}>${record.route_id}</a>`],
        [t('log.target'), record.target_url && html`<code>${record.target_url}</code>`],
        [t('log.key'), record.key_id && html`<a class="mono" href=${hrefOf(['keys', record.key_id])}>${record.key_id}</a>`],
        [t('log.source'), record.source_path],
        [t('filter.actor'), record.actor && [record.actor, record.actor_role, record.actor_via].filter(Boolean).join(' · ')],
        [t('log.client'), record.ip_address && html`<a class="mono" href=${hrefOf(['logs'], { ip_address: record.ip_address })}>${record.ip_address}</a>`],
        [t('log.agent'), record.user_agent],
        [t('log.request_id'), record.request_id && html`<code>${record.request_id}</code>`],
      ]} /><//>
      <${Card} title=${t('log.numbers')}><${Facts} rows=${[
        [t('log.took'), format.duration(record.response_time_ms)],
        [t('figure.ttfb'), format.duration(record.ttfb_ms)],
        [t('log.in_gateway'), typeof record.gateway_us === 'number' ? `${format.number(record.gateway_us)} µs` : null],
        [t('log.request_size'), format.bytes(record.request_size)],
        [t('log.response_size'), format.bytes(record.response_size)],
        [t('log.chunks'), record.is_stream ? format.number(record.stream_chunks) : null],
        [t('log.retries'), format.number(record.retries)],
      ]} /><//>
    </div>
    <div class="columns">
      <${Part} title=${t('log.request_headers')} text=${record.request_headers && headerText(record.request_headers)} />
      <${Part} title=${t('log.response_headers')} text=${record.response_headers && headerText(record.response_headers)} />
      <${Part} title=${t('log.request_body')} text=${record.request_body && prettyText(record.request_body)} />
      <${Part} title=${t('log.response_body')} text=${record.response_body && prettyText(record.response_body)} />
    </div>
    ${!isPartCaptured && html`<p class="muted">${t('log.not_captured')}</p>`}`;
}

export function LogPage({ path: [id] }) {
  // A request that still runs is looked at again until it is done.
  const from = useLoad((signal) => get(`logs/${encodeURIComponent(id)}`, {}, signal), [id], { every: (record) => (isRunning(record) ? runningEvery : 0) });
  if (from.value === undefined) return html`<${PageHead} title=${id} back=${backTo('logs')} /><${Card}><${Loaded} from=${from} lines=${8}>${() => null}<//><//>`;
  return html`<${Record} record=${from.value} />`;
}
