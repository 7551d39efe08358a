// What is being changed of an entry, until it is written or dropped.
import { useState } from 'preact/hooks';
import { changesOf, withChanges } from './entry.js';

// `before`: the entry as it stands; when it is loaded again, the edits stay on top of the newer one.
// Returns {entry, changes, isChanged, setEntry, drop}.
export function useEdits(before, first = before) {
  const [edits, setEdits] = useState(() => changesOf(before, first));
  const entry = withChanges(before, edits);
  const changes = changesOf(before, entry);
  return {
    entry,
    changes,
    isChanged: Object.keys(changes).length > 0,
    setEntry: (next) => setEdits(changesOf(before, next)),
    drop: () => setEdits({}),
  };
}
