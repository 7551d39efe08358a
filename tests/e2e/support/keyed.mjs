// A gateway with keys, and how it is asked.
import { route, startGateway } from './gateway.mjs';
import { get, send } from './raw_client.mjs';
import { startUpstream } from './upstream.mjs';

// A route that wants a key.
export const closed = (host, fields) => route(host, { auth: 'required', ...fields });

// `keys` are those of newKey(); `route` adds fields to the route, `routes(host)` gives others in its place.
export async function keyed(t, keys, { route: fields, upstream, ...config } = {}, options) {
  const server = upstream ?? await startUpstream(t);
  const routes = config.routes?.(server.host) ?? [closed(server.host, fields)];
  const gateway = await startGateway(t, { ...config, routes, keys: keys.map((key) => key.entry) }, options);
  return { gateway, upstream: server };
}

export const ask = (t, gateway, headers, target = '/') => send(t, gateway.port, get(target, headers));
export const statusOf = async (t, gateway, headers, target) => (await ask(t, gateway, headers, target)).status;
