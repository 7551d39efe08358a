// The corpus of upstream answers (tests/corpus/answers): a client gets an answer complete or visibly broken,
// and the next request of its connection gets its own.
import assert from 'node:assert/strict';
import test from 'node:test';
import { cleanup } from './support/cleanup.mjs';
import { readCorpus } from './support/corpus.mjs';
import { runAnswers, startMisbehaving } from './support/corpus_run.mjs';
import { route, sanitized, startGateway } from './support/gateway.mjs';

const memoryLimit = 64 * 1024 * 1024;

test('the corpus of answers', { timeout: 240_000 }, async (t) => {
  const cases = readCorpus('answers');
  assert.ok(cases.length > 100, `${cases.length} cases`);
  const upstream = await startMisbehaving(cases);
  cleanup(t, () => upstream.server.close());
  const gateway = await startGateway(t, {
    server: { workers: 2, keepalive_timeout: '5s', client_body_timeout: '5s' },
    routes: [route(`127.0.0.1:${upstream.port}`, { timeout: '5s' })],
  });
  const { results } = await runAnswers(gateway.port, cases);
  for (const { one, problems } of results) {
    await t.test(`${one.file}: ${one.name}`, () => assert.deepEqual(problems, [], `${one.place} ${problems.join('; ')}`));
  }
  if (!sanitized) assert.ok(gateway.memory() < memoryLimit, `${gateway.memory()} bytes`);
});
