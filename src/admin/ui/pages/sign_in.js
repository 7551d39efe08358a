// Where the token is given. It is sent once; afterwards a cookie that scripts cannot read stands for it.
import { useState } from 'preact/hooks';
import { Button } from '../components/button.js';
import { Preferences } from '../components/frame.js';
import { Brand, Icon } from '../components/icon.js';
import { html } from '../core/html.js';
import { useAction } from '../core/loading.js';
import { signIn } from '../core/session.js';
import { useWords } from '../i18n/index.js';

function reasonOf(t, error) {
  if (error.status === 0) return t('error.unreachable');
  if (error.status === 401) return t('sign_in.wrong');
  if (error.status === 403) return t('sign_in.refused');
  if (error.status === 429) return t('sign_in.slow');
  return t('error.other', { status: error.status });
}

function Message({ who, error }) {
  const t = useWords();
  if (error) {
    return html`<div class="banner bad" role="alert" id="sign-in-error"><${Icon} name="warning" /><div>
      <strong>${reasonOf(t, error)}</strong>${error.status !== 401 && error.message && html`<p>${error.message}</p>`}
    </div></div>`;
  }
  if (who.state === 'off') {
    return html`<div class="banner warn" role="alert"><${Icon} name="warning" /><div>
      <strong>${t('sign_in.refused')}</strong>${who.reason && html`<p>${who.reason}</p>`}
    </div></div>`;
  }
  if (who.reason === 'expired') return html`<div class="banner" role="status"><${Icon} name="keys" /><div>${t('sign_in.expired')}</div></div>`;
  return null;
}

export function SignIn({ who }) {
  const t = useWords();
  const [token, setToken] = useState('');
  const [send, { isBusy, error }] = useAction(() => signIn(token.trim()));
  const submit = (event) => {
    event.preventDefault();
    if (token.trim()) send();
  };
  return html`<main class="solo">
    <form class="card solo-card" onSubmit=${submit}>
      <div class="solo-brand"><${Brand} /><h1>${t('sign_in.title')}</h1></div>
      <${Message} who=${who} error=${error} />
      <div class="field">
        <label for="token">${t('sign_in.token')}</label>
        <input id="token" class="mono" type="password" autocomplete="current-password" required value=${token}
          aria-describedby=${error ? 'sign-in-error' : 'token-hint'} aria-invalid=${error?.status === 401 ? 'true' : undefined}
          onInput=${(event) => setToken(event.target.value)} />
        <p class="field-hint" id="token-hint">${t('sign_in.hint')}</p>
      </div>
      <${Button} kind="primary" type="submit" isBusy=${isBusy}>${t('action.sign_in')}<//>
      <${Preferences} />
    </form>
  </main>`;
}
