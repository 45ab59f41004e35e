// Who is here, and what the server is: not set up, signed out, open, or not answering.
import { api, onSignedOut, Problem, type Role } from './api';
import { clearBooks, refreshBooks } from './books.svelte';
import { connections } from './connections.svelte';
import { live } from './live.svelte';

class Session {
  phase = $state.raw<'starting' | 'set_up' | 'sign_in' | 'open' | 'unreachable'>('starting');
  demo = $state.raw(false);
  version = $state.raw('');
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
    this.who = await api.session();
    this.phase = 'open';
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
    connections.clear();
    clearBooks();
    if (this.phase === 'open') this.phase = 'sign_in';
  }
}

export const session = new Session();
onSignedOut(() => session.leave());
