// The command line as the program itself tells it in -h.
import { run } from './gateway.mjs';

const helpOf = (command) => run([...command, '-h']).stdout;

// Every command as its words: [], ['explain'], ['key'], ['key', 'create'] …
export function commandsOf(command = []) {
  const [, list = ''] = helpOf(command).split(/^Subcommands:$/m);
  const names = [...list.matchAll(/^ {2}([a-z][\w-]*)/gm)].map(([, name]) => name);
  return [command, ...names.flatMap((name) => commandsOf([...command, name]))];
}

// The flags of one command, `-c` and `--key` alike.
export function flagsOf(command) {
  const [, options = ''] = helpOf(command).split(/^Options:$/m);
  return options.split(/^Subcommands:$/m)[0].split('\n')
    .map((line) => /^ {2}(-\S+)/.exec(line)?.[1])
    .filter(Boolean)
    .flatMap((words) => words.split(','))
    .map((word) => word.replace(/[:=].*$/, ''));
}
