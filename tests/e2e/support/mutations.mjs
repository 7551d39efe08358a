// Cases made by chance from those of the corpora: bytes are dropped, doubled, moved and put in, lines and
// numbers are exchanged, two messages are joined. The same seed makes the same cases.
import { readCorpus } from './corpus.mjs';

const mostBytes = 4_000;   // of a case that is taken as it is before the changes

const bytesToPutIn = ['\r', '\n', '\r\n', '\r\n\r\n', '\0', '\t', ' ', ':', ';', ',', '"', '\\', '#', '?', '%00', '%0d%0a', '%2f', '/../', '\x0b', '\x0c',
  '\x7f', '\x80', '\x85', '\xa0', '\xff', '0\r\n\r\n', 'chunked', 'HTTP/1.1 ', 'GET /other HTTP/1.1\r\nHost: other\r\n\r\n', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nother'];
const numbers = ['', '0', '1', '2', '5', '007', '-1', '+3', ' 3', '3 ', '3,3', '3, 4', '0x3', '1e1', 'A', '2147483648', '18446744073709551617', 'FFFFFFFFFFFFFFFF'];
const lineEnds = ['\n', '\r', '\r\r\n', '\n\r', ' \r\n', '\r\n ', '\r\n\t', '\0\r\n', '\r\n\r\n'];
const lines = ['Content-Length: 0', 'Content-Length: 5', 'Content-Length : 5', 'Content-Length: 5, 5', 'content-length:5', 'Content_Length: 5', 'Transfer-Encoding: chunked',
  'Transfer-Encoding : chunked', 'Transfer-Encoding:\x0bchunked', 'Transfer-Encoding: identity', 'Transfer-Encoding: chunked, identity', 'transfer-encoding: xchunked',
  'Transfer-Encoding: gzip, chunked', 'Transfer-Encoding:', 'Host: other', 'Host:', 'Connection: close', 'Connection: Host, Content-Length', 'Connection: transfer-encoding',
  'Connection: upgrade', 'Upgrade: h2c', 'Upgrade: websocket', 'Expect: 100-continue', 'Trailer: Content-Length', 'TE: trailers', 'Keep-Alive: timeout=5', 'X-Forwarded-Host: other',
  ' folded', '\tfolded', ': nameless', 'no colon', 'X: a\0b', 'X: a\rb', 'X\x80: y', 'HTTP/1.1 200 OK', 'GET / HTTP/1.1'];

// Numbers from 0 to below 1, the same for the same seed (Mulberry32, by Tommy Ettinger, public domain).
function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

class Mutator {
  // `wellFormed` are some of `texts`: most changes begin with one of them.
  constructor(seed, texts, wellFormed) {
    this.next = generator(seed);
    this.texts = texts;
    this.wellFormed = wellFormed;
  }

  below(count) { return Math.floor(this.next() * count); }
  one(list) { return list[this.below(list.length)]; }

  // A place of `pattern` in `text`, replaced by one of `instead`.
  exchange(text, pattern, instead) {
    const places = [...text.matchAll(pattern)];
    if (!places.length) return text;
    const { index, 0: { length } } = this.one(places);
    return text.slice(0, index) + this.one(instead) + text.slice(index + length);
  }

  moveLine(text) {
    const all = text.split('\r\n');
    const [from, to] = [this.below(all.length), this.below(all.length)];
    if (this.next() < 0.5) all.splice(to, 0, all[from]);
    else [all[from], all[to]] = [all[to], all[from]];
    return all.join('\r\n');
  }

  addLine(text) {
    const ends = [...text.split('\r\n\r\n')[0].matchAll(/\r\n/g)].map(({ index }) => index);
    const at = ends.length ? this.one(ends) : text.length;
    return `${text.slice(0, at)}\r\n${this.one(lines)}${text.slice(at)}`;
  }

  change(text) {
    const at = this.below(text.length + 1);
    switch (this.below(9)) {
      case 0: return text.slice(0, at) + this.one(bytesToPutIn) + text.slice(at);
      case 1: return text.slice(0, at) + text.slice(at + this.one([1, 1, 1, 2, 5]));
      case 2: return text.slice(0, at) + String.fromCharCode(this.below(256)) + text.slice(at + 1);
      case 3: return this.exchange(text, /\d+/g, numbers);
      case 4: return this.exchange(text, /\r\n/g, lineEnds);
      case 5: return this.moveLine(text);
      case 6: {
        const other = this.one(this.texts);
        return text.slice(0, at) + other.slice(this.below(other.length));
      }
      default: return this.addLine(text);
    }
  }

  text() {
    let text = this.one(this.next() < 0.8 ? this.wellFormed : this.texts);
    const rounds = this.one([1, 1, 1, 2, 2, 3]);
    for (let round = 0; round < rounds; round++) text = this.change(text);
    return text;
  }
}

// `count` cases of a corpus (`requests` or `answers`), changed by chance. Any outcome is right that the judge of
// the corpora finds no problem with.
export function mutatedCases(kind, { seed, count }) {
  const corpus = readCorpus(kind).filter(({ bytes, ask }) => bytes.length > 0 && bytes.length < mostBytes && !ask.early);
  const textsOf = (cases) => cases.map(({ bytes }) => bytes.toString('latin1'));
  const mutator = new Mutator(seed, textsOf(corpus), textsOf(corpus.filter(({ outcome }) => outcome === 'same' || outcome === 'whole')));
  return Array.from({ length: count }, (_, number) => {
    const { ask, then } = mutator.one(corpus);
    const bytes = Buffer.from(mutator.text(), 'latin1');
    return { file: kind, name: `${number} of seed ${seed}`, place: JSON.stringify(bytes.toString('latin1')), outcome: 'either', ask, then, bytes };
  });
}
