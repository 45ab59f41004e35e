// Forms whose typed text is not kept anywhere yet: they are asked before the page is left. Within the app our own dialog asks (ui/Leave.svelte),
// on closing or reloading the tab the browser does.
import { onDestroy } from 'svelte';

const forms = new Set<() => boolean>();
let going = $state.raw<(() => void) | null>(null);

addEventListener('beforeunload', (event) => {
  if (unsaved()) event.preventDefault();
});

export function unsaved(): boolean {
  return [...forms].some((changed) => changed());
}

/** Called while a form is made; the form counts until it is gone. */
export function watchForm(changed: () => boolean): void {
  forms.add(changed);
  onDestroy(() => forms.delete(changed));
}

/** What waits for an answer; null: nothing is asked. */
export const leave = {
  get asking(): boolean {
    return going !== null;
  },
  /** At once where nothing would be lost. */
  before(go: () => void): void {
    if (unsaved()) going = go;
    else go();
  },
  stay(): void {
    going = null;
  },
  go(): void {
    const go = going;
    going = null;
    forms.clear();
    go?.();
  },
};
