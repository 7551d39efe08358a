// The pages by the first part of the address. Those with an icon stand in the navigation.
import { Overview } from './overview.js';

export const pages = [
  { name: 'overview', icon: 'overview', view: Overview },
];

export function findPage([first, ...rest]) {
  const page = pages.find(({ name }) => name === first);
  return page ? { page, rest } : { page: pages[0], rest: [] };
}
