// Requests with JSON bodies, and routes that look into them or change them.
import { route, startGateway } from './gateway.mjs';
import { connect, post, send } from './raw_client.mjs';
import { startNamed } from './server_groups.mjs';
import { startUpstream } from './upstream.mjs';

export const json = { 'Content-Type': 'application/json' };

// The body's bytes are UTF-8, whatever else a request is written in.
const postText = (target, body, headers) => post(target, Buffer.from(body).toString('latin1'), { 'Content-Length': Buffer.byteLength(body), ...headers });

// A rule to the upstream `rule`, all else to `fallback`.
export async function ruled(t, match_body_schema, { rule: fields, ...config } = {}) {
  const [rule, fallback] = await startNamed(t, 'rule', 'fallback');
  const gateway = await startGateway(t, { routes: [
    route(rule.host, { route_id: 'rule', priority: 40, match_body_schema, ...fields }),
    route(fallback.host, { route_id: 'fallback', priority: 80 }),
  ], ...config });
  const where = async (body, headers = json) => {
    const answer = await send(t, gateway.port, postText('/x', body, headers));
    return answer.status === 200 ? answer.text : answer.status;
  };
  return { rule, fallback, gateway, where };
}

// A route that changes bodies. `change(body)` gives what arrived of it, or the status that refused it.
export async function changing(t, fields, config = {}) {
  const upstream = await startUpstream(t);
  const gateway = await startGateway(t, { routes: [route(upstream.host, fields)], ...config });
  const client = await connect(t, gateway.port);
  const change = async (body, headers = json) => {
    const before = upstream.requests.length;
    const answer = await send(t, gateway.port, postText('/x', body, headers));
    return upstream.requests.length > before ? upstream.requests.at(-1).text : answer.status;
  };
  return { upstream, gateway, client, change };
}
