// A table that becomes a list of cards where the window is narrow. Roles are written out because such
// a display takes a table's own away.
import { html } from '../core/html.js';

// `columns`: {name, label, cell(row), kind}. Kinds: `wide` wraps and takes the room that is left, `short`
// is cut where it is long, `number`, `actions`; others stay on one line. `onOpen(row)`: a click anywhere in
// a row; what it opens has a link in a cell too, for the keyboard.
export function Table({ label, columns, rows, keyOf, onOpen, rowClass = () => '' }) {
  const clicked = (event, row) => {
    if (!event.target.closest('a, button, input, label') && getSelection().isCollapsed) onOpen(row);
  };
  return html`<table class="table" role="table" aria-label=${label}>
    <thead role="rowgroup"><tr role="row">
      ${columns.map((column) => html`<th key=${column.name} role="columnheader" scope="col" class=${column.kind ?? ''}>
        <span class=${column.kind === 'actions' ? 'sr-only' : ''}>${column.label}</span>
      </th>`)}
    </tr></thead>
    <tbody role="rowgroup">
      ${rows.map((row) => html`<tr key=${keyOf(row)} role="row" class=${`${onOpen ? 'opens' : ''} ${rowClass(row)}`} onClick=${onOpen ? (event) => clicked(event, row) : undefined}>
        ${columns.map((column) => html`<td key=${column.name} role="cell" class=${column.kind ?? ''} data-label=${column.label}>${column.cell(row)}</td>`)}
      </tr>`)}
    </tbody>
  </table>`;
}
