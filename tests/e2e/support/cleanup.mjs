// What a test opened is closed after it, last opened first, and all of it even when one closing fails.
const stacks = new WeakMap();

export function cleanup(t, close) {
  let stack = stacks.get(t);
  if (!stack) {
    stack = [];
    stacks.set(t, stack);
    t.after(async () => {
      const errors = [];
      for (const one of stack.reverse()) {
        try {
          await one();
        } catch (error) {
          errors.push(error);
        }
      }
      if (errors.length) throw errors[0];
    });
  }
  stack.push(close);
}
