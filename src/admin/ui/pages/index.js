// The pages by the first part of the address. Those with an icon stand in the navigation; `one` shows
// what the second part names.
import { Explain } from './explain.js';
import { History } from './history.js';
import { KeyPage, NewKey } from './key_page.js';
import { Keys } from './keys.js';
import { LogPage } from './log_page.js';
import { Logs } from './logs.js';
import { Overview } from './overview.js';
import { NewRoute, RoutePage } from './route_page.js';
import { Routes } from './routes.js';
import { Settings } from './settings.js';
import { Statistics } from './statistics.js';

export const pages = [
  { name: 'overview', icon: 'overview', view: Overview },
  { name: 'routes', icon: 'routes', view: Routes, one: RoutePage },
  { name: 'keys', icon: 'keys', view: Keys, one: KeyPage },
  { name: 'logs', icon: 'logs', view: Logs, one: LogPage },
  { name: 'statistics', icon: 'statistics', view: Statistics },
  { name: 'settings', icon: 'settings', view: Settings },
  { name: 'new-route', parent: 'routes', view: NewRoute },
  { name: 'explain', parent: 'routes', view: Explain },
  { name: 'history', parent: 'routes', view: History },
  { name: 'new-key', parent: 'keys', view: NewKey },
];

// An address that names no page shows the first one.
export function findPage([first, ...rest]) {
  const page = pages.find(({ name }) => name === first) ?? pages[0];
  return { page, view: rest.length && page.one ? page.one : page.view, rest };
}
