// Where the visitor is: the fragment of the address, followed as it changes. A page with typed text is not left without asking.
import { leave, unsaved } from './leave.svelte';
import { readRoute, type Route } from './places';

export { addressOf } from './places';

let current = $state.raw<Route>(readRoute(location.hash));
/** Each entry of the history has its number, so that a step back can be told from one ahead. */
let place: number = history.state?.place ?? 0;
let returning = false;
history.replaceState({ place }, '');

addEventListener('hashchange', () => {
  if (returning) {
    returning = false;
    return;
  }
  const there: number | undefined = history.state?.place;
  if (unsaved()) {
    const { hash } = location;
    returning = true;
    history.go(there === undefined ? -1 : place - there);
    leave.before(() => (there === undefined ? go(hash) : history.go(there - place)));
    return;
  }
  place = there ?? place + 1;
  history.replaceState({ place }, '');
  current = readRoute(location.hash);
  scrollTo(0, 0);
});

export function route(): Route {
  return current;
}

export function go(hash: string): void {
  location.hash = hash;
}
