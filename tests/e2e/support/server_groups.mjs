// Upstream servers that say their names, behind one route or several.
import assert from 'node:assert/strict';
import { route, startGateway } from './gateway.mjs';
import { connect, get } from './raw_client.mjs';
import { answering, startUpstream } from './upstream.mjs';

const named = (name) => answering((asked, connection) => connection.answer(name));
export const startNamed = (t, ...names) => Promise.all(names.map((name) => startUpstream(t, named(name))));

// One route to a group of these servers (`host:port` or an entry).
export function groupOf(t, servers, { route: fields, group, ...config } = {}) {
  const entries = servers.map((server) => (server.port ? { host: server.host } : server));
  return startGateway(t, {
    upstreams: [{ name: 'group', servers: entries, ...group }],
    routes: [{ ...route('', { upstream: 'group', ...fields }), target_host: undefined }], ...config,
  });
}

// A route to each, in this order.
export function routesTo(t, hosts, { route: fields, ...config } = {}) {
  const routes = hosts.map((host, index) => route(host, { route_id: `r${index}`, priority: 10 * (index + 1), ...fields }));
  return startGateway(t, { routes, ...config });
}

const counts = (texts) => texts.reduce((sum, text) => ({ ...sum, [text]: (sum[text] ?? 0) + 1 }), {});

export async function answers(t, gateway, count, text = get('/')) {
  const client = await connect(t, gateway.port);
  const texts = [];
  for (let round = 0; round < count; round++) {
    const answer = await client.request(text);
    assert.equal(answer.status, 200, answer.text);
    texts.push(answer.text);
  }
  client.destroy();
  return counts(texts);
}
