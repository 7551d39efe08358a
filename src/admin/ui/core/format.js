// Numbers, times and sizes as the chosen language writes them.
import { language } from './prefs.js';

const locale = () => (language.get() === 'zh' ? 'zh-CN' : 'en-GB');
const made = new Map();

function formatter(kind, options) {
  const key = `${locale()} ${kind.name} ${JSON.stringify(options)}`;
  if (!made.has(key)) made.set(key, new kind(locale(), options));
  return made.get(key);
}

const none = '–';
const isNumber = (value) => typeof value === 'number' && Number.isFinite(value);

export function number(value, digits = 0) {
  if (!isNumber(value)) return none;
  return formatter(Intl.NumberFormat, { maximumFractionDigits: digits }).format(value);
}

export function compact(value) {
  if (!isNumber(value)) return none;
  if (Math.abs(value) < 10_000) return number(value, Math.abs(value) < 10 && value % 1 ? 1 : 0);
  return formatter(Intl.NumberFormat, { notation: 'compact', maximumFractionDigits: 1 }).format(value);
}

export function percent(value) {
  if (!isNumber(value)) return none;
  return `${number(value, value >= 99.995 || value < 10 ? 2 : value > 90 ? 2 : 1)}%`;
}

export function duration(ms) {
  if (!isNumber(ms)) return none;
  if (ms < 10) return `${number(ms, 1)} ms`;
  if (ms < 1000) return `${number(ms)} ms`;
  if (ms < 59_950) return `${number(ms / 1000, ms < 10_000 ? 2 : 1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${number(Math.floor(seconds / 60))} min ${number(seconds % 60)} s`;
}

export function bytes(value) {
  if (!isNumber(value)) return none;
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  let rest = value;
  while (rest >= 1024 && unit < units.length - 1) { rest /= 1024; unit += 1; }
  return `${number(rest, unit > 0 && rest < 100 ? 1 : 0)} ${units[unit]}`;
}

const parsed = (text) => {
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? null : time;
};

function time(text, options) {
  const value = text === null || text === undefined || text === '' ? null : parsed(text);
  return value ? formatter(Intl.DateTimeFormat, options).format(value) : none;
}

const day = { year: 'numeric', month: '2-digit', day: '2-digit' };
const clock = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' };

export const clockTime = (text) => time(text, clock);
export const preciseTime = (text) => time(text, { ...day, ...clock, fractionalSecondDigits: 3 });
export const dateTime = (text) => time(text, { ...day, ...clock });
export const shortDateTime = (text) => time(text, { month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
export const date = (text) => time(text, day);
// Of a day of UTC, as the gateway counts them.
export const utcDate = (text) => time(text, { ...day, timeZone: 'UTC' });

export function uptime(seconds) {
  if (!isNumber(seconds)) return none;
  const unit = (value, name) => formatter(Intl.NumberFormat, { style: 'unit', unit: name, unitDisplay: 'short' }).format(value);
  if (seconds < 60) return unit(Math.floor(seconds), 'second');
  if (seconds < 3600) return unit(Math.floor(seconds / 60), 'minute');
  if (seconds < 86_400) return `${unit(Math.floor(seconds / 3600), 'hour')} ${unit(Math.floor((seconds % 3600) / 60), 'minute')}`;
  return `${unit(Math.floor(seconds / 86_400), 'day')} ${unit(Math.floor((seconds % 86_400) / 3600), 'hour')}`;
}

export function ago(text) {
  const value = text ? parsed(text) : null;
  if (!value) return none;
  const seconds = Math.round((value.getTime() - Date.now()) / 1000);
  const steps = [[60, 'second', 1], [3600, 'minute', 60], [86_400, 'hour', 3600], [Infinity, 'day', 86_400]];
  const [, unit, size] = steps.find(([limit]) => Math.abs(seconds) < limit);
  return formatter(Intl.RelativeTimeFormat, { numeric: 'auto' }).format(Math.round(seconds / size), unit);
}

// The date only where it is not today's.
export function logTime(text) {
  const value = text ? parsed(text) : null;
  if (!value) return none;
  return value.toDateString() === new Date().toDateString() ? clockTime(text) : shortDateTime(text);
}

// The end of a file's path, enough to know it by.
export const fileName = (path) => (path ? path.split('/').slice(-2).join('/') : none);
