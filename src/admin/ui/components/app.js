// What fills the window: the sign-in, a reason why there is nothing else, or the frame with a page.
import { useEffect } from 'preact/hooks';
import { html } from '../core/html.js';
import { place } from '../core/router.js';
import { resume, session } from '../core/session.js';
import { useStore } from '../core/store.js';
import { useWords } from '../i18n/index.js';
import { findPage } from '../pages/index.js';
import { SignIn } from '../pages/sign_in.js';
import { Frame } from './frame.js';
import { Button } from './button.js';
import { Icon } from './icon.js';
import { Toasts } from './toasts.js';

const retryAfter = 3000;

// The gateway did not answer the very first question.
function Unreachable() {
  const t = useWords();
  useEffect(() => {
    const timer = setInterval(resume, retryAfter);
    return () => clearInterval(timer);
  }, []);
  return html`<main class="solo">
    <section class="card solo-card" role="alert">
      <${Icon} name="plug" class="solo-icon" />
      <h1>${t('down.title')}</h1>
      <p>${t('down.first')}</p>
      <${Button} onClick=${resume}>${t('action.retry')}<//>
    </section>
  </main>`;
}

export function App() {
  const t = useWords();
  const who = useStore(session);
  const where = useStore(place);
  if (who.state === 'unknown') {
    if (who.error) return html`<${Unreachable} />`;
    return html`<main class="solo" aria-busy="true"><h1 class="sr-only">FastGate</h1><p class="muted">${t('loading')}</p></main>`;
  }
  if (who.state !== 'in') return html`<${SignIn} who=${who} />`;
  const { page, view: Page, rest } = findPage(where.path);
  return html`<${Frame} page=${page}>
    <${Page} key=${where.path.join('/')} path=${rest} params=${where.params} />
    <${Toasts} />
  <//>`;
}
