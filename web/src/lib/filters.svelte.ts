// Filters of a list, kept in the address: a reload, a link and the way back find them again.
import { route } from './route.svelte';

const last: Record<string, string> = {};
/** The list as it was left. */
export const lastAddress = (list: string): string => last[list] ?? list;

export function addressFilters<F extends Record<string, string>>(list: string, plain: F): F {
  const read = () => {
    const told = new URLSearchParams(location.hash.split('?')[1]);
    return Object.fromEntries(Object.entries(plain).map(([name, value]) => [name, told.get(name) ?? value])) as F;
  };
  const filters = $state(read());
  /** Not while the page is being left: the address is another one's by then. */
  const here = () => location.hash.split('?')[0] === list;
  $effect(() => {
    void route(); // Somebody went to the same list by another address.
    if (here()) Object.assign(filters, read());
  });
  $effect(() => {
    const query = String(new URLSearchParams(Object.entries(filters).filter(([name, value]) => value !== plain[name])));
    if (!here()) return;
    last[list] = list + (query && `?${query}`);
    history.replaceState(history.state, '', last[list]);
  });
  return filters;
}
