// Why does a request take this route? No traffic: the gateway only says what it would do.
import { useState } from 'preact/hooks';
import { Button } from '../components/button.js';
import { Code, prettyText } from '../components/code.js';
import { Badge, Card, Empty, Facts, Failure, PageHead } from '../components/parts.js';
import { filled, RequestForm } from '../components/request_form.js';
import { headerText } from '../components/route_trial.js';
import { post } from '../core/api.js';
import { html } from '../core/html.js';
import { useAction } from '../core/loading.js';
import { hrefOf } from '../core/router.js';
import { useWords } from '../i18n/index.js';

const routeLink = (id) => html`<a class="mono" href=${hrefOf(['routes', id])}>${id}</a>`;
const idOf = (candidate) => (typeof candidate === 'string' ? candidate : candidate.route_id);

function Verdict({ result }) {
  const t = useWords();
  const request = result.upstream_request;
  const candidates = (result.candidates ?? []).map(idOf);
  return html`<div class="form">
    <p class=${`banner ${result.route_id ? 'ok' : 'warn'}`}><span>${result.route_id ? html`${t('explain.takes')} ${routeLink(result.route_id)}` : t('explain.no_route')}</span></p>
    ${candidates.length > 1 && html`<p>${t('explain.failover')} ${candidates.slice(1).map((id) => html`${routeLink(id)} `)}</p>`}
    ${result.rejected?.length > 0 && html`<div><h3>${t('explain.rejected')}</h3><ul class="rows">
      ${result.rejected.map(({ route_id: id, reason }) => html`<li key=${id}>${routeLink(id)}<span class="muted">${reason}</span></li>`)}
    </ul></div>`}
    ${request && html`<div class="form"><h3>${t('explain.upstream')}</h3>
      <${Facts} rows=${[[t('log.request'), html`<${Badge}>${request.method}<//> <code>${request.url}</code>`]]} />
      <${Code} label=${t('log.request_headers')} text=${headerText(request.headers ?? {})} />
      ${request.body && html`<${Code} label=${t('log.request_body')} text=${prettyText(request.body)} />`}
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
