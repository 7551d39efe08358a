// Runs a corpus against a proxy that listens on `port`: raw bytes from clients, raw bytes seen by upstreams,
// and a judgement of both. Each client has an address of its own (127.x.y.z), which the proxy tells the
// upstream in X-Forwarded-For, so that cases run side by side.
import net from 'node:net';
import { readAnswer, readRequests, sloppyReaders, trim, valuesOf } from './message_reader.mjs';

const sentinel = 'GET /sentinel HTTP/1.1\r\nHost: sentinel.test\r\nConnection: close\r\n\r\n';
const ownRequest = 'GET /own HTTP/1.1\r\nHost: own.test\r\nConnection: close\r\n\r\n';
const patience = 60_000;   // for one case; reaching it is a failure
// A route that looks into bodies has them read whole before anything is sent.
export const intoBodies = { route_id: 'by-body', priority: 1, match_path: '/*', auth: 'none', match_body_schema: { model: 'nobody-asks-for-this' }, respond: { status: 299 } };
const connectionFields = new Set(['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding',
  'upgrade', 'proxy-authenticate', 'proxy-authorization']);
const ownFields = new Set(['host', 'content-length', 'expect', 'forwarded', 'x-forwarded-for', 'x-forwarded-host',
  'x-forwarded-proto', 'x-forwarded-server', 'x-real-ip', 'x-request-id', 'via', 'max-forwards']);

// Framing stays with its answer, whoever nominates it; Host says nothing there.
const kept = new Set(['close', 'keep-alive', 'content-length', 'host', 'transfer-encoding']);

const addressOf = (number) => `127.${1 + (number >> 16)}.${(number >> 8) & 255}.${number & 255}`;
const echoOf = (request) => encodeURIComponent(`${request.method} ${pathOf(request.target)} ${request.body}`).slice(0, 400);

// What an origin server is asked for by a target in any form.
function pathOf(target) {
  const match = /^https?:\/\/[^/?]*(.*)$/i.exec(target);
  if (!match) return target;
  return match[1].startsWith('/') ? match[1] : `/${match[1]}`;
}

export function listen(on) {
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, on);
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

// An upstream that keeps every byte by connection, answers each request with what it understood of it, and
// takes one answered request a connection, or with `keep` all that come.
export async function startRecorder({ keep = false } = {}) {
  const connections = [];
  let arrivals = 0;
  const server = await listen((socket) => {
    const connection = { bytes: Buffer.alloc(0), answered: [], end: () => socket.end() };
    connections.push(connection);
    connection.closed = new Promise((resolve) => socket.on('close', resolve));
    socket.on('error', () => {});
    socket.on('end', () => socket.end());
    socket.on('data', (bytes) => {
      connection.bytes = Buffer.concat([connection.bytes, bytes]);
      if (connection.answered.length && !keep) return;
      const { requests, rest } = readRequests(connection.bytes);
      for (const request of requests.slice(connection.answered.length, keep ? undefined : 1)) {
        connection.answered.push(arrivals++);
        const body = echoOf(request);
        socket.write(`HTTP/1.1 200 OK\r\n${keep ? '' : 'Connection: close\r\n'}Content-Length: ${body.length}\r\n\r\n${request.method === 'HEAD' ? '' : body}`);
      }
      if (rest instanceof Error || (connection.answered.length && !keep)) socket.end();
    });
  });
  return { server, connections, keep, port: server.address().port };
}

// Runs `work` for all items, some at a time.
async function forAll(items, atOnce, work) {
  let next = 0;
  const lane = async () => { while (next < items.length) await work(items[next++]); };
  await Promise.all(Array.from({ length: atOnce }, lane));
}

