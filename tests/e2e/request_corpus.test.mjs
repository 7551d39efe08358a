// The corpus of requests (tests/corpus/requests): each is forwarded so that every reader sees the same, or
// refused; in one piece, byte by byte, read before it goes on, and sent again over connections that others use too.
import assert from 'node:assert/strict';
import test from 'node:test';
import { cleanup } from './support/cleanup.mjs';
import { readCorpus } from './support/corpus.mjs';
import { intoBodies, listen, runRequests, startRecorder } from './support/corpus_run.mjs';
import { route, sanitized, startGateway } from './support/gateway.mjs';

const memoryLimit = 64 * 1024 * 1024;
// Long enough for a busy machine, short enough to wait for.
const server = { client_header_timeout: '5s', client_body_timeout: '5s', workers: 2 };

// A server that breaks off whatever it is asked, and the route to it that is tried first.
async function startBreaking(t) {
  const server = await listen((socket) => socket.on('error', () => {}).on('data', () => socket.resetAndDestroy()));
  cleanup(t, () => server.close());
  return route(`127.0.0.1:${server.address().port}`, { route_id: 'breaking', priority: 1, retry_on: ['connect', 'reset'] });
}

// The first way has no code of its own for a sanitizer to see: two of the others send in one piece too.
const ways = {
  ...(sanitized ? {} : { 'in one piece': {} }),
  'byte by byte': { byteByByte: true },
  'bodies read before they go on': { routes: [intoBodies] },
  'sent again, over connections that others use too': { keep: true },
};

for (const [way, { byteByByte = false, keep = false, routes = [] }] of Object.entries(ways)) {
  test(`the corpus of requests, ${way}`, { timeout: 240_000 }, async (t) => {
    const recorder = await startRecorder({ keep });
    cleanup(t, () => recorder.server.close());
    const first = keep ? [await startBreaking(t)] : routes;
    const gateway = await startGateway(t, { server, routes: [...first, route(`127.0.0.1:${recorder.port}`)] });
    const cases = readCorpus('requests').filter((one) => !byteByByte || one.bytes.length < 2_000);
    assert.ok(cases.length > 300, `${cases.length} cases`);
    const { results, unclaimed } = await runRequests(gateway.port, recorder, cases, { byteByByte });
    for (const { one, problems } of results) {
      await t.test(`${one.file}: ${one.name}`, () => assert.deepEqual(problems, [], `${one.place} ${problems.join('; ')}`));
    }
    assert.deepEqual(unclaimed, [], 'bytes that no client sent');
    if (!sanitized) assert.ok(gateway.memory() < memoryLimit, `${gateway.memory()} bytes`);
  });
}
