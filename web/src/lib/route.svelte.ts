// Where the visitor is: the fragment of the address, followed as it changes.
import { readRoute, type Route } from './places';

export { addressOf } from './places';

let current = $state.raw<Route>(readRoute(location.hash));
addEventListener('hashchange', () => {
  current = readRoute(location.hash);
  scrollTo(0, 0);
});

export function route(): Route {
  return current;
}

export function go(hash: string): void {
  location.hash = hash;
}
