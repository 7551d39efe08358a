// What is being changed of an entry, until it is written or dropped.
import { useEffect, useRef, useState } from 'preact/hooks';
import { changesOf, withChanges } from './entry.js';
import { session } from './session.js';

// Edits that the end of a session cut off: {id, visitor, edits}. The next form takes them if they are its own.
let cutOff = null;

function take(id) {
  const found = cutOff;
  cutOff = null;
  return found?.id === id && found.visitor === session.get().name ? found.edits : undefined;
}

// `id`: of the form. `before`: the entry as it stands; when it is loaded again, the edits stay on top of the
// newer one. Returns {entry, changes, isChanged, setEntry, drop}.
export function useEdits(id, before, first = before) {
  const [edits, setEdits] = useState(() => take(id) ?? changesOf(before, first));
  const latest = useRef(edits);
  latest.current = edits;
  useEffect(() => () => {
    const { reason, name } = session.get();
    if (reason === 'expired') cutOff = { id, visitor: name, edits: latest.current };
  }, [id]);
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
