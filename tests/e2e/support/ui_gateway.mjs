// The real gateway with its pages, an upstream behind it, and a page of the browser.
import { openPage, startBrowser } from './browser.mjs';
import { startGateway } from './gateway.mjs';
import { startHttpUpstream } from './upstream.mjs';

export const token = 'a-token-of-the-tests';
// The field under this label.
export const field = (page, label) => page.locator(`.field:has(> label:text-is("${label}"))`).locator('input, textarea, select').first();

export async function startWithPages(t, { admin, ...config } = {}) {
  const upstream = await startHttpUpstream(t, (request, response) => {
    request.resume().on('end', () => {
      response.writeHead(200, { 'Content-Type': 'text/plain' });
      response.end(`upstream saw ${request.url}`);
    });
  });
  const gateway = await startGateway(t, {
    admin: { token, ...admin },
    database: { sqlite_path: 'data/fastgate.db' },
    include: ['conf.d/*.yaml'],
    ...config,
  }, { files: { 'conf.d/routes.yaml': `routes:\n  # the first one\n  - route_id: first\n    match_path: /first/*\n    target_host: ${upstream.host}\n    auth: none\n` } });
  const page = await openPage(t, await startBrowser(), { acceptDownloads: true });
  const api = (name, options = {}) => fetch(`${gateway.url}/admin/${name}`, { ...options, headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json', ...options.headers } });
  return { upstream, gateway, page, api };
}
