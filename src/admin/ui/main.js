// The dashboard. Starts the preferences, asks who is signed in, and shows the page of the address.
import { render } from 'preact';
import { useEffect } from 'preact/hooks';
import { App } from './components/app.js';
import { html } from './core/html.js';
import { startPrefs } from './core/prefs.js';
import { resume } from './core/session.js';

function Root() {
  useEffect(() => { resume(); }, []);
  return html`<${App} />`;
}

startPrefs();
render(html`<${Root} />`, document.getElementById('app'));
