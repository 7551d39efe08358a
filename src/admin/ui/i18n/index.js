// The words of the pages in the chosen language.
import { language } from '../core/prefs.js';
import { useStore } from '../core/store.js';
import { en } from './en.js';
import { zh } from './zh.js';

const words = { en, zh };

// The text of `key`, with {names} filled in. `n` chooses between {one, other}.
export function t(key, values = {}) {
  let text = words[language.get()][key] ?? en[key] ?? key;
  if (typeof text === 'object') text = values.n === 1 ? text.one : text.other;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

// A component that calls it is drawn again when the language changes.
export function useWords() {
  useStore(language);
  return t;
}
