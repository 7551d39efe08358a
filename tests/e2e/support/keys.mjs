// API keys for tests: entries as they stand in a file, the values that only clients hold, and the sub-commands.
import crypto from 'node:crypto';
import fs from 'node:fs';
import { run } from './gateway.mjs';

export const sha256 = (text) => crypto.createHash('sha256').update(text).digest('hex');

// A new value in the form that the gateway makes.
export const newValue = () => `fg_${crypto.randomBytes(32).toString('base64url')}`;

// `key.entry` goes into `keys:`, `key.value` is what the client sends.
export function newKey(fields = {}, value = newValue()) {
  const key_id = `fg_${crypto.randomBytes(6).toString('hex')}`;
  return { value, key_id, entry: { key_id, key_sha256: sha256(value), source_path: 'tests', ...fields } };
}

export const bearer = (key) => ({ Authorization: `Bearer ${key.value ?? key}` });
export const apiKey = (key) => ({ 'X-API-Key': key.value ?? key });

// `fastgate key …` on a running gateway's own configuration; the last argument may be options of the process.
export function keyCommand(gateway, ...args) {
  const options = typeof args.at(-1) === 'object' ? args.pop() : {};
  return run(['-c', gateway.file('fastgate.yaml'), '-p', gateway.folder, 'key', ...args], { cwd: gateway.folder, ...options });
}

// Every regular file below a folder, with its bytes as text.
export function filesBelow(folder) {
  return fs.readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const name = `${entry.path ?? entry.parentPath}/${entry.name}`;
      return { name, text: fs.readFileSync(name, 'latin1') };
    });
}
