// A strategy being written: what is typed, and the ladder the server answers to it while it is typed.
import { Problem } from './api';
import { connections } from './connections.svelte';
import { emptySettings, isNumber, SECTIONS, sendable, settingsOf, slipOf, typedOf, type Typed } from './settings';
import type { Direction, Ladder, RiskLevel, Settings, Strategy } from './trading';
import { tradingApi } from './trading-api';
import type { Connection } from './types';

const TYPING_MS = 300;
const AGAIN_MS = 1000;
/** What passes by itself: the exchange is asked for a price, a balance, its pairs. */
export const PASSING = ['PRICE_STALE', 'EXCHANGE_UNAVAILABLE', 'INSTRUMENT_HALTED'];
const DECIMAL = /^\d+(\.\d+)?$/;

export class Draft {
  name = $state('');
  /** Names of connections, as settings hold them. */
  connection = $state('');
  pro = $state('');
  pairs = $state.raw<string[]>([]);
  directions = $state.raw<Direction[]>(['long']);
  risk = $state<RiskLevel>('low');
  paper = $state(false);
  typed = $state.raw<Typed>({});

  /** What the picture is about. Empty price and equity mean the live ones. */
  pair = $state('');
  direction = $state<Direction>('long');
  price = $state('');
  equity = $state('');
  ladder = $state.raw<Ladder | null>(null);
  computing = $state(false);
  problem = $state.raw<Problem | null>(null);
  #turn = 0;
  #base: Settings;

  constructor(strategy: Strategy | null) {
    const settings = strategy?.settings ?? emptySettings();
    this.#base = settings;
    this.name = settings.name;
    this.connection = strategy?.connection?.name ?? settings.connection ?? '';
    this.pro = strategy?.pro_connection?.name ?? String(settings.recovery?.pro_connection ?? '');
    this.pairs = settings.pairs;
    this.directions = settings.directions;
    this.risk = settings.risk_level;
    this.paper = strategy?.paper ?? false;
    this.typed = typedOf(settings);
  }

  /** All that is typed and chosen, as one text: whether something was changed. */
  get written(): string {
    const { name, connection, pro, pairs, directions, risk, paper } = this;
    const typed = Object.entries(this.typed).filter(([, text]) => text !== '').sort(([a], [b]) => (a < b ? -1 : 1));
    return JSON.stringify([name, connection, pro, pairs, directions, risk, paper, typed]);
  }

  get chosen(): Connection | undefined {
    return connections.list.find((one) => one.name === this.connection);
  }

  /** Connections that new groups may go to while an old one recovers: the same market, another account. */
  get others(): Connection[] {
    return connections.list.filter((one) => one.name !== this.connection && (!this.chosen || one.market === this.chosen.market));
  }

  get shownPair(): string {
    return this.pairs.includes(this.pair) ? this.pair : this.pairs[0] ?? '';
  }

  get settings(): Settings {
    const settings = settingsOf(this.#base, this.typed);
    return {
      ...settings, ...(this.paper || this.#base.paper ? { paper: this.paper } : {}), name: this.name.trim(), connection: this.connection || null, market: this.chosen?.market ?? settings.market,
      pairs: [...this.pairs], directions: [...this.directions], risk_level: this.risk,
      recovery: { ...settings.recovery, pro_connection: this.pro || null },
    };
  }

  /** Fields whose text is no number or out of range: nothing is asked or saved with those. */
  get slips(): number {
    return SECTIONS.flatMap((section) => section.fields).filter((field) => isNumber(field) && slipOf(field, this.typed[field.path] ?? '') !== null).length;
  }

  /** Everything the ladder depends on, as one text: when it changes, the ladder is asked again. */
  get question(): string {
    const direction = this.directions.includes(this.direction) ? this.direction : this.directions[0];
    const typedPrice = sendable(this.price), typedEquity = sendable(this.equity);
    return JSON.stringify({
      settings: { ...this.settings, directions: direction ? [direction] : [] }, pair: this.shownPair || null,
      ...(DECIMAL.test(typedPrice) ? { price: typedPrice } : {}), ...(DECIMAL.test(typedEquity) ? { equity: typedEquity } : {}),
    });
  }

  /** Asks for the ladder once the typing has paused, and again while a price or balance is on its way; answers what stops it. */
  follow(question: string): () => void {
    const turn = (this.#turn += 1);
    this.computing = true;
    const ask = async () => {
      try {
        const ladder = await tradingApi.ladder(JSON.parse(question));
        if (turn !== this.#turn) return;
        this.ladder = ladder;
        this.problem = null;
        if (ladder.rungs.length === 0 && ladder.problems.every(({ code }) => PASSING.includes(code))) timer = setTimeout(ask, AGAIN_MS);
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        if (turn === this.#turn) this.problem = error;
      }
      if (turn === this.#turn) this.computing = false;
    };
    let timer = setTimeout(ask, TYPING_MS);
    return () => clearTimeout(timer);
  }
}
