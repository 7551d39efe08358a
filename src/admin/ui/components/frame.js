// The frame around each page: navigation, who is signed in, whether the gateway answers.
import { useEffect, useRef } from 'preact/hooks';
import { link } from '../core/api.js';
import { html } from '../core/html.js';
import { useAction } from '../core/loading.js';
import { language, shownTheme, theme } from '../core/prefs.js';
import { hrefOf } from '../core/router.js';
import { session, signOut } from '../core/session.js';
import { useStore } from '../core/store.js';
import { useWords } from '../i18n/index.js';
import { pages } from '../pages/index.js';
import { IconButton } from './button.js';
import { Brand, Icon } from './icon.js';
import { messageOf } from './parts.js';

function Navigation({ page }) {
  const t = useWords();
  return html`<nav class="nav" aria-label=${t('nav.label')}>
    <ul>
      ${pages.filter((entry) => entry.icon).map((entry) => html`<li key=${entry.name}>
        <a href=${hrefOf([entry.name])} aria-current=${entry.name === (page.parent ?? page.name) ? 'page' : undefined}>
          <${Icon} name=${entry.icon} /><span>${t(`nav.${entry.name}`)}</span>
        </a>
      </li>`)}
    </ul>
  </nav>`;
}

export function Preferences() {
  const t = useWords();
  const isDark = useStore(shownTheme) === 'dark';
  const isChinese = useStore(language) === 'zh';
  return html`<div class="preferences">
    <button type="button" class="button quiet" lang=${isChinese ? 'en' : 'zh-Hans'} onClick=${() => language.set(isChinese ? 'en' : 'zh')}>
      <${Icon} name="globe" />${isChinese ? 'English' : '中文'}
    </button>
    <${IconButton} icon=${isDark ? 'sun' : 'moon'} label=${t(isDark ? 'theme.to_light' : 'theme.to_dark')}
      onClick=${() => theme.set(isDark ? 'light' : 'dark')} />
  </div>`;
}

function Account() {
  const t = useWords();
  const who = useStore(session);
  const [leave, { isBusy, error }] = useAction(signOut);
  return html`<div class="account">
    <p><span class="account-name">${who.name}</span><span class="muted">${t(`role.${who.role}`)}</span></p>
    <${IconButton} icon="leave" label=${t('action.sign_out')} disabled=${isBusy} onClick=${leave} />
  </div>
  ${error && html`<p class="field-error" role="alert">${t('sign_out.failed')} ${messageOf(t, error)}</p>`}`;
}

function LinkState() {
  const t = useWords();
  const state = useStore(link);
  return html`<div class="live" role="status" aria-live="assertive">${state === 'down' && html`<p class="banner bad"><${Icon} name="plug" /><span><strong>${t('down.title')}</strong> ${t('down.later')}</span></p>`}</div>`;
}

export function Frame({ page, children }) {
  const t = useWords();
  const main = useRef(null);
  const isFirst = useRef(true);
  useEffect(() => { document.title = `${t(`nav.${page.name}`)} · FastGate`; });
  useEffect(() => {
    // A new page starts at its top, for eyes and for screen readers; the first one leaves focus alone.
    if (!isFirst.current) {
      main.current.focus({ preventScroll: true });
      scrollTo(0, 0);
    }
    isFirst.current = false;
  }, [page.name]);
  const skip = (event) => {
    event.preventDefault();
    main.current.focus();
  };
  return html`<div class="frame">
    <a class="skip" href="#main" onClick=${skip}>${t('nav.skip')}</a>
    <header class="side">
      <a class="brand" href=${hrefOf(['overview'])}><${Brand} /><span>FastGate</span></a>
      <${Navigation} page=${page} />
      <div class="side-foot"><${Preferences} /><${Account} /></div>
    </header>
    <main id="main" class="page" ref=${main} tabindex="-1">
      <${LinkState} />
      ${children}
    </main>
  </div>`;
}
