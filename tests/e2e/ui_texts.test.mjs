// The words of the pages: both languages say the same things, and each word that a page asks for is there.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const folder = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../src/admin/ui');

// The pages' folder has no package of its own here, so its modules are read as texts of modules.
async function wordsOf(name) {
  const more = fs.readFileSync(path.join(folder, `i18n/${name}_more.js`), 'utf8');
  const main = fs.readFileSync(path.join(folder, `i18n/${name}.js`), 'utf8').replace(/^import .*$/m, '');
  const source = `${more.replace('export const', 'const')}\n${main}`;
  return (await import(`data:text/javascript;base64,${Buffer.from(source).toString('base64')}`))[name];
}

const namesIn = (text) => [...(typeof text === 'string' ? text : text.other).matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();

test('both languages have the same keys with the same names in them', async () => {
  const [en, zh] = [await wordsOf('en'), await wordsOf('zh')];
  assert.deepEqual(Object.keys(zh).sort(), Object.keys(en).sort());
  for (const key of Object.keys(en)) {
    assert.deepEqual(namesIn(zh[key]), namesIn(en[key]), key);
    assert.notEqual(zh[key], '', key);
  }
});

test('each key that a page asks for is there, and each that is there is asked for', async () => {
  const en = await wordsOf('en');
  const sources = fs.readdirSync(folder, { recursive: true }).map(String)
    .filter((name) => name.endsWith('.js') && !name.startsWith('i18n'))
    .map((name) => fs.readFileSync(path.join(folder, name), 'utf8'));
  const all = sources.join('\n');
  const asked = [...all.matchAll(/\bt\('([\w.-]+)'/g)].map(([, key]) => key);
  assert.ok(asked.length > 200);
  for (const key of asked) assert.ok(key in en, `${key} is asked for`);

  // Keys that are put together: by what stands before the variable part.
  const stems = new Set([...all.matchAll(/`([a-z_]+\.(?:by_)?)\$\{/g)].map(([, stem]) => stem));
  const made = ['auth.', 'target.'];
  for (const key of Object.keys(en)) {
    const isKnown = all.includes(`'${key}'`) || [...stems, ...made].some((stem) => key.startsWith(stem));
    assert.ok(isKnown, `${key} is used nowhere`);
  }
});

test('no module of the pages is longer than 400 lines, writes HTML, or opens a dialog of the browser', () => {
  for (const name of fs.readdirSync(folder, { recursive: true }).map(String)) {
    if (!/\.(js|css|mjs)$/.test(name) || name.includes('node_modules')) continue;
    const text = fs.readFileSync(path.join(folder, name), 'utf8');
    assert.ok(text.split('\n').length <= 400, name);
    assert.doesNotMatch(text, /innerHTML|insertAdjacentHTML|dangerouslySetInnerHTML|document\.write|\balert\(|\bconfirm\(|\bprompt\(|\beval\(/, name);
  }
});
