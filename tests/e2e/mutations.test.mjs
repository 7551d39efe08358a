// What the corpora hold for their cases holds for what chance makes of them (tests/e2e/support/mutations.mjs).
// FASTGATE_MUTATIONS is the count of cases of each kind, FASTGATE_SEED another beginning.
import assert from 'node:assert/strict';
import test from 'node:test';
import { cleanup } from './support/cleanup.mjs';
import { intoBodies, runAnswers, runRequests, startMisbehaving, startRecorder } from './support/corpus_run.mjs';
import { route, sanitized, startGateway } from './support/gateway.mjs';
import { mutatedCases } from './support/mutations.mjs';

const count = Number(process.env.FASTGATE_MUTATIONS ?? (sanitized ? 500 : 4_000));
const seed = Number(process.env.FASTGATE_SEED ?? 1);
const timeout = Math.max(240_000, count * 60);
// Of what chance makes, much is cut: it is waited for no longer than it has to be.
const server = { client_header_timeout: '300ms', client_body_timeout: '300ms', keepalive_timeout: '5s', workers: 2 };

function judge(results) {
  const failed = results.filter(({ problems }) => problems.length);
  assert.deepEqual(failed.slice(0, 20).map(({ one, problems }) => `${one.name}: ${one.place} ${problems.join('; ')}`), []);
}

const ways = {
  'passed on as they come': {},
  'over connections that others use too': { keep: true },
  'read before they go on': { routes: [intoBodies] },
};

Object.entries(ways).forEach(([way, { keep = false, routes = [] }], index) => {
  test(`requests changed by chance, ${way}`, { timeout }, async (t) => {
    const recorder = await startRecorder({ keep });
    cleanup(t, () => recorder.server.close());
    const gateway = await startGateway(t, { server, routes: [...routes, route(`127.0.0.1:${recorder.port}`)] });
    const { results, unclaimed } = await runRequests(gateway.port, recorder, mutatedCases('requests', { seed: seed + index, count }));
    judge(results);
    assert.deepEqual(unclaimed, [], 'bytes that no client sent');
    const forwarded = results.filter(({ seen }) => seen.length).length;
    assert.ok(forwarded > count / 10, `only ${forwarded} were forwarded`);
  });
});

test('answers changed by chance', { timeout }, async (t) => {
  const cases = mutatedCases('answers', { seed, count });
  const upstream = await startMisbehaving(cases);
  cleanup(t, () => upstream.server.close());
  const gateway = await startGateway(t, { server, routes: [route(`127.0.0.1:${upstream.port}`, { timeout: '300ms' })] });
  const { results } = await runAnswers(gateway.port, cases);
  judge(results);
  const passed = results.filter(({ client }) => /^HTTP\/1\.1 (?!50[24])/.test(client.bytes.toString('latin1'))).length;
  assert.ok(passed > count / 10, `only ${passed} were passed on`);
});
