// Texts of programs: code blocks, differences, copying.
import { useState } from 'preact/hooks';
import { html } from '../core/html.js';
import { useWords } from '../i18n/index.js';
import { Button } from './button.js';

// A block that scrolls by itself can be reached by keyboard, so it needs a name.
export function Code({ label, text }) {
  return html`<pre class="code" tabindex="0" role="region" aria-label=${label}>${text}</pre>`;
}

const kindOf = (line) => {
  if (/^(\+\+\+|---|@@)/.test(line)) return 'head';
  if (line.startsWith('+')) return 'added';
  if (line.startsWith('-')) return 'removed';
  return '';
};

export function Diff({ label, text }) {
  const t = useWords();
  if (!text?.trim()) return html`<p class="muted">${t('diff.none')}</p>`;
  return html`<pre class="code diff" tabindex="0" role="region" aria-label=${label}>
    ${text.replace(/\n$/, '').split('\n').map((line, index) => html`<span key=${index} class=${kindOf(line)}>${line || ' '}</span>`)}
  </pre>`;
}

const jsonToken = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]:,]|[^\s{}[\]:,"]+/g;
// Lines of deeper values would be mostly blanks.
const mostDepth = 100;

// Values stay as they were sent: no number is rounded, no member dropped or moved.
function inLines(json) {
  let out = '';
  let depth = 0;
  let last = '';
  for (const [token] of json.matchAll(jsonToken)) {
    const isEnd = token === '}' || token === ']';
    const isInside = last === '{' || last === '[';
    if (isEnd) depth -= 1;
    if (last === ',' || isInside !== isEnd && (isInside || isEnd)) out += `\n${'  '.repeat(depth)}`;
    if (token === '{' || token === '[') depth += 1;
    if (depth > mostDepth) return json;
    out += token === ':' ? ': ' : token;
    last = token;
  }
  return out;
}

// JSON in lines; other text as it came.
export function prettyText(text) {
  try {
    JSON.parse(text);
    return inLines(text);
  } catch {
    return text;
  }
}

// Outside of secure contexts the clipboard is closed; selecting the text still works there.
async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement('textarea');
  area.value = text;
  area.className = 'sr-only';
  document.body.append(area);
  area.select();
  const isCopied = document.execCommand('copy');
  area.remove();
  if (!isCopied) throw new Error('copy');
  return undefined;
}

export function CopyButton({ text, kind }) {
  const t = useWords();
  const [state, setState] = useState('copy');
  const run = () => copy(text).then(() => setState('copied'), () => setState('failed'));
  return html`<${Button} kind=${kind} icon=${state === 'copied' ? 'check' : 'copy'} onClick=${run}>
    <span aria-live="polite">${t(`copy.${state}`)}</span>
  <//>`;
}
