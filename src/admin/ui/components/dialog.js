// A window over the page. The browser keeps the focus inside and gives it back; Escape closes.
import { useEffect, useRef } from 'preact/hooks';
import { html } from '../core/html.js';
import { useWords } from '../i18n/index.js';
import { IconButton, Button } from './button.js';
import { Failure } from './parts.js';

export function Dialog({ title, onClose, children }) {
  const t = useWords();
  const node = useRef(null);
  useEffect(() => {
    const dialog = node.current;
    const before = document.activeElement;
    dialog.showModal();
    return () => {
      dialog.close();
      if (before?.isConnected) before.focus();
    };
  }, []);
  const cancel = (event) => {
    event.preventDefault();
    onClose();
  };
  return html`<dialog class="dialog" ref=${node} aria-label=${title} onCancel=${cancel}>
    <div class="dialog-head"><h2>${title}</h2><${IconButton} icon="close" label=${t('action.close')} onClick=${onClose} /></div>
    <div class="dialog-body">${children}</div>
  </dialog>`;
}

// Asks before something is done that cannot be taken back lightly.
export function Confirm({ title, action, kind = 'danger', isBusy, error, onConfirm, onClose, children }) {
  const t = useWords();
  return html`<${Dialog} title=${title} onClose=${onClose}>
    ${children}
    <${Failure} error=${error} />
    <div class="dialog-foot">
      <${Button} onClick=${onClose}>${t('action.cancel')}<//>
      <${Button} kind=${kind} isBusy=${isBusy} onClick=${onConfirm}>${action}<//>
    </div>
  <//>`;
}
