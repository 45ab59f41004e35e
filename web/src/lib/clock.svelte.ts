// The time as the server sees it, moving in steps coarse enough to be cheap: ages on screen need no more.
const TICK_MS = 5_000;

let offset = 0;
let tick = $state.raw(Date.now());
setInterval(() => (tick = Date.now()), TICK_MS);

/** Reading this in a component keeps its ages moving. */
export function now(): number {
  return tick + offset;
}

export function learnServerTime(serverNow: number): void {
  offset = serverNow - Date.now();
  tick = Date.now();
}
