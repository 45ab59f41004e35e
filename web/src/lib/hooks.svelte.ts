// The address and token of a strategy's signals: the server tells them once, when they are made. They are kept in this
// page's memory until the user has copied them or left the strategy, and nowhere else.
import type { Hook } from './trading';

class Hooks {
  #fresh = $state.raw<{ strategy: string; hook: Hook } | null>(null);

  keep(strategy: string, hook: Hook): void {
    this.#fresh = { strategy, hook };
  }

  of(strategy: string): Hook | null {
    return this.#fresh?.strategy === strategy ? this.#fresh.hook : null;
  }

  forget(): void {
    this.#fresh = null;
  }
}

export const hooks = new Hooks();