// One client connection: sends, then collects until the other side ends it. `onData(bytes so far, socket)`.
function converse(port, localAddress, pieces, onData = () => {}) {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host: '127.0.0.1', localAddress, noDelay: true, allowHalfOpen: true });
    const result = { bytes: Buffer.alloc(0), ending: null };
    const finish = (ending) => {
      result.ending ??= ending;
      clearTimeout(timer);
      socket.destroy();
      resolve(result);
    };
    const timer = setTimeout(() => finish('hung'), patience);
    socket.on('connect', async () => {
      for (const piece of pieces) {
        if (socket.destroyed) return;
        socket.write(piece);
        if (pieces.length > 1) await new Promise((next) => setImmediate(next));
      }
    });
    socket.on('data', (bytes) => {
      result.bytes = Buffer.concat([result.bytes, bytes]);
      onData(result.bytes, socket);
    });
    // Node takes a reset for an end when both arrive in one turn; what is written then tells them apart.
    socket.on('end', () => socket.write('\n', (error) => finish(error ? 'reset' : 'end')));
    socket.on('error', () => finish('reset'));
    socket.on('close', () => finish('end'));
  });
}

const splitIntoBytes = (bytes) => Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));

// Sends every case with a request behind it that must stay itself. Gives {case, problems} for each.
export async function runRequests(port, recorder, cases, { byteByByte = false } = {}) {
  const from = recorder.connections.length;
  const results = cases.map((one, index) => ({ one, index, problems: [] }));
  await forAll(results, 24, async (result) => {
    const bytes = Buffer.concat([result.one.bytes, Buffer.from(sentinel)]);
    result.client = await converse(port, addressOf(result.index + 1), byteByByte ? splitIntoBytes(bytes) : [bytes]);
  });
  // What the proxy still has in hand for an upstream arrives before it closes the connection.
  const seen = recorder.connections.slice(from);
  if (recorder.keep) for (const connection of seen) connection.end();
  await Promise.race([Promise.all(seen.map((connection) => connection.closed)), new Promise((resolve) => setTimeout(resolve, patience).unref())]);
  const unclaimed = claim(recorder.keep ? splitAll(seen) : seen, results);
  for (const result of results) judgeRequest(result);
  return { results, unclaimed };
}

// What kept connections carried, one request a piece, in the order they came.
const splitAll = (connections) => connections.flatMap(splitKept).sort((a, b) => a.arrival - b.arrival);

// How other readers would split a connection stands in a piece's `problem`.
function splitKept({ bytes, answered }) {
  const { requests, rest } = readRequests(bytes);
  const pieces = requests.map(({ begin, end }, index) => ({ bytes: bytes.subarray(begin, end), arrival: answered[index] ?? Number.MAX_VALUE }));
  if (rest !== 'done') pieces.push({ bytes: bytes.subarray(requests.at(-1)?.end ?? 0), arrival: Number.MAX_VALUE });
  for (const [name, rules] of Object.entries(sloppyReaders)) {
    const others = readRequests(bytes, rules).requests;
    const odd = requests.findIndex((request, index) => JSON.stringify(request) !== JSON.stringify(others[index]));
    if (odd >= 0 || others.length !== requests.length) pieces[Math.max(odd, 0)].problem = `another request on a kept connection for a reader with "${name}"`;
  }
  return pieces;
}

// Gives each connection to the case whose client it was for.
function claim(connections, results) {
  const byAddress = new Map(results.map((result) => [addressOf(result.index + 1), result]));
  const unclaimed = [];
  for (const result of results) result.seen = [];
  for (const connection of connections) {
    const address = /\r\nX-Forwarded-For: (127\.[\d.]+)\r\n/i.exec(connection.bytes.toString('latin1'))?.[1];
    const owner = byAddress.get(address);
    if (owner) owner.seen.push(connection);
    else if (connection.bytes.length) unclaimed.push(connection.bytes.toString('latin1'));
  }
  return unclaimed;
}

