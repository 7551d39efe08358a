// JSON whose whole numbers keep all their digits: those that a number of the browser would round are BigInts.

// A whole number of text, however long.
export function wholeNumber(text) {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt(text);
}

const token = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/g;
const isRounded = (text) => /^-?\d+$/.test(text) && !Number.isSafeInteger(Number(text));

// Throws what JSON.parse throws.
export function readJson(text) {
  const value = JSON.parse(text);
  if (!/\d{16}/.test(text)) return value;
  // Unknown to whoever wrote the text, so that none of its own members is taken for such a number.
  const mark = `whole-${Math.random()}`;
  const marked = text.replace(token, (part) => (isRounded(part) ? `{"${mark}":"${part}"}` : part));
  return JSON.parse(marked, (_, member) => (typeof member?.[mark] === 'string' ? BigInt(member[mark]) : member));
}

// As JSON.stringify writes plain values.
export function writeJson(value) {
  if (typeof value === 'bigint') return String(value);
  if (Array.isArray(value)) return `[${value.map((item) => writeJson(item ?? null)).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${writeJson(member)}`).join(',')}}`;
}
