// Loading what a page shows, once or again and again while the page is looked at.
import { useEffect, useRef, useState } from 'preact/hooks';

const empty = { value: undefined, error: null, isLoading: true };

// `load(signal)` gives the value. The last good value stays while a newer one is on its way or failed.
// `every`: milliseconds between rounds; 0: one. Returns {value, error, isLoading, reload}.
export function useLoad(load, deps, { every = 0 } = {}) {
  const [state, setState] = useState(empty);
  const [turn, setTurn] = useState(0);
  const latest = useRef(load);
  latest.current = load;

  useEffect(() => {
    const gone = new AbortController();
    let timer;
    const round = async () => {
      clearTimeout(timer);
      try {
        const value = await latest.current(gone.signal);
        if (!gone.signal.aborted) setState({ value, error: null, isLoading: false });
      } catch (error) {
        if (!gone.signal.aborted) setState((old) => ({ ...old, error, isLoading: false }));
      }
      if (every && !gone.signal.aborted && !document.hidden) timer = setTimeout(round, every);
    };
    const onVisible = () => { if (every && !document.hidden) round(); };
    setState((old) => ({ ...old, isLoading: true }));
    round();
    document.addEventListener('visibilitychange', onVisible);
    return () => {
      gone.abort();
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', onVisible);
    };
  }, [...deps, every, turn]);

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
