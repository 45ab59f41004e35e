// What the server says about trading: strategies, groups, decisions, accounts, alarms. As types.ts: times are Unix
// milliseconds, amounts are text.
import type { Market, Status } from './types';

export const RISK_LEVELS = ['low', 'medium', 'high'] as const;
export type RiskLevel = (typeof RISK_LEVELS)[number];
export type Direction = 'long' | 'short';
export const MODES = ['normal', 'no_new_groups', 'exit_only', 'close_now'] as const;
export type Mode = (typeof MODES)[number];
/** A number the user may leave to the risk level (null). */
type Filled = string | number | null;

/** A strategy's settings, as they are kept and sent. What is null or absent is filled by the risk level. */
export interface Settings {
  name: string;
  connection: string | null;
  market: Market;
  pairs: string[];
  directions: Direction[];
  risk_level: RiskLevel;
  on_opposite?: string;
  allow_shrink?: boolean;
  margin?: Record<string, Filled>;
  entry?: Record<string, Filled>;
  add_on?: Record<string, Filled | boolean>;
  exit?: Record<string, Filled | boolean>;
  recovery?: Record<string, Filled | boolean>;
  futures?: Record<string, Filled>;
  brake?: Record<string, Filled>;
  fees?: Record<string, Filled>;
  paper?: boolean;
}

export interface SettingsProblem { code: string; field: string | null; text: string }
export interface ConnectionRef { id: string; name: string; exchange: string; market: Market; status: Status }

export interface Strategy {
  id: string;
  name: string;
  enabled: boolean;
  mode: Mode;
  paper?: boolean;
  simulated: boolean;
  connection: ConnectionRef | null;
  /** On paper: the id of the twin that it trades on. */
  account?: string | null;
  pro_connection: ConnectionRef | null;
  settings: Settings;
  effective: Settings;
  problems: SettingsProblem[];
  warnings: SettingsProblem[];
  open_groups: number;
  created_at: number;
  changed_at: number;
  last_signal_at: number | null;
}
export interface Hook { path: string; token: string }

/** A step or a minimum is null where the exchange's list doesn't tell it. */
export interface Instrument {
  pair: string;
  price_step: string | null;
  quantity_step: string | null;
  min_quantity: string | null;
  min_notional: string | null;
  contract_size: string | null;
  tradable: boolean | null;
  api_tradable: boolean | null;
  /** As the exchange's list names them; none where it names none. */
  order_types: ('limit' | 'market')[];
  /** The last order refused because of the pair itself. */
  refused: { at: number; words: string; holds: boolean } | null;
  /** What the exchange reports that this account pays; null while it did not, or when no strategy trades the pair. */
  fees: FeeRates | null;
  /** What the exchange did with orders that were placed from here, by their form; empty while none was. */
  orders: { form: OrderForm; accepted_at: number | null; refused: { at: number; code: string; exchange_code: string; words: string; holds: boolean } | null }[];
}
/** Closed to API keys for certain: the exchange's mark on a contract can be wrong, so that only its refusal decides there. */
export const isClosedToKeys = (one: Pick<Instrument, 'pair' | 'api_tradable'>) => one.api_tradable === false && !one.pair.includes(':');
export interface FeeRates {
  maker_pct: string;
  taker_pct: string;
}
export type OrderForm = 'limit' | 'immediate' | 'market' | 'stop';

export interface Rung {
  number: number;
  zone: number | null;
  from: string | null;
  to: string | null;
  price: string;
  quantity: string;
  quote: string;
  margin: string;
  margin_total: string;
  average: string;
  break_even: string;
  take_profit: string;
  liquidation: string | null;
}
export interface Ladder {
  pair: string;
  /** Null, and without rungs, while something the ladder needs is missing. */
  direction: Direction;
  price: string;
  equity: string | null;
  ok: boolean;
  problems: SettingsProblem[];
  warnings: SettingsProblem[];
  limits: { group: string | null; reserve: string | null; strategy: string | null; connection: string | null };
  rungs: Rung[];
  far_edge: string | null;
  worst_case: { price: string; loss: string; margin: string } | null;
  free_balance: string | null;
  effective: Settings | null;
}

