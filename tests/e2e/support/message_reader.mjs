// A reader of whole HTTP/1 byte strings that shares no code with the gateway or the other fakes: the judge of
// the corpora. Strict, it takes the grammar of RFC 9112 and nothing else; told to be lenient in named ways, it
// reads as sloppy servers do.

class Fault extends Error {}

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const forbidden = /[\x00-\x08\x0a-\x1f\x7f]/;
export const trim = (text) => text.replace(/^[ \t]+|[ \t]+$/g, '');

// What sloppy servers are known to do. Each is one reader that must see the same requests as the strict one.
export const sloppyReaders = {
  'LF ends lines': { bareLf: true },
  'CR ends lines': { bareCr: true },
  'length before coding': { lengthFirst: true },
  'coding by a part of its name': { partOfCoding: true },
  'sizes up to the first odd character': { looseSizes: true },
  'white space before colons': { blankColon: true },
  'folded lines are joined': { folds: true },
};

class Reader {
  constructor(bytes, rules = {}) {
    this.text = Buffer.isBuffer(bytes) ? bytes.toString('latin1') : bytes;
    this.rules = rules;
    this.at = 0;
  }

  get ended() {
    return this.at >= this.text.length;
  }

  // The next line without its end; undefined while it is incomplete.
  line() {
    let end = this.text.indexOf('\r\n', this.at);
    let skip = 2;
    for (const [rule, mark] of [['bareLf', '\n'], ['bareCr', '\r']]) {
      if (!this.rules[rule]) continue;
      const found = this.text.indexOf(mark, this.at);
      if (found >= 0 && (end < 0 || found < end)) { end = found; skip = 1; }
    }
    const rest = this.text.slice(this.at, end < 0 ? undefined : end);
    if (!this.rules.bareLf && rest.includes('\n')) throw new Fault('a bare LF');
    if (!this.rules.bareCr && /\r(?!$)/.test(end < 0 ? rest : `${rest}.`)) throw new Fault('a bare CR');
    if (end < 0) return undefined;
    this.at = end + skip;
    return rest;
  }

  // Field lines up to an empty one; undefined while they are incomplete.
  fields() {
    const fields = [];
    for (;;) {
      const line = this.line();
      if (line === undefined) return undefined;
      if (line === '') return fields;
      if (/^[ \t]/.test(line)) {
        if (!this.rules.folds || !fields.length) throw new Fault('a folded line');
        fields.at(-1)[1] += ` ${trim(line)}`;
        continue;
      }
      const colon = line.indexOf(':');
      const name = this.rules.blankColon ? trim(line.slice(0, Math.max(colon, 0))) : line.slice(0, Math.max(colon, 0));
      if (colon < 0 || !token.test(name)) throw new Fault(`a field name ${JSON.stringify(line.slice(0, 40))}`);
      const value = line.slice(colon + 1);
      if (forbidden.test(value)) throw new Fault('a control character in a value');
      fields.push([name.toLowerCase(), trim(value)]);
    }
  }

  // The body's length (a number, `chunked`, or null where no field says it).
  framing(fields, version) {
    const lengths = valuesOf(fields, 'content-length');
    const codings = valuesOf(fields, 'transfer-encoding');
    if (this.rules.lengthFirst && lengths.length) return parseInt(lengths[0], 10) || 0;
    if (this.rules.partOfCoding && codings.some((coding) => /chunked/i.test(coding))) return 'chunked';
    if (lengths.length && codings.length) throw new Fault('both framings');
    if (lengths.length > 1 || codings.length > 1) throw new Fault('a framing field twice');
    if (codings.length) {
      if (codings[0].toLowerCase() !== 'chunked' || version === '1.0') throw new Fault('a coding other than chunked');
      return 'chunked';
    }
    if (!lengths.length) return null;
    if (!/^\d{1,19}$/.test(lengths[0]) || BigInt(lengths[0]) > 0x7fffffffffffffffn) throw new Fault('a length that is no number');
    return Number(lengths[0]);
  }

  // Adds the body to `message`; false while it is incomplete.
  body(message, length) {
    if (length !== 'chunked') {
      message.body = this.text.slice(this.at, this.at + length);
      this.at += message.body.length;
      return message.body.length === length;
    }
    message.body = '';
    for (;;) {
      const line = this.line();
      if (line === undefined) return false;
      const size = this.size(line);
      if (size === 0) break;
      const chunk = this.text.slice(this.at, this.at + size);
      message.body += chunk;
      this.at += chunk.length;
      if (chunk.length < size) return false;
      const end = this.text.slice(this.at, this.at + 2);
      if (!'\r\n'.startsWith(end)) throw new Fault('a chunk without its end');
      if (end.length < 2) return false;
      this.at += 2;
    }
    message.trailers = this.fields();
    return message.trailers !== undefined;
  }

