// The live stream: connects, connects again when it breaks, and says so while it is not there.
import { api } from './api';
import { alarms, everything, noteSignal, refreshBooks, strategies } from './books.svelte';
import { learnServerTime } from './clock.svelte';
import { connections } from './connections.svelte';
import { language } from './i18n.svelte';
import type { LiveMessage } from './types';

const RETRY_MS_MIN = 500;
const RETRY_MS_MAX = 10_000;

class Live {
  /** `opening` is the quiet first attempt; `down` is what the user must see. */
  state = $state.raw<'closed' | 'opening' | 'live' | 'down'>('closed');
  #socket: WebSocket | null = null;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #retryMs = RETRY_MS_MIN;
  #listeners = new Set<(message: LiveMessage) => void>();
  #watched = new Map<string, { connection: string; pair: string }>();

  /** Every message, for as long as a page wants it. After a `hello` it should ask again what it may have missed. */
  listen(listener: (message: LiveMessage) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Asks for a pair's prices, also when no open group is about it; asked again after every interruption. */
  watch(connection: string, pair: string): () => void {
    const name = `${connection} ${pair}`;
    this.#watched.set(name, { connection, pair });
    if (this.state === 'live') this.#askFor(connection, pair);
    return () => this.#watched.delete(name);
  }

  #askFor(connection: string, pair: string): void {
    this.#socket?.send(JSON.stringify({ type: 'watch', connection, pair }));
  }

  open(): void {
    this.close();
    this.state = 'opening';
    this.#retryMs = RETRY_MS_MIN;
    this.#connect();
  }

  close(): void {
    clearTimeout(this.#retry);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
    this.state = 'closed';
  }

  /** Tries at once, for the button beside "not connected" and when the network comes back. */
  retryNow(): void {
    if (this.state !== 'down') return;
    clearTimeout(this.#retry);
    this.#connect();
  }

  #connect(): void {
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    const socket = new WebSocket(`${scheme}://${location.host}/api/v1/live?lang=${language()}`);
    this.#socket?.close(); // One that an impatient "try now" overtook.
    this.#socket = socket;
    socket.onmessage = (event) => {
      if (socket === this.#socket) this.#take(JSON.parse(event.data as string) as LiveMessage);
    };
    socket.onclose = () => {
      if (socket === this.#socket) this.#lost();
    };
  }

  #lost(): void {
    this.#socket = null;
    this.state = 'down';
    this.#retry = setTimeout(() => this.#again(), this.#retryMs);
    this.#retryMs = Math.min(2 * this.#retryMs, RETRY_MS_MAX);
  }

  /** A refused WebSocket tells no status, so the session is asked first: an ended one leads to the sign-in. */
  async #again(): Promise<void> {
    try {
      await api.session();
    } catch {
      if (this.state === 'down') this.#lost();
      return;
    }
    if (this.state === 'down') this.#connect();
  }

  #take(message: LiveMessage): void {
    switch (message.type) {
      case 'hello':
        learnServerTime(message.now);
        this.state = 'live';
        this.#retryMs = RETRY_MS_MIN;
        connections.runs = {}; // A server that was started again counts its tests anew.
        void connections.refresh(); // Whatever happened while nobody listened.
        refreshBooks();
        for (const { connection, pair } of this.#watched.values()) this.#askFor(connection, pair);
        break;
      case 'connection': connections.put(message.connection); break;
      case 'removed': connections.drop(message.id); break;
      case 'step': connections.noteStep(message.connection, message.test, message.step); break;
      case 'report': connections.noteReport(message.connection, message.test, message.report); break;
      case 'strategy': strategies.put(message.strategy); break;
      case 'decision': noteSignal(message.decision); break;
      case 'strategy_removed': strategies.drop(message.id); break;
      case 'alarm': message.stored ? void alarms.refresh() : alarms.put(message.alarm); break;
      case 'mode': everything.mode = message.mode; break;
    }
    for (const listener of this.#listeners) listener(message);
  }
}

export const live = new Live();
addEventListener('online', () => live.retryNow());