function judgeRequest(result) {
  const { one, client, problems } = result;
  const meant = readRequests(Buffer.concat([one.bytes, Buffer.from(sentinel)]));
  const arrived = result.seen.map((connection) => readRequests(connection.bytes));
  const complete = arrived.flatMap(({ requests }) => requests);
  if (client.ending === 'hung') problems.push('the connection hung');
  for (const connection of result.seen) {
    judgeConnection(connection.bytes, problems);
    if (connection.problem) problems.push(connection.problem);
  }
  // What arrives is what was sent, in its order; the proxy may have answered some by itself.
  let next = 0;
  for (const request of complete) {
    const at = meant.requests.findIndex((sent, index) => index >= next && sent.method === request.method && pathOf(sent.target) === request.target);
    if (at < 0) {
      problems.push(`a request that was never sent: ${request.method} ${request.target}`);
    } else {
      compareRequests(meant.requests[at], request, problems);
      next = at + 1;
    }
  }
  const statuses = judgeAnswers(client, complete, problems);
  if (one.outcome === 'same') {
    if (meant.rest !== 'done') problems.push(`the corpus calls it well-formed, but: ${meant.rest.message ?? meant.rest}`);
    if (complete.length !== meant.requests.length) problems.push(`${complete.length} of ${meant.requests.length} requests arrived; answers: ${statuses}`);
  } else if (one.outcome === 'refuse') {
    if (complete.length) problems.push(`forwarded: ${complete.map(({ method, target }) => `${method} ${target}`)}`);
    if (statuses.some((status) => status < 400)) problems.push(`answered ${statuses}`);
  }
}

// Every reader must see one and the same request in what one connection carried.
function judgeConnection(bytes, problems) {
  const strict = readRequests(bytes);
  if (strict.rest instanceof Error) problems.push(`the upstream got what breaks the grammar: ${strict.rest.message}`);
  if (strict.requests.length > 1) problems.push('two requests on a connection that the upstream closes');
  if (strict.requests.length && strict.rest === 'cut') problems.push('bytes behind the request');
  const shape = JSON.stringify(strict.requests);
  for (const [name, rules] of Object.entries(sloppyReaders)) {
    if (JSON.stringify(readRequests(bytes, rules).requests) !== shape) problems.push(`another request for a reader with "${name}"`);
  }
}

const nominated = (fields) => valuesOf(fields, 'connection').join(',').toLowerCase().split(',').map(trim);

function endToEnd(fields, off) {
  return fields.filter(([name]) => !connectionFields.has(name) && !ownFields.has(name) && !off.includes(name)).map(([name, value]) => `${name}: ${value}`);
}

function compareRequests(should, request, problems) {
  const what = `${should.method} ${should.target}`;
  if (request.body !== should.body) problems.push(`${what}: another body: ${JSON.stringify(request.body.slice(0, 80))}`);
  const off = nominated(should.fields);
  const [ours, theirs] = [endToEnd(request.fields, []), endToEnd(should.fields, off)];
  if (JSON.stringify(ours) !== JSON.stringify(theirs)) problems.push(`${what}: other fields: ${JSON.stringify(ours)}, not ${JSON.stringify(theirs)}`);
  for (const name of ['keep-alive', 'proxy-connection', 'proxy-authorization', 'te']) {
    if (valuesOf(request.fields, name).length) problems.push(`${what}: ${name} was passed on`);
  }
  const upgrade = valuesOf(request.fields, 'upgrade').join();
  if (/(?<![a-z])(?:h2|http|tls)/i.test(upgrade)) problems.push(`${what}: Upgrade: ${upgrade} was passed on`);
  const authority = /^https?:\/\/([^/?]*)/i.exec(should.target)?.[1] ?? valuesOf(should.fields, 'host')[0];
  const told = valuesOf(request.fields, 'x-forwarded-host')[0];
  if (told !== undefined && authority !== undefined && told.toLowerCase() !== authority.toLowerCase()) problems.push(`${what}: host ${told}, not ${authority}`);
  const trailers = (should.trailers ?? []).map(String);
  if ((request.trailers ?? []).some((trailer) => !trailers.includes(String(trailer)))) problems.push(`${what}: other trailers`);
}

// The answers a client got, against the requests that arrived; gives their statuses.
function judgeAnswers(client, requests, problems) {
  const statuses = [];
  let forwarded = 0;
  let { bytes } = client;
  for (let index = 0; bytes.length; index++) {
    const answer = readAnswer(bytes, requests[forwarded]?.method ?? 'GET', client.ending);
    if (answer.fault) { problems.push(`the client got what breaks the grammar: ${answer.fault}`); break; }
    if (!answer.complete) { statuses.push('cut'); break; }
    statuses.push(answer.status);
    // `OPTIONS *` is the gateway's own to answer: nothing arrives.
    const isOwn = answer.body === '' && valuesOf(answer.fields, 'allow').length > 0;
    if (answer.status === 200 && !isOwn) {
      const request = requests[forwarded++];
      if (!request || (request.method !== 'HEAD' && answer.body !== echoOf(request))) problems.push(`answer ${index} belongs to another request: ${answer.body}`);
    }
    bytes = Buffer.from(answer.left, 'latin1');
  }
  return statuses;
}