  size(line) {
    if (this.rules.looseSizes) return parseInt(line, 16) || 0;
    const name = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
    const extension = `[ \\t]*;[ \\t]*${name}(?:[ \\t]*=[ \\t]*(?:${name}|"(?:[\\t \\x21\\x23-\\x5b\\x5d-\\x7e\\x80-\\xff]|\\\\[\\t \\x21-\\x7e\\x80-\\xff])*"))?`;
    const match = new RegExp(`^([0-9A-Fa-f]{1,16})(?:${extension})*$`).exec(line);
    if (!match || BigInt(`0x${match[1]}`) > 0x7fffffffffffffffn) throw new Fault(`a chunk size ${JSON.stringify(line.slice(0, 40))}`);
    return parseInt(match[1], 16);
  }

  // The next request; undefined at the end of the text, `complete: false` when it is cut.
  request() {
    while (this.text.startsWith('\r\n', this.at)) this.at += 2;
    if (this.ended) return undefined;
    const message = { complete: false, begin: this.at };
    const line = this.line();
    if (line === undefined) return message;
    const match = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+) ([\x21-\x7e]+) HTTP\/(1\.[01])$/.exec(line);
    if (!match) throw new Fault(`a request line ${JSON.stringify(line.slice(0, 60))}`);
    [, message.method, message.target, message.version] = match;
    message.fields = this.fields();
    if (!message.fields) return message;
    const hosts = valuesOf(message.fields, 'host');
    if (hosts.length > 1 || (hosts.length === 0 && message.version === '1.1')) throw new Fault('not one Host');
    const length = this.framing(message.fields, message.version);
    message.complete = this.body(message, length ?? 0);
    message.end = this.at;
    return message;
  }

  // The next final answer to a request of `method`, where the connection ended by `ending` (`end`, `reset`, or
  // null while it is open). Interim ones are counted.
  answer(method, ending) {
    let interim = 0;
    for (;;) {
      const message = { complete: false, interim };
      const line = this.line();
      if (line === undefined) return message;
      const match = /^HTTP\/(1\.[01]) ([1-5]\d\d)(?: ([\t\x20-\x7e\x80-\xff]*))?$/.exec(line);
      if (!match) throw new Fault(`a status line ${JSON.stringify(line.slice(0, 60))}`);
      message.version = match[1];
      message.status = Number(match[2]);
      message.fields = this.fields();
      if (!message.fields) return message;
      const length = this.framing(message.fields, message.version);
      if (message.status < 200 || message.status === 204) {
        if (length) throw new Fault('a body where none may be');
        if (message.status === 101) throw new Fault('an upgrade that nobody asked for');
        if (message.status < 200) { interim += 1; continue; }
      }
      if (method === 'HEAD' || message.status === 204 || message.status === 304) {
        return Object.assign(message, { complete: true, body: '' });
      }
      if (length !== null) return Object.assign(message, { complete: this.body(message, length) });
      message.body = this.text.slice(this.at);
      this.at = this.text.length;
      return Object.assign(message, { complete: ending === 'end' });
    }
  }
}

export function valuesOf(fields, name) {
  return fields.filter(([key]) => key === name).map(([, value]) => value);
}

// All requests of the bytes: the complete ones, and how it went on: `done`, `cut` (a part of one is left) or
// the Fault.
export function readRequests(bytes, rules) {
  const reader = new Reader(bytes, rules);
  const requests = [];
  try {
    for (;;) {
      const request = reader.request();
      if (!request) return { requests, rest: 'done' };
      if (!request.complete) return { requests, rest: 'cut', part: request };
      requests.push(request);
    }
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { requests, rest: error };
  }
}

// The first final answer of the bytes, with `fault` where they break the grammar and `left` for what follows.
export function readAnswer(bytes, method, ending) {
  const reader = new Reader(bytes);
  try {
    const answer = reader.answer(method, ending);
    return Object.assign(answer, { left: reader.text.slice(reader.at) });
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { complete: false, fault: error.message, left: '' };
  }
}
