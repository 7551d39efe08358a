// Labelled fields of forms. Each gives its value by onChange; an empty one gives undefined.
import { useEffect, useRef, useState } from 'preact/hooks';
import { html } from '../core/html.js';
import { wholeNumber, writeJson } from '../core/json.js';
import { readList, readMap, writeList, writeMap } from '../core/texts.js';

let lastId = 0;
function useId() {
  const [id] = useState(() => { lastId += 1; return `field-${lastId}`; });
  return id;
}

function Wrap({ id, label, hint, error, isWide, children }) {
  return html`<div class=${`field ${isWide ? 'wide' : ''}`}>
    <label for=${id}>${label}</label>
    ${children}
    ${error ? html`<p class="field-error" id=${`${id}-note`}>${error}</p>` : hint && html`<p class="field-hint" id=${`${id}-note`}>${hint}</p>`}
  </div>`;
}

const noteOf = ({ hint, error }, id) => ({ 'aria-describedby': hint || error ? `${id}-note` : undefined, 'aria-invalid': error ? 'true' : undefined });

export function TextField({ value, onChange, isMono, type = 'text', placeholder, required, list, ...rest }) {
  const id = useId();
  return html`<${Wrap} id=${id} ...${rest}>
    <input id=${id} type=${type} class=${isMono ? 'mono' : ''} value=${value ?? ''} placeholder=${placeholder} required=${required} list=${list}
      autocomplete="off" spellcheck=${false} ...${noteOf(rest, id)} onInput=${(event) => onChange(event.target.value === '' ? undefined : event.target.value)} />
  <//>`;
}

export function NumberField({ value, onChange, ...rest }) {
  // What is no number (a substitution of the configuration) is kept as it is.
  const change = (text) => onChange(text === undefined ? undefined : /^-?\d+$/.test(text) ? wholeNumber(text) : text);
  return html`<${TextField} ...${rest} value=${value} onChange=${change} />`;
}

export function SelectField({ value, onChange, options, ...rest }) {
  const id = useId();
  return html`<${Wrap} id=${id} ...${rest}>
    <select id=${id} value=${value ?? ''} ...${noteOf(rest, id)} onChange=${(event) => onChange(event.target.value === '' ? undefined : event.target.value)}>
      ${options.map(([name, text]) => html`<option key=${name} value=${name} selected=${name === (value ?? '')}>${text}</option>`)}
    </select>
  <//>`;
}

export function CheckField({ label, value, onChange, hint }) {
  const id = useId();
  return html`<div class="field">
    <div class="check"><input id=${id} type="checkbox" checked=${value} onChange=${(event) => onChange(event.target.checked)} /><label for=${id}>${label}</label></div>
    ${hint && html`<p class="field-hint">${hint}</p>`}
  </div>`;
}

export function AreaField({ value, onChange, rows = 3, placeholder, ...rest }) {
  const id = useId();
  return html`<${Wrap} id=${id} ...${rest}>
    <textarea id=${id} class="mono" rows=${rows} value=${value ?? ''} placeholder=${placeholder} spellcheck=${false} ...${noteOf(rest, id)}
      onInput=${(event) => onChange(event.target.value)}></textarea>
  <//>`;
}

// A value that is written as text: the text stays as it is typed, and follows the value when that is
// changed from elsewhere.
function WrittenField({ value, onChange, read, write, ...rest }) {
  const [text, setText] = useState(() => write(value));
  const [error, setError] = useState(undefined);
  const own = useRef(writeJson(value));
  useEffect(() => {
    const now = writeJson(value);
    if (now === own.current) return;
    own.current = now;
    setText(write(value));
    setError(undefined);
  }, [value]);
  const change = (next) => {
    setText(next ?? '');
    try {
      const made = read(next ?? '');
      own.current = writeJson(made);
      setError(undefined);
      onChange(made);
    } catch (problem) {
      setError(problem.message);
    }
  };
  const Inner = rest.rows ? AreaField : TextField;
  return html`<${Inner} ...${rest} isMono value=${text} error=${error ?? rest.error} onChange=${change} />`;
}

// Words with commas between them.
export const ListField = (props) => html`<${WrittenField} ...${props} read=${readList} write=${writeList} />`;
// A line each: `Name: value`.
export const MapField = (props) => html`<${WrittenField} rows=${2} ...${props} read=${readMap} write=${writeMap} />`;
// Any value that YAML can write.
export const YamlField = ({ read, write, ...props }) => html`<${WrittenField} rows=${3} ...${props} read=${read} write=${write} />`;