// An upstream that answers `/case/N` with the bytes of case N, and `/own` with `own`.
export async function startMisbehaving(cases) {
  const server = await listen((socket) => {
    let bytes = Buffer.alloc(0);
    let answered = false;   // early: what comes now is the body
    socket.on('error', () => {});
    socket.on('end', () => socket.end());
    socket.on('data', (more) => {
      bytes = Buffer.concat([bytes, more]);
      const { requests: [whole], rest, part } = readRequests(bytes);
      const asked = whole ?? part;
      const number = /^\/case\/(\d+)/.exec(asked?.target)?.[1];
      const early = number !== undefined && cases[Number(number)].ask.early;
      if (answered || (early ? !asked.fields : !whole)) return;
      answered = early;
      bytes = Buffer.alloc(0);
      if (rest !== 'done' && !early) return socket.destroy();
      if (number === undefined) return socket.write('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nown');
      const one = cases[Number(number)];
      socket.write(one.bytes, () => {
        if (one.then === 'close') socket.end();
        if (one.then === 'reset') socket.resetAndDestroy();
      });
    });
  });
  return { server, port: server.address().port };
}

// Asks for each case's answer, and behind a complete one for another that must be untouched by it.
export async function runAnswers(port, cases) {
  const results = cases.map((one, index) => ({ one, index, problems: [] }));
  await forAll(results, 24, async (result) => {
    const { method, version, early } = result.one.ask;
    const body = early ? 'Content-Length: 1000000\r\n\r\nand so on' : method === 'POST' ? 'Content-Length: 1\r\n\r\nx' : '\r\n';
    const kept = version === '1.0' ? 'Connection: keep-alive\r\n' : '';
    const asked = `${method} /case/${result.index} HTTP/${version}\r\nHost: a\r\n${kept}${body}`;
    let next = false;
    result.client = await converse(port, addressOf(result.index + 1), [asked], (bytes, socket) => {
      const answer = readAnswer(bytes, method, null);
      if (next || early || !answer.complete) return;
      next = true;
      socket.write(ownRequest);
    });
    judgeAnswer(result);
  });
  return { results };
}

function judgeAnswer({ one, client, problems }) {
  const told = readAnswer(one.bytes, one.ask.method, one.then === 'close' ? 'end' : one.then === 'reset' ? 'reset' : null);
  const got = readAnswer(client.bytes, one.ask.method, client.ending);
  if (client.ending === 'hung') problems.push('the connection hung');
  if (got.fault && client.bytes.length) problems.push(`the client got what breaks the grammar: ${got.fault}`);
  const failed = !got.complete || [408, 502, 504].includes(got.status);
  if (!failed && !told.complete) problems.push(`${told.fault ?? 'a cut answer'} became a complete ${got.status} ${JSON.stringify((got.body ?? '').slice(0, 60))}`);
  if (!failed && told.complete && (got.status !== told.status || got.body !== told.body)) problems.push(`another answer: ${got.status} ${JSON.stringify(got.body.slice(0, 60))}`);
  if (!failed && told.complete) {
    const off = nominated(told.fields);
    for (const name of ['keep-alive', 'proxy-connection', 'proxy-authenticate', ...off].filter((name) => name && !kept.has(name))) {
      if (valuesOf(got.fields, name).length) problems.push(`${name} was passed on`);
    }
  }
  if (one.outcome === 'whole' && (failed || !told.complete)) problems.push(`not whole: ${got.status} ${told.fault ?? ''}`);
  if (one.outcome === 'broken' && !failed) problems.push(`not broken: ${got.status}`);
  if (got.complete && got.left) {
    const own = readAnswer(Buffer.from(got.left, 'latin1'), 'GET', client.ending);
    if (!own.complete || own.status !== 200 || own.body !== 'own' || own.left) problems.push(`the next request got ${own.fault ?? own.status} ${JSON.stringify((own.body ?? '').slice(0, 60))}`);
  }
}
