// Who is here, and what the server is: not set up, signed out, open, or not answering.
import { api, onSignedOut, Problem, type Role } from './api';
import { clearBooks, refreshBooks } from './books.svelte';
import { connections } from './connections.svelte';
import { unsaved } from './leave.svelte';
import { live } from './live.svelte';

class Session {
  phase = $state.raw<'starting' | 'set_up' | 'sign_in' | 'open' | 'unreachable'>('starting');
  demo = $state.raw(false);
  version = $state.raw('');
  /** It ended while something was typed that is kept nowhere: the page stays as it is behind the sign-in. */
  lost = $state.raw(false);
  #waiting: ((back: boolean) => void)[] = [];
  who = $state.raw<{ user: string; role: Role; second_factor: boolean } | null>(null);

  async start(): Promise<void> {
    this.phase = 'starting';
    try {
      const server = await api.setUpState();
      this.demo = server.demo;
      this.version = server.version;
      if (server.needed) {
        this.phase = 'set_up';
        return;
      }
      await this.enter();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.phase = error.status === 401 ? 'sign_in' : 'unreachable';
    }
  }

  /** Whoever has a session comes in. */
  async enter(): Promise<void> {
    const who = await api.session(), same = who.user === this.who?.user;
    if (this.lost && !same) this.#forget();
    this.who = who;
    this.phase = 'open';
    this.lost = false;
    for (const resolve of this.#waiting.splice(0)) resolve(same);
    live.open();
    void connections.refresh();
    refreshBooks();
  }

  async signOut(): Promise<void> {
    await api.signOut().catch(() => undefined);
    this.leave();
  }

  leave(): void {
    live.close();
    this.#forget();
    if (this.phase === 'open') this.phase = 'sign_in';
  }

  /** The server's word that it ended. */
  end(): Promise<boolean> {
    live.close();
    this.lost = this.phase === 'open' && unsaved();
    if (this.lost) return new Promise((resolve) => this.#waiting.push(resolve));
    this.leave();
    return Promise.resolve(false);
  }

  #forget(): void {
    connections.clear();
    clearBooks();
  }
}

export const session = new Session();
onSignedOut(() => session.end());
