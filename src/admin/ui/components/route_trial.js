// A real request through one route, and what came back.
import { useState } from 'preact/hooks';
import { call } from '../core/api.js';
import * as format from '../core/format.js';
import { html } from '../core/html.js';
import { useAction } from '../core/loading.js';
import { may } from '../core/session.js';
import { useWords } from '../i18n/index.js';
import { Button } from './button.js';
import { Code, prettyText } from './code.js';
import { Badge, Card, Empty, Facts, Failure, StatusBadge } from './parts.js';
import { filled, RequestForm } from './request_form.js';

// A path that the pattern is likely to take, as a first suggestion.
function pathFor({ match_path: pattern = '/' }) {
  if (pattern.startsWith('~')) return '/';
  if (pattern.startsWith('*')) return `/example${pattern.slice(1)}`;
  return pattern.replace(/\{[^}]+\}/g, '1').replace(/\*+$/, '') || '/';
}

function first(route) {
  const method = [route.match_method ?? 'GET'].flat()[0].split(',')[0].trim();
  return { method: method === 'ANY' ? 'GET' : method, path: pathFor(route) };
}

function Outcome({ result }) {
  const t = useWords();
  return html`<div class="form">
    <${Facts} rows=${[
      [t('trial.matched'), html`<${Badge} kind=${result.matched ? 'ok' : 'bad'}>${t(result.matched ? 'yes' : 'no')}<//>`],
      [t('log.status'), result.status_code ? html`<${StatusBadge} status=${result.status_code} />` : null],
      [t('log.took'), format.duration(result.response_time_ms)],
      [t('log.target'), result.target_url && html`<code>${result.target_url}</code>`],
      [t('log.error'), result.error_message && html`<span class="tone-text-bad">${result.error_message}</span>`],
    ]} />
    ${result.response_headers && html`<div><h3>${t('log.response_headers')}</h3><${Code} label=${t('log.response_headers')} text=${headerText(result.response_headers)} /></div>`}
    ${result.response_body && html`<div><h3>${t('log.response_body')}</h3><${Code} label=${t('log.response_body')} text=${prettyText(result.response_body)} /></div>`}
  </div>`;
}

export const headerText = (headers) => Object.entries(headers).map(([name, value]) => `${name}: ${value}`).join('\n');

export function RouteTrial({ route }) {
  const t = useWords();
  const [request, setRequest] = useState(() => first(route));
  const [result, setResult] = useState(null);
  // The route's own limits end it, however long they are.
  const [send, { isBusy, error }] = useAction(async () => setResult((await call('POST', `routes/${encodeURIComponent(route.route_id)}/test`, { body: filled(request), limit: 0 })).body));
  const submit = (event) => {
    event.preventDefault();
    send();
  };
  return html`<div class="columns">
    <${Card} title=${t('trial.request')}>
      <form class="form" onSubmit=${submit}>
        <p class="muted">${t('trial.hint')}</p>
        <${RequestForm} request=${request} onChange=${setRequest} />
        <${Button} kind="primary" icon="play" type="submit" isBusy=${isBusy} disabled=${!may('routes')}>${t('trial.send')}<//>
      </form>
    <//>
    <${Card} title=${t('trial.answer')}><div aria-live="polite">
      <${Failure} error=${error} />
      ${result ? html`<${Outcome} result=${result} />` : !error && html`<${Empty} icon="play" title=${t('trial.none')} />`}
    </div><//>
  </div>`;
}
