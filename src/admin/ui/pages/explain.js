// Why does a request take this route? No traffic: the gateway only says what it would do.
import { useState } from 'preact/hooks';
import { Button } from '../components/button.js';
import { Code, prettyText } from '../components/code.js';
import { Paged } from '../components/pager.js';
import { Badge, Card, Empty, Facts, Failure, PageHead, StatusBadge } from '../components/parts.js';
import { filled, RequestForm } from '../components/request_form.js';
import { headerText } from '../components/route_trial.js';
import { post } from '../core/api.js';
import { html } from '../core/html.js';
import { useAction } from '../core/loading.js';
import { hrefOf } from '../core/router.js';
import { useWords } from '../i18n/index.js';

const routeLink = (id) => html`<a class="mono" href=${hrefOf(['routes', id])}>${id}</a>`;
const idOf = (candidate) => (typeof candidate === 'string' ? candidate : candidate.route_id);

// What comes of it: a refusal outweighs the route that it would take.
function Outcome({ result }) {
  const t = useWords();
  const refusal = result.refusal ?? result.error;
  const taken = result.route_id && html`<p class=${`banner ${refusal ? '' : 'ok'}`}><span>${t('explain.takes')} ${routeLink(result.route_id)}</span></p>`;
  const none = result.own_path ? html`<p class="banner"><span>${t('explain.own_path')} <code>${result.own_path}</code></span></p>`
    : !refusal && html`<p class="banner warn"><span>${t('explain.no_route')}</span></p>`;
  return html`${taken || none}
    ${refusal && html`<p class="banner bad"><span>${t('explain.refused')} <${StatusBadge} status=${refusal.status} /> ${refusal.message}</span></p>`}`;
}

function Verdict({ result }) {
  const t = useWords();
  const request = result.upstream_request;
  const answer = result.respond;
  const candidates = (result.candidates ?? []).map(idOf);
  return html`<div class="form">
    <${Outcome} result=${result} />
    ${candidates.length > 1 && html`<p>${t('explain.failover')} ${candidates.slice(1).map((id) => html`${routeLink(id)} `)}</p>`}
    ${result.rejected?.length > 0 && html`<div><h3>${t('explain.rejected')}</h3><${Paged} rows=${result.rejected} size=${50}>${(part) => html`<ul class="rows">
      ${part.map(({ route_id: id, reason }) => html`<li key=${id}>${routeLink(id)}<span class="muted">${reason}</span></li>`)}
    </ul>`}<//></div>`}
    ${request && html`<div class="form"><h3>${t('explain.upstream')}</h3>
      <${Facts} rows=${[[t('log.request'), html`<${Badge}>${request.method}<//> <code>${request.url}</code>`]]} />
      <${Code} label=${t('log.request_headers')} text=${headerText(request.headers ?? {})} />
      ${request.body && html`<${Code} label=${t('log.request_body')} text=${prettyText(request.body)} />`}
    </div>`}
    ${answer && html`<div class="form"><h3>${t('explain.answer')}</h3>
      <${Facts} rows=${[[t('log.status'), html`<${StatusBadge} status=${answer.status} />`]]} />
      <${Code} label=${t('log.response_headers')} text=${headerText(answer.headers)} />
      ${answer.body && html`<${Code} label=${t('log.response_body')} text=${prettyText(answer.body)} />`}
    </div>`}
    ${result.trace && html`<details class="more"><summary>${t('explain.trace')}</summary><${Code} label=${t('explain.trace')} text=${result.trace} /></details>`}
  </div>`;
}

export function Explain({ params }) {
  const t = useWords();
  const [request, setRequest] = useState({ method: params.method ?? 'POST', path: params.path ?? '/v1/chat/completions' });
  const [result, setResult] = useState(null);
  const [ask, { isBusy, error }] = useAction(async () => setResult(await post('explain', filled(request))));
  const submit = (event) => {
    event.preventDefault();
    ask();
  };
  return html`
    <${PageHead} title=${t('nav.explain')} back=${hrefOf(['routes'])} hint=${t('explain.hint')} />
    <div class="columns">
      <${Card} title=${t('trial.request')}>
        <form class="form" onSubmit=${submit}>
          <${RequestForm} request=${request} onChange=${setRequest} hasKey />
          <${Button} kind="primary" icon="question" type="submit" isBusy=${isBusy}>${t('explain.ask')}<//>
        </form>
      <//>
      <${Card} title=${t('explain.verdict')}><div aria-live="polite">
        <${Failure} error=${error} />
        ${result ? html`<${Verdict} result=${result} />` : !error && html`<${Empty} icon="question" title=${t('explain.none')} />`}
      </div><//>
    </div>`;
}
