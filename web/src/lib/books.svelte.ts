// What every page knows about trading: strategies and alarms, fed by REST and kept by the live stream. What can be
// long (groups, decisions) is asked for in pages by those who show it: Paged.
import { Problem } from './api';
import type { Alarm, Decision, Mode, Strategy, Unkept } from './trading';
import { tradingApi } from './trading-api';

class Book<T extends { id: string | number }> {
  list = $state.raw<T[]>([]);
  loaded = $state.raw(false);
  problem = $state.raw<Problem | null>(null);
  #ask: () => Promise<T[]>;
  /** What was told while an answer is on its way, which may be older. */
  #meanwhile = new Set<(() => void)[]>();

  constructor(ask: () => Promise<T[]>) {
    this.#ask = ask;
  }

  async refresh(): Promise<void> {
    const told: (() => void)[] = [];
    this.#meanwhile.add(told);
    try {
      this.list = await this.#ask();
      this.problem = null;
      this.loaded = true;
      this.#meanwhile.delete(told);
      for (const again of told) again();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.problem = error;
    } finally {
      this.#meanwhile.delete(told);
    }
  }

  find(id: T['id']): T | undefined {
    return this.list.find((one) => one.id === id);
  }

  put(next: T): void {
    for (const told of this.#meanwhile) told.push(() => this.put(next));
    this.list = this.find(next.id) ? this.list.map((one) => (one.id === next.id ? next : one)) : [...this.list, next];
  }

  drop(id: T['id']): void {
    for (const told of this.#meanwhile) told.push(() => this.drop(id));
    this.list = this.list.filter((one) => one.id !== id);
  }

  clear(): void {
    this.list = [];
    this.loaded = false;
    this.problem = null;
  }
}

export const strategies = new Book<Strategy>(() => tradingApi.strategies());
const byName = new Intl.Collator(undefined, { numeric: true });
/** To choose from, by name: "Grid 2" before "Grid 10". */
export const strategyNames = (): (readonly [string, string])[] =>
  strategies.list.map((one) => [one.id, one.name] as const).sort((a, b) => byName.compare(a[1], b[1]));
/** A decision tells of a signal before its strategy is told again. Pages say it to the minute, and many signals must not draw many strategies anew. */
export function noteSignal({ strategy, signal }: Decision): void {
  const known = strategies.find(strategy.id);
  if (known && (known.last_signal_at ?? 0) + 10_000 < signal.time) strategies.put({ ...known, last_signal_at: signal.time });
}
export const alarms = new Book<Alarm>(() => tradingApi.alarms());

/** What the whole installation may do. */
class Everything {
  mode = $state.raw<Mode>('normal');

  async refresh(): Promise<void> {
    await tradingApi.modes().then(({ mode }) => (this.mode = mode), () => undefined); // Asked again with the next greeting.
  }
  set = async (mode: Mode): Promise<void> => {
    this.mode = (await tradingApi.mode(mode)).mode;
  };
}
export const everything = new Everything();

/** A list that is asked for page by page, newest first, and kept by the live stream while it is shown. */
export class Paged<T extends { id: number }> {
  list = $state.raw<T[]>([]);
  more = $state.raw(false);
  /** What the list lacks, or shows from memory alone. */
  unkept = $state.raw<Unkept | null>(null);
  loaded = $state.raw(false);
  problem = $state.raw<Problem | null>(null);
  #ask: (before: number | null) => Promise<{ items: T[]; more: boolean; unkept?: Unkept | null }>;
  #turn = 0;

  constructor(ask: (before: number | null) => Promise<{ items: T[]; more: boolean; unkept?: Unkept | null }>) {
    this.#ask = ask;
  }

  /** The first page; an answer that was overtaken by a later question is dropped. */
  reload = () => this.#load(null);
  older = () => this.#load(this.list.at(-1)?.id ?? null);

  /** The first page again, for what it says of those that are shown. */
  async refresh(): Promise<void> {
    const turn = this.#turn;
    const page = await this.#ask(null).catch(() => null); // Nothing is lost: it is asked again with the next price.
    if (page === null || turn !== this.#turn) return;
    for (const next of page.items) if (this.list.some((one) => one.id === next.id)) this.put(next);
  }

  async #load(before: number | null): Promise<void> {
    const turn = (this.#turn += 1);
    try {
      const page = await this.#ask(before);
      if (turn !== this.#turn) return;
      this.list = before === null ? page.items : [...this.list, ...page.items];
      this.more = page.more;
      this.unkept = page.unkept ?? null;
      this.problem = null;
      this.loaded = true;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (turn === this.#turn) this.problem = error;
    }
  }

  /** What is known changes in its place; what is new stands first. */
  put(next: T): void {
    const known = this.list.some((one) => one.id === next.id);
    this.list = known ? this.list.map((one) => (one.id === next.id ? next : one)) : [next, ...this.list];
  }

  drop(id: T['id']): void {
    this.list = this.list.filter((one) => one.id !== id);
  }
}

const all = [strategies, alarms];

export function refreshBooks(): void {
  for (const book of all) void book.refresh();
  void everything.refresh();
}
export function clearBooks(): void {
  for (const book of all) book.clear();
}
