// Reads the files of tests/corpus. A file is made of frames and cases:
//
//   # a comment
//   frame
//   | POST / HTTP/1.1
//   | Host: a
//   | {}
//   |
//   | hello\
//   refuse two lengths :: Content-Length: 5\r\nContent-Length: 6
//
// A line after `| ` ends with CRLF unless a backslash stands at its end. A case is an outcome, a name, and
// behind `::` the text that takes the place of `{}` in the frame above; a case without `::` brings lines of
// its own. Escapes: \r \n \t \0 \\ \xHH, and \{TEXT*N} for TEXT N times.
// Answers also know `ask METHOD VERSION [early]` (the client's request; early: the upstream answers its head, the
// body goes on without an end) and `then close|reset|open` (what the upstream
// does behind its bytes); both hold for the cases that follow.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../corpus');
const outcomes = new Set(['same', 'refuse', 'either', 'whole', 'broken']);
const plain = { r: '\r', n: '\n', t: '\t', 0: '\0', '\\': '\\' };

function unescape(text) {
  return text.replace(/\\(?:x([0-9a-f]{2})|\{((?:[^\\]|\\[^}])*?)\*(\d+)\}|(.))/gi, (whole, hex, repeated, count, letter) => {
    if (hex) return String.fromCharCode(parseInt(hex, 16));
    if (count) return unescape(repeated).repeat(Number(count));
    if (letter in plain) return plain[letter];
    throw new Error(`no such escape: ${whole}`);
  });
}

const joinLines = (lines) => lines.map((line) => (/(?<!\\)(?:\\\\)*\\$/.test(line) ? line.slice(0, -1) : `${line}\\r\\n`)).join('');

function parse(text, file) {
  const cases = [];
  let frame = null;    // lines, while a frame is read and after
  let open = null;     // whose lines are being read
  let ask = { method: 'GET', version: '1.1', early: false };
  let then = 'close';
  text.split('\n').forEach((line, index) => {
    const place = `${file}:${index + 1}`;
    if (line.startsWith('|')) {
      if (!open) throw new Error(`${place}: lines of nothing`);
      open.push(line.slice(2));
    } else if (line === 'frame') {
      open = frame = [];
    } else if (line && !line.startsWith('#')) {
      const [, word, rest] = /^(\w+) (.+)$/.exec(line) ?? [];
      open = null;
      if (word === 'ask') {
        const [method, version, early] = rest.split(' ');
        ask = { method, version, early: early === 'early' };
      } else if (word === 'then') {
        then = rest;
      } else if (outcomes.has(word)) {
        const at = rest.indexOf(' ::');
        const one = { file, place, outcome: word, name: at < 0 ? rest : rest.slice(0, at), ask, then };
        if (at < 0) {
          open = one.lines = [];
        } else {
          one.frame = frame;
          one.text = rest.slice(at + 4);
        }
        cases.push(one);
      } else {
        throw new Error(`${place}: ${line}`);
      }
    }
  });
  for (const one of cases) {
    const written = one.lines ? joinLines(one.lines) : joinLines(one.frame).replace('{}', () => one.text);
    one.bytes = Buffer.from(unescape(written), 'latin1');
  }
  return cases;
}

// All cases of tests/corpus/KIND; the names are unique.
export function readCorpus(kind) {
  const folder = path.join(root, kind);
  const cases = fs.readdirSync(folder).filter((name) => name.endsWith('.txt')).sort()
    .flatMap((name) => parse(fs.readFileSync(path.join(folder, name), 'utf8'), name));
  const seen = new Set();
  for (const one of cases) {
    const name = `${one.file} ${one.name}`;
    if (seen.has(name)) throw new Error(`${one.place}: ${one.name} is there twice`);
    seen.add(name);
  }
  return cases;
}
