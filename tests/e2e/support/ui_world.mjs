// A made-up gateway for the pages: routes, keys and records as the admin API tells them. Everything a
// visitor or a client may name is hostile text, so that each page shows it as text or fails its test.
export const hostile = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>';

const minute = 60_000;

function hash(text) {
  let value = 2166136261;
  for (const letter of text) value = Math.imul(value ^ letter.codePointAt(0), 16777619) >>> 0;
  return value;
}

// Numbers between 0 and 1 that are the same in every run.
const noise = (seed) => (hash(String(seed)) % 10_000) / 10_000;

export function makeRoutes() {
  const base = { description: '', match_method: 'ANY', priority: 100, is_active: true, auth: 'required', permissions: [], file: 'conf.d/admin.yaml', is_substituted: [] };
  return [
    { ...base, route_id: 'chat', route_name: 'Chat completions', match_path: '/v1/chat/*', match_method: 'POST', upstream: 'chat', target_path: '/v1/chat/completions', priority: 40, timeout: '60s', add_headers: { Authorization: '***', 'X-Proxy-Source': 'fastgate' }, is_substituted: ['add_headers'], line: 3, stats: { requests: 48_210, errors: 131, avg_response_time: 812.4 } },
    { ...base, route_id: 'embeddings', route_name: 'Embeddings', match_path: '/v1/embeddings', match_method: 'POST', target_host: '10.0.4.17:8080', target_protocol: 'http', line: 17, stats: { requests: 9_914, errors: 12, avg_response_time: 48.1 } },
    { ...base, route_id: 'qwen', route_name: 'Qwen3 by model', match_path: '/v2*', match_body_schema: { model: 'mckj/Qwen3-30B-A3B' }, target_host: '172.16.99.204:3398', priority: 60, line: 25, stats: { requests: 2_077, errors: 240, avg_response_time: 1933.9 } },
    { ...base, route_id: 'hostile', route_name: hostile, description: hostile, match_path: '/user/{id}', target_host: 'example.com', target_protocol: 'https', is_active: false, line: 36, stats: { requests: 0, errors: 0, avg_response_time: 0 } },
    { ...base, route_id: 'hello', route_name: 'Greeting', match_path: '/hello', auth: 'none', respond: { status: 200, headers: { 'Content-Type': 'text/plain' }, body: 'hello' }, file: 'fastgate.yaml', line: 71, stats: { requests: 305, errors: 0, avg_response_time: 0.2 } },
  ];
}

export function makeKeys(now) {
  const base = { description: '', permissions: [], burst: 0, max_concurrency: 0, allowed_ips: [], allowed_routes: [], allowed_models: [], is_active: true, rotation_expires_at: null, expires_at: null, file: 'conf.d/admin.yaml' };
  const iso = (time) => new Date(time).toISOString();
  return [
    { ...base, key_id: 'fg_0a1b2c3d4e5f', source_path: 'openai-chat', description: 'Chat front end', permissions: ['chat'], rate_limit: 1000, created_at: iso(now - 40 * 1440 * minute), usage: { requests: 44_012, errors: 96, bytes_in: 93_112_004, bytes_out: 811_220_102, last_used_at: iso(now - 3_000) } },
    { ...base, key_id: 'fg_11aa22bb33cc', source_path: 'batch-jobs', description: hostile, permissions: ['chat', 'embeddings'], rate_limit: 120, max_concurrency: 4, created_at: iso(now - 9 * 1440 * minute), expires_at: iso(now + 5 * 1440 * minute), usage: { requests: 9_914, errors: 240, bytes_in: 4_113_000, bytes_out: 20_004_000, last_used_at: iso(now - 90 * minute) } },
    { ...base, key_id: 'fg_99ff88ee77dd', source_path: 'openai-chat', description: 'Old front end', rate_limit: null, is_active: false, created_at: iso(now - 200 * 1440 * minute), usage: { requests: 0, errors: 0, bytes_in: 0, bytes_out: 0, last_used_at: null } },
  ];
}

const paths = ['/v1/chat/completions', '/v1/embeddings', '/v2/chat/completions', `/search/${hostile}`, '/hello'];

// The record of this number; higher is newer.
export function makeRecord(index, time) {
  const pick = noise(`p${index}`);
  const route = pick < 0.66 ? 0 : pick < 0.85 ? 1 : pick < 0.95 ? 2 : pick < 0.98 ? 3 : 4;
  const roll = noise(`s${index}`);
  const status = route === 3 ? 404 : roll < 0.93 ? 200 : roll < 0.96 ? 429 : roll < 0.98 ? 502 : 401;
  const ttfb = 12 + noise(`t${index}`) * 90;
  const took = ttfb + (route === 0 ? noise(`d${index}`) * 1400 : 4);
  const iso = (ms) => new Date(time + ms).toISOString();
  return {
    id: `log_${String(index).padStart(6, '0')}`,
    request_id: `req_${hash(String(index)).toString(16)}`,
    key_id: ['fg_0a1b2c3d4e5f', 'fg_11aa22bb33cc'][index % 2],
    source_path: ['openai-chat', 'batch-jobs'][index % 2],
    route_id: ['chat', 'embeddings', 'qwen', null, 'hello'][route],
    method: route === 4 ? 'GET' : 'POST',
    path: paths[route],
    query: index % 5 === 0 ? 'trace=1' : '',
    target_url: route === 3 ? null : 'http://10.0.4.11:8000/v1/chat/completions',
    status_code: status,
    request_time: iso(0),
    first_response_time: iso(ttfb),
    response_time: iso(took),
    ttfb_ms: ttfb,
    response_time_ms: took,
    gateway_us: 38 + Math.round(noise(`g${index}`) * 40),
    request_size: 512 + Math.round(noise(`q${index}`) * 4000),
    response_size: 900 + Math.round(noise(`r${index}`) * 40_000),
    user_agent: index % 3 === 0 ? hostile : 'OpenAI/Python 1.54.0',
    ip_address: '203.0.113.7',
    is_stream: route === 0,
    stream_chunks: route === 0 ? 120 : 0,
    retries: status === 502 ? 2 : 0,
    error_message: status === 502 ? `connect to 10.0.4.12:8000: connection refused ${hostile}` : null,
    stage: 'complete',
  };
}

