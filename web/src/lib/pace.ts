/** Does it at once, and then at most once in `ms`, whatever asks for it. The server works out what a group is worth when it is asked. */
export function paced(ms: number, act: () => void): { ask: () => void; stop: () => void } {
  let timer: ReturnType<typeof setTimeout> | undefined, again = false;
  const ask = () => {
    if (timer !== undefined) {
      again = true;
      return;
    }
    act();
    timer = setTimeout(() => {
      timer = undefined;
      if (again) ask();
      again = false;
    }, ms);
  };
  return { ask, stop: () => clearTimeout(timer) };
}
