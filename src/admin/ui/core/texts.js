// Lists and maps as people type them.

// `a, b` or a line each; undefined when there is nothing.
export function readList(text) {
  const words = text.split(/[,\n]/).map((word) => word.trim()).filter(Boolean);
  return words.length ? words : undefined;
}

export const writeList = (value) => (Array.isArray(value) ? value : value === undefined || value === null ? [] : [value]).join(', ');

// `Name: value`, a line each; undefined when there is nothing.
export function readMap(text) {
  const entries = text.split('\n').filter((line) => line.trim()).map((line) => {
    const colon = line.indexOf(':', 1);
    if (colon < 0) throw new Error(line.trim().slice(0, 40));
    return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
  });
  return entries.length ? Object.fromEntries(entries) : undefined;
}

export const writeMap = (value) => Object.entries(value ?? {}).map(([name, text]) => `${name}: ${text}`).join('\n');
