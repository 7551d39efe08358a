// Loading what a page shows, once or again and again while the page is looked at.
import { useEffect, useRef, useState } from 'preact/hooks';

const empty = { value: undefined, error: null, isLoading: true };

// `load(signal)` gives the value. The last good value stays while a newer one is on its way or failed.
// `every`: milliseconds between rounds, or what gives them for the newest value; 0: one round.
// Returns {value, error, isLoading, reload}.
export function useLoad(load, deps, { every = 0 } = {}) {
  const [state, setState] = useState(empty);
  const [turn, setTurn] = useState(0);
  const latest = useRef(load);
  latest.current = load;
  const pauseAfter = typeof every === 'function' ? every : () => every;

  useEffect(() => {
    const gone = new AbortController();
    let timer;
    let value;
    let isAsking = false;
    const goesOn = () => pauseAfter(value) > 0 && !document.hidden;
    // One round at a time: an older answer never follows a newer one.
    const round = async () => {
      if (isAsking) return;
      isAsking = true;
      clearTimeout(timer);
      try {
        value = await latest.current(gone.signal);
        if (!gone.signal.aborted) setState({ value, error: null, isLoading: false });
      } catch (error) {
        if (!gone.signal.aborted) setState((old) => ({ ...old, error, isLoading: false }));
      }
      isAsking = false;
      if (!gone.signal.aborted && goesOn()) timer = setTimeout(round, pauseAfter(value));
    };
    const onVisible = () => { if (goesOn()) round(); };
    setState((old) => ({ ...old, isLoading: true }));
    round();
    document.addEventListener('visibilitychange', onVisible);
    return () => {
      gone.abort();
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', onVisible);
    };
  }, [...deps, Number(every) || 0, turn]);

  return { ...state, reload: () => setTurn((n) => n + 1) };
}

// Runs one action at a time. Returns [run, {isBusy, error, clear}]; `run` gives undefined when it failed.
export function useAction(action) {
  const [state, setState] = useState({ isBusy: false, error: null });
  const isBusy = useRef(false);
  const run = async (...args) => {
    if (isBusy.current) return undefined;
    isBusy.current = true;
    setState({ isBusy: true, error: null });
    try {
      const value = await action(...args);
      setState({ isBusy: false, error: null });
      return value;
    } catch (error) {
      setState({ isBusy: false, error });
      return undefined;
    } finally {
      isBusy.current = false;
    }
  };
  return [run, { ...state, clear: () => setState({ isBusy: false, error: null }) }];
}