// What only the record of one request tells.
export function withCaptures(record) {
  const message = { id: 'chatcmpl-1', choices: [{ index: 0, message: { role: 'assistant', content: `Hello! ${hostile}` }, finish_reason: 'stop' }], usage: { prompt_tokens: 9, completion_tokens: 12 } };
  return {
    ...record,
    request_headers: { Host: 'gateway.example.com', Authorization: '***', 'User-Agent': record.user_agent, 'X-Odd': hostile },
    request_body: JSON.stringify({ model: 'demo', stream: true, messages: [{ role: 'user', content: hostile }] }),
    response_headers: { 'Content-Type': 'text/event-stream', 'X-Request-Id': record.request_id },
    response_body: JSON.stringify(message),
  };
}

function periodOf(time, scale, wave) {
  const total = Math.round(scale * (0.55 + 0.35 * Math.sin(time / wave) + 0.25 * noise(time)));
  const errors = Math.round(total * 0.02 * noise(`e${time}`) * 2);
  const average = 180 + 140 * noise(`a${time}`);
  return {
    time: new Date(time).toISOString(), total_requests: total, total_errors: errors,
    success_rate: total ? (100 * (total - errors)) / total : 100,
    avg_response_time: average, p50_response_time: average * 0.7, p95_response_time: average * 2.6, p99_response_time: average * 4.1,
    avg_ttfb: 30 + 12 * noise(`f${time}`), p95_ttfb: 88, request_bytes: total * 1400, response_bytes: total * 18_000,
    status_distribution: { '2xx': total - errors, '4xx': Math.ceil(errors / 2), '5xx': Math.floor(errors / 2) },
  };
}

// Oldest first, the one of `now` last.
export function makePeriods(now, count, length) {
  const last = Math.floor(now / length) * length;
  return Array.from({ length: count }, (_, index) => {
    const period = periodOf(last - (count - 1 - index) * length, (length / minute) * 42, length * 9);
    const day = period.time.slice(0, 10);
    return length >= 1440 * minute ? { ...period, date: day } : period;
  });
}

export function makeMetrics(routes, keys) {
  return {
    total_requests: 60_506, total_errors: 383, success_rate: 99.37, avg_response_time: 689.2, active_api_keys: 2, active_routes: 4,
    last_hour_requests: 2_480, requests_per_minute: 41.3, p50_response_time: 402.1, p95_response_time: 2_240.5, p99_response_time: 4_010.7,
    avg_ttfb: 38.6, p50_ttfb: 31, p95_ttfb: 88.2, p99_ttfb: 140, request_bytes: 97_225_004, response_bytes: 831_224_102,
    status_distribution: { '2xx': 60_123, '3xx': 0, '4xx': 201, '5xx': 182 },
    top_paths: paths.map((path, index) => ({ path, requests: 40_000 >> (index * 2), errors: 130 >> index })),
    top_sources: [{ source_path: 'openai-chat', requests: 44_012, errors: 96 }, { source_path: hostile, requests: 9_914, errors: 240 }],
    routes: routes.filter((route) => route.stats.requests).map((route) => ({ route_id: route.route_id, requests: route.stats.requests, errors: route.stats.errors, avg_response_time: route.stats.avg_response_time, p95_response_time: route.stats.avg_response_time * 2.7 })),
    keys: keys.filter((key) => key.usage.requests).map((key) => ({ key_id: key.key_id, source_path: key.source_path, requests: key.usage.requests, errors: key.usage.errors, avg_response_time: 420 })),
    response_time_histogram: [[1, 310], [5, 2_040], [10, 4_100], [25, 7_900], [50, 6_800], [100, 5_200], [250, 8_900], [500, 10_400], [1000, 8_600], [2500, 5_100], [5000, 1_100], [10_000, 56]].map(([le_ms, count]) => ({ le_ms, count })),
  };
}

export function makeStatus(now) {
  const server = (address, more = {}) => ({ address, state: 'up', weight: 1, backup: false, connections_open: 12, idle: 7, failures: 0, ...more });
  return {
    version: '0.3.0', uptime_seconds: 3 * 86_400 + 4_021, started_at: new Date(now - (3 * 86_400 + 4_021) * 1000).toISOString(), generation: 14,
    config_file: '/etc/fastgate/fastgate.yaml', pid: 4711, workers: 4, is_draining: false, connections_open: 83, requests_open: 21, streams_open: 17,
    active_api_keys: 2, active_routes: 4,
    upstreams: [{ name: 'chat', balance: 'least_conn', servers: [server('10.0.4.11:8000', { weight: 2 }), server('10.0.4.12:8000', { state: 'down', failures: 9, connections_open: 0 }), server('10.0.4.13:8000', { state: 'unknown', backup: true, connections_open: 0 })] }],
    store: { enabled: true, state: 'ok', path: '/var/lib/fastgate/fastgate.db', size_bytes: 482_344_960, records: 1_204_881, queued: 0, dropped: 0 },
    last_reload: { time: new Date(now - 40 * minute).toISOString(), ok: true, errors: [] }, admin_path: '/admin',
  };
}