export type GroupState = 'OPENING' | 'ACTIVE' | 'RECOVERY' | 'CLOSING' | 'CLOSED' | 'DESYNC' | 'LIQUIDATED';
export type Trigger = 'adverse_move' | 'add_ons_used' | 'margin_used' | 'worsening' | 'uncertain' | 'user';
export interface Fee { asset: string; amount: string }
/** The connection that was removed under a group, as far as it was known. `again`: its id, where a key can be proven to be of its account. */
export interface Orphaned {
  since: number;
  connection: string | null;
  exchange: string | null;
  market: Market | null;
  site: string | null;
  again: string | null;
}
export interface Group {
  id: number;
  strategy: { id: string; name: string };
  /** Null for a group of a connection that was removed. */
  connection: { id: string; name: string; exchange: string; market: Market } | null;
  pair: string;
  direction: Direction;
  state: GroupState;
  route: 'main' | 'pro';
  paper?: boolean;
  simulated: boolean;
  opened_at: number;
  closed_at: number | null;
  close_reason: string | null;
  /** These are null before the first fill and once nothing is held any more. */
  anchor: string | null;
  quantity: string;
  average: string | null;
  break_even: string | null;
  take_profit: string | null;
  exit: { price: string; quantity: string; resting: boolean; filled: string } | null;
  liquidation: string | null;
  hard_stop: string | null;
  hard_stop_resting?: boolean;
  /** Why it acts only while BackFuture runs. */
  hard_stop_local_why?: 'no_such_order' | 'no_name' | 'unproven' | 'refused' | null;
  /** Received for holding the position, less what was paid. */
  funding?: string;
  margin_used: string | null;
  margin_limit: string | null;
  unrealised: string | null;
  realised: string;
  /** All fees in the quote currency's worth. */
  fees: string;
  add_ons: number;
  add_ons_max: number;
  zones: { number: number; from: string | null; to: string | null; used: boolean }[];
  recovery: { since: number; triggers: { code: Trigger; actual: string; limit: string }[]; add_ons: number } | null;
  /** For what is still to be paid. Not in groups closed before it was told. */
  fee_rates?: FeeRates;
  /** On paper: what was due while BackFuture was off and could not be charged. Not in groups closed before there was such a thing. */
  funding_missed?: { from: number; to: number; why: 'no_rates' | 'no_price' }[];
  /** The connection under it was removed: nothing is done for it any more. Not in groups closed before it was told. */
  orphaned: Orphaned | null;
  /** The name of its connection, when what is stored of that can't be read. */
  unreadable: string | null;
  /** On paper: its pair is not listed any more, or has told no price for an hour. Not in groups closed before it was told. */
  market_gone?: boolean;
  /** It holds less than the exchange takes now. Not in groups closed before it was told. */
  below_minimum?: { min_quantity: string; min_notional: string } | null;
  /** In what it holds; with `average`, in the price that it was entered at (futures). */
  desync: { expected: string; found: string; average: { expected: string; found: string } | null } | null;
  mark: string | null;
}
/** Its name, that of one that was removed too. */
export const connectionOf = (group: Group) => group.connection?.name ?? group.orphaned?.connection ?? null;
export interface Fill { at: number; leg: string; side: 'buy' | 'sell'; price: string; quantity: string; fee: Fee | null }
export interface Order {
  client_order_id: string; purpose: string; side: 'buy' | 'sell'; price: string | null; quantity: string; filled: string; status: string;
}
/** The answer for one group. */
export interface GroupDetail extends Group { fills: Fill[]; orders: Order[]; decisions: Decision[]; unkept: Unkept | null }
export type GroupAct = 'release' | 'recover' | 'close' | 'adopt' | 'ignore' | 'let-go';

export const OUTCOMES = ['OPENED', 'ADDED', 'BLOCKED', 'WAITING', 'CLOSED'] as const;
export type OutcomeId = (typeof OUTCOMES)[number];
export interface Decision {
  id: number;
  at: number;
  /** `kind` and `direction` are null, `pair` empty, when it could not be read. */
  signal: { id: number; source: string; kind: 'entry' | 'add' | 'exit' | null; pair: string; direction: Direction | null; tag: string | null; time: number };
  strategy: { id: string; name: string };
  route: 'main' | 'pro';
  group: number | null;
  group_state: GroupState | null;
  outcome: OutcomeId;
  primary: string | null;
  failed: string[];
  sentence: string;
  order: { side: string; type: string; price: string | null; quantity: string } | null;
}
export interface Verdict { stage: number; code: string; result: 'pass' | 'fail' | 'unknown'; actual: string | null; limit: string | null; text: string }
export interface GroupFigures {
  average: string | null; break_even: string | null; take_profit: string | null; margin_used: string | null;
  /** The take-profit as a price that an order can have. */
  exit_price?: string | null;
  zone: string | null; state: GroupState | null; liquidation_price?: string | null;
}
export interface DecisionTrace extends Decision { verdicts: Verdict[]; group_before: GroupFigures | null; group_after: GroupFigures | null }

export interface Account {
  connection: ConnectionRef & { simulated?: boolean; paper?: boolean };
  asset?: string;
  equity: string | null;
  free: string | null;
  locked: string | null;
  margin_used: string;
  margin_reserved: string;
  limit: string | null;
  deposit_load: string | null;
  groups: { id: number; pair: string; margin_used: string; reserved: string }[];
  brake: { active: boolean; drawdown: string | null; limit: string | null };
  /** The stricter of the whole installation's and its own. */
  mode: Mode;
  own_mode: Mode;
  frozen: boolean;
  at: number;
}
export interface Alarm {
  /** Below zero while the database has not taken it. */
  id: number; at: number; code: string; severity: 'info' | 'warning' | 'critical'; text: string;
  connection: string | null; group: number | null; acknowledged: boolean;
  /** Orders that BackFuture did not place: the first, and how many followed it. */
  foreign: { order: string; pair: string; more: number; last_at: number | null; pairs: { pair: string; count: number }[] } | null;
}
/** What the history lacks or the database has not taken yet, in the reader's words. */
export interface Unkept { groups: number; decisions: number; lost_groups: number; lost_decisions: number; sentence: string }
export type Candle = [at: number, open: string, high: string, low: string, close: string, volume: string | null];
export interface Price { bid: string | null; ask: string | null; last: string | null; mark: string | null; at: number }

export type TradingMessage =
  | { type: 'strategy'; strategy: Strategy }
  | { type: 'strategy_removed'; id: string }
  | { type: 'group'; group: Group }
  | { type: 'decision'; decision: Decision }
  | { type: 'account'; account: Account }
  | ({ type: 'price'; connection: string; pair: string } & Price)
  | { type: 'candle'; connection: string; pair: string; interval: string; candle: Candle }
  /** The database has taken closed groups or decisions that it had not: decisions have numbers of their own now. */
  | { type: 'history' }
  /** `stored`: the database has taken what it had not, so the list has numbers of its own now. */
  | { type: 'alarm'; alarm: Alarm; stored?: true }
  | { type: 'mode'; mode: Mode };
