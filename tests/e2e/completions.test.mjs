// The completions offer what the program has, no more and no less.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { run } from './support/gateway.mjs';
import { commandsOf, flagsOf } from './support/help.mjs';

const folder = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../packaging/completions');
const signals = () => /\{([\w,]+)\}/.exec(run(['-h']).stdout)[1].split(',').sort();

// Flags and sub-commands that follow a command, in order of their letters.
function wordsOf(command) {
  const deeper = commandsOf().filter((other) => other.length === command.length + 1 && command.every((word, i) => word === other[i]));
  return [...flagsOf(command), ...deeper.map((other) => other.at(-1))].sort();
}

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

test('bash', () => {
  const offered = (line) => execFileSync('bash', ['-c', `. "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _fastgate; printf '%s\\n' "\${COMPREPLY[@]}"`,
    path.join(folder, 'fastgate.bash'), ...line], { encoding: 'utf8' }).trim().split('\n').sort();
  for (const command of commandsOf()) {
    assert.deepEqual(offered(['fastgate', ...command, '']).filter((word) => !methods.includes(word)), wordsOf(command), command.join(' '));
  }
  assert.deepEqual(offered(['fastgate', '-s', '']), signals());
  assert.deepEqual(offered(['fastgate', '-c', '/etc/x', 'key', 'cr']), ['create']);
});

test('fish', () => {
  const offered = (line) => execFileSync('fish', ['--no-config', '-c', `source ${path.join(folder, 'fastgate.fish')}; complete -C '${line}'`],
    { encoding: 'utf8', env: { ...process.env, HOME: '/nonexistent' } }).split('\n').map((text) => text.split('\t')[0]).filter(Boolean);
  for (const command of commandsOf()) {
    const line = ['fastgate', ...command, ''].join(' ');
    const all = [...offered(line), ...offered(`${line}-`), ...offered(`${line}--`)].filter((word) => !methods.includes(word));
    assert.deepEqual([...new Set(all)].sort(), wordsOf(command), command.join(' '));
  }
  assert.deepEqual(offered('fastgate -s ').sort(), signals());
});

test('zsh', () => {
  const file = path.join(folder, '_fastgate');
  execFileSync('zsh', ['-f', '-n', file]);
  const text = fs.readFileSync(file, 'utf8');
  const [main, rest] = text.split(/^case \$words/m);
  const [explain, key, logs] = rest.split(/^ {2}(?:key|logs)\)$/m);
  const [keys, create, list, revoke] = key.split(/^ {6}(?:create|list|revoke)\)$/m);
  const parts = { '': main, explain, key: keys, 'key create': create, 'key list': list, 'key revoke': revoke, logs };
  for (const command of commandsOf()) {
    const part = parts[command.join(' ')];
    const flags = [...part.matchAll(/^\s+'(?:\([^)]*\)|\*)?'?(?:\{([^}]*)\}|(--?[A-Za-z][\w-]*))/gm)].flatMap(([, many, one]) => (many ?? one).split(','));
    assert.deepEqual(flags.sort(), flagsOf(command).sort(), command.join(' '));
    for (const word of wordsOf(command).filter((name) => !name.startsWith('-'))) assert.match(part, new RegExp(`\\b${word}\\\\:`));
  }
  assert.deepEqual(/-s\[.*:\(([a-z ]+)\)'/.exec(main)[1].split(' ').sort(), signals());
});
