// What a visitor chose in this browser: language and theme. Works without storage, for one visit.
import { createStore } from './store.js';

const read = (name) => {
  try {
    return localStorage.getItem(`fastgate.${name}`);
  } catch {
    return null;
  }
};

const write = (name, value) => {
  try {
    localStorage.setItem(`fastgate.${name}`, value);
  } catch {
    // Storage is switched off: the choice holds until the page is left.
  }
};

const oneOf = (value, choices, otherwise) => (choices.includes(value) ? value : otherwise);

function browserLanguage() {
  const first = (navigator.languages ?? [navigator.language]).find((name) => /^(en|zh)\b/i.test(name));
  return first && /^zh/i.test(first) ? 'zh' : 'en';
}

export const language = createStore(oneOf(read('language'), ['en', 'zh'], browserLanguage()));
export const theme = createStore(oneOf(read('theme'), ['light', 'dark'], 'system'));

const prefersDark = matchMedia('(prefers-color-scheme: dark)');

// The theme in force, `light` or `dark`: charts draw with its colours.
export const shownTheme = createStore('light');

function applyTheme() {
  const chosen = theme.get();
  const shown = chosen === 'system' ? (prefersDark.matches ? 'dark' : 'light') : chosen;
  document.documentElement.dataset.theme = shown;
  shownTheme.set(shown);
}

function applyLanguage() {
  document.documentElement.lang = language.get() === 'zh' ? 'zh-Hans' : 'en';
}

export function startPrefs() {
  applyTheme();
  applyLanguage();
  prefersDark.addEventListener('change', applyTheme);
  theme.watch((value) => { write('theme', value); applyTheme(); });
  language.watch((value) => { write('language', value); applyLanguage(); });
}
