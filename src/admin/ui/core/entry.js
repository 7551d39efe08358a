// A route or key as it stands in the file: what the API adds and what is default is taken off.
import { DEFAULT_SCHEMA, dump, FAILSAFE_SCHEMA, load, Type, types } from 'js-yaml';
import { wholeNumber, writeJson } from './json.js';

const told = ['file', 'line', 'is_substituted', 'stats', 'usage', 'rotation_expires_at', 'key_value', 'key_sha256'];
const defaults = {
  match_method: 'ANY', priority: 100, is_active: true, auth: 'required', target_protocol: 'http', strip_path_prefix: false,
  rate_limit: 0, burst: 0, client_rate_limit: 0, client_burst: 0, max_concurrency: 0,
  audit: { headers: false, request_body: 0, response_body: 0 }, target_tls: { verify: true },
};

// The order in which people read an entry; what is not named here follows as it came.
const order = ['route_id', 'route_name', 'description', 'match_path', 'match_method', 'match_host', 'match_headers', 'match_body_schema',
  'upstream', 'target_host', 'target_protocol', 'target_path', 'strip_path_prefix', 'respond', 'priority', 'is_active', 'auth',
  'key_id', 'source_path', 'permissions', 'rate_limit', 'burst'];
const placeOf = ([name]) => (order.includes(name) ? order.indexOf(name) : order.length);

const isEmpty = (value) => value === null || value === undefined || value === '' || (typeof value === 'object' && Object.keys(value).length === 0);

const isSame = (a, b) => writeJson(a) === writeJson(b);

// `keeps`: names whose default is written all the same.
export function entryOf(answer, keeps = []) {
  return Object.fromEntries(Object.entries(answer).filter(([name, value]) =>
    !told.includes(name) && !isEmpty(value) && (keeps.includes(name) || !isSame(defaults[name], value)))
    .sort((a, b) => placeOf(a) - placeOf(b)));
}

// What a write has to say: fields that differ, null for those that go.
export function changesOf(before, after) {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return Object.fromEntries([...names].filter((name) => !isSame(before[name], after[name])).map((name) => [name, after[name] ?? null]));
}

export function withChanges(entry, changes) {
  const next = { ...entry, ...changes };
  for (const [name, value] of Object.entries(next)) if (value === null || value === undefined) delete next[name];
  return next;
}

// Whole numbers that only a BigInt holds.
const long = new Type('tag:yaml.org,2002:long', { kind: 'scalar', resolve: () => false, predicate: (value) => typeof value === 'bigint', represent: String });
const style = { lineWidth: 100, noRefs: true, quotingType: '"', schema: DEFAULT_SCHEMA.extend({ implicit: [long] }) };
export const toYaml = (value) => (value === undefined || isEmpty(value) ? '' : dump(value, style));

// What the gateway takes for a number. All else that other readers of YAML know (dates, merges, `1_000`,
// `0b11`) is text to it.
const isNumber = (text) => /^(0o[0-7]+|0x[\da-f]+|[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?)$/i.test(text) && !/^0[OX]/.test(text);
const numberOf = (text) => (/^(0[ox].*|[-+]?\d+)$/.test(text) ? wholeNumber(text) : Number(text));
const number = new Type('tag:yaml.org,2002:float', { kind: 'scalar', resolve: isNumber, construct: numberOf });
// A tag of these says only that the value counts as if it stood there without quotes.
const plain = (text) => {
  if (!text || types.null.resolve(text)) return null;
  if (types.bool.resolve(text)) return types.bool.construct(text);
  return isNumber(text) ? numberOf(text) : text;
};
const tagged = ['null', 'bool', 'int', 'float'].map((name) => new Type(`tag:yaml.org,2002:${name}`, { kind: 'scalar', construct: plain }));
const schema = FAILSAFE_SCHEMA.extend({ implicit: [types.null, types.bool, number], explicit: tagged });

// Throws with YAML's own words when the text is none.
export function fromYaml(text) {
  try {
    return load(text, { schema }) ?? undefined;
  } catch (error) {
    throw new Error(error.mark ? `${error.mark.line + 1}:${error.mark.column + 1} ${error.reason}` : error.message);
  }
}

// The text of one entry, with or without the dash of the list it stands in.
export function entryFromYaml(text) {
  const value = fromYaml(text);
  const entry = Array.isArray(value) && value.length === 1 ? value[0] : value;
  if (entry === undefined) return {};
  if (typeof entry !== 'object' || Array.isArray(entry)) throw new Error('–');
  return entry;
}
