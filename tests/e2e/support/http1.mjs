// Strict reading of HTTP/1 messages from a socket, for both fakes: what is not exactly as the RFC wants it
// is an error here, so that the gateway can't send it unnoticed.

class Malformed extends Error {}
export class ConnectionLost extends Error {}

// Bytes of a socket that can be waited for. `ending` is null while the connection is open, then `end` (FIN)
// or `reset`.
export class ByteSource {
  constructor(socket) {
    this.buffer = Buffer.alloc(0);
    this.ending = null;
    this.total = 0;
    this.waiting = [];
    socket.on('data', (bytes) => {
      this.buffer = this.buffer.length ? Buffer.concat([this.buffer, bytes]) : bytes;
      this.total += bytes.length;
      this.wake();
    });
    socket.on('end', () => this.close('end'));
    socket.on('error', () => this.close('reset'));
    socket.on('close', () => this.close('end'));
  }

  close(how) {
    this.ending ??= how;
    this.wake();
  }

  wake() {
    for (const resolve of this.waiting.splice(0)) resolve();
  }

  // Resolves on the next bytes or the end.
  change() {
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  take(count) {
    const bytes = this.buffer.subarray(0, count);
    this.buffer = this.buffer.subarray(count);
    return bytes;
  }

  async until(condition, what) {
    for (;;) {
      const found = condition();
      if (found !== undefined) return found;
      if (this.ending) throw new ConnectionLost(`connection ${this.ending} while waiting for ${what}; unread: ${JSON.stringify(this.buffer.toString('latin1').slice(0, 300))}`);
      await this.change();
    }
  }

  // Text up to and without `mark`, which is taken too.
  async through(mark, what) {
    const at = await this.until(() => {
      const index = this.buffer.indexOf(mark, 0, 'latin1');
      return index < 0 ? undefined : index;
    }, what);
    const text = this.take(at).toString('latin1');
    this.take(mark.length);
    return text;
  }

  async exactly(count) {
    await this.until(() => (this.buffer.length >= count ? true : undefined), `${count} bytes`);
    return Buffer.from(this.take(count));
  }

  // Whatever has come, at least one byte; null at the end of the connection.
  async some() {
    while (!this.buffer.length) {
      if (this.ending) return null;
      await this.change();
    }
    return Buffer.from(this.take(this.buffer.length));
  }

  async closed() {
    while (!this.ending) await this.change();
    return this.ending;
  }
}

const token = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
const fieldLine = new RegExp(`^(${token}):[ \\t]*((?:[\\x21-\\x7e\\x80-\\xff](?:[ \\t\\x21-\\x7e\\x80-\\xff]*[\\x21-\\x7e\\x80-\\xff])?)?)[ \\t]*$`);
const requestLine = new RegExp(`^(${token}) ([\\x21-\\x7e\\x80-\\xff]+) HTTP/(1\\.[01])$`);
const statusLine = /^HTTP\/(1\.[01]) ([1-5]\d\d) ([\t\x20-\x7e\x80-\xff]*)$/;

function parseFields(lines) {
  return lines.map((line) => {
    const match = fieldLine.exec(line);
    if (!match) throw new Malformed(`field line ${JSON.stringify(line)}`);
    return [match[1], match[2]];
  });
}

// All values of a field, in order.
export function valuesOf(fields, name) {
  return fields.filter(([key]) => key.toLowerCase() === name.toLowerCase()).map(([, value]) => value);
}

class Message {
  constructor(head, fields) {
    this.head = head;
    this.fields = fields;
    this.body = null;
    this.trailers = [];
  }

  header(name) {
    const values = valuesOf(this.fields, name);
    return values.length ? values.join(', ') : undefined;
  }

  headers(name) {
    return valuesOf(this.fields, name);
  }

  get text() {
    return this.body?.toString();
  }

  get json() {
    return JSON.parse(this.text);
  }
}

async function readHead(source, what) {
  const head = await source.through('\r\n\r\n', what);
  if (/\r(?!\n)|(?<!\r)\n|\0/.test(head)) throw new Malformed(`bare CR, LF or NUL in ${JSON.stringify(head)}`);
  return [head, head.split('\r\n')];
}

export async function readRequestHead(source) {
  const [head, [first, ...rest]] = await readHead(source, 'a request');
  const match = requestLine.exec(first);
  if (!match) throw new Malformed(`request line ${JSON.stringify(first)}`);
  const message = new Message(head, parseFields(rest));
  [, message.method, message.target, message.version] = match;
  message.framing = framingOf(message) ?? { kind: 'none' };
  return message;
}

export async function readResponseHead(source, method = 'GET') {
  const [head, [first, ...rest]] = await readHead(source, 'a response');
  const match = statusLine.exec(first);
  if (!match) throw new Malformed(`status line ${JSON.stringify(first)}`);
  const message = new Message(head, parseFields(rest));
  [, message.version, , message.reason] = match;
  message.status = Number(match[2]);
  const bodiless = method === 'HEAD' || message.status < 200 || message.status === 204 || message.status === 304;
  const framing = framingOf(message);
  message.framing = bodiless ? { kind: 'none' } : framing ?? { kind: 'close' };
  return message;
}

function framingOf(message) {
  const codings = message.headers('transfer-encoding');
  const lengths = message.headers('content-length');
  if (codings.length && lengths.length) throw new Malformed('both Transfer-Encoding and Content-Length');
  if (codings.length) {
    if (codings.join() !== 'chunked') throw new Malformed(`Transfer-Encoding ${codings}`);
    if (message.version === '1.0') throw new Malformed('Transfer-Encoding on HTTP/1.0');
    return { kind: 'chunked' };
  }
  if (!lengths.length) return undefined;
  if (lengths.length > 1 || !/^\d+$/.test(lengths[0])) throw new Malformed(`Content-Length ${lengths}`);
  return { kind: 'length', length: Number(lengths[0]) };
}

// Yields the body's pieces as they come; sets message.trailers.
export async function* bodyPieces(source, message) {
  const { kind, length } = message.framing;
  if (kind === 'length') {
    for (let left = length; left > 0;) {
      await source.until(() => (source.buffer.length ? true : undefined), `${left} more bytes of a body`);
      const piece = Buffer.from(source.take(Math.min(left, source.buffer.length)));
      left -= piece.length;
      yield piece;
    }
  } else if (kind === 'close') {
    for (let piece; (piece = await source.some());) yield piece;
    if (source.ending === 'reset') throw new ConnectionLost('reset inside a body that ends with the connection');
  } else if (kind === 'chunked') {
    yield* chunks(source, message);
  }
}

async function* chunks(source, message) {
  for (;;) {
    const line = await source.through('\r\n', 'a chunk');
    const match = /^([0-9a-fA-F]{1,15})(?:[ \t]*;.*)?$/.exec(line);
    if (!match) throw new Malformed(`chunk size ${JSON.stringify(line)}`);
    const size = parseInt(match[1], 16);
    if (size === 0) break;
    const piece = await source.exactly(size);
    if ((await source.exactly(2)).toString('latin1') !== '\r\n') throw new Malformed('no CRLF after a chunk');
    yield piece;
  }
  const lines = [];
  for (let line; (line = await source.through('\r\n', 'the trailers'));) lines.push(line);
  message.trailers = parseFields(lines);
}

export async function readBody(source, message) {
  const pieces = [];
  for await (const piece of bodyPieces(source, message)) pieces.push(piece);
  message.body = Buffer.concat(pieces);
  return message;
}

// A body in chunks, each text one chunk.
export function chunked(...texts) {
  return texts.map((text) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`).join('') + '0\r\n\r\n';
}
