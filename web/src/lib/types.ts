// What the server says, as docs/reference/rest.md describes it. Times are Unix milliseconds, amounts text.
import type { TradingMessage } from './trading';

export type Market = 'spot' | 'futures';
export type Answer = 'yes' | 'no' | 'unknown';
export type Status = 'draft' | 'testing' | 'connected' | 'degraded' | 'error' | 'refused' | 'disabled';
export type StepResult = 'running' | 'pass' | 'warn' | 'fail' | 'skip';
export type Acceptance = 'internal_transfer' | 'unknown_withdrawal';
export type FieldId = 'key' | 'secret' | 'passphrase';

/** One credential an exchange asks for. `reject` and `expected` are regular expressions. */
export interface FieldRule {
  id: FieldId;
  secret: boolean;
  reject: string;
  expected: string;
}

export interface Exchange {
  id: string;
  name: string;
  markets: Market[];
  simulated: boolean;
  key_page: string;
  sites: { id: string; name: string }[];
  tells_our_address: boolean;
  withdraw_right_readable: boolean;
  fields: FieldRule[];
  rights: Partial<Record<Market, { tick: string[]; never: string[] }>>;
}

export interface SignerKey {
  public_key: string;
  fingerprint: string;
}

export interface Address {
  address: string;
  source: 'typed' | 'exchange' | 'resolver';
  exchange: string | null;
  confirmed_at: number | null;
}
export interface Addresses {
  v4: Address | null;
  v6: Address | null;
}

export interface Trouble {
  code: string;
  title: string;
  cause: string;
  remedy: string;
  exchange_code: string | number | null;
  exchange_message: string | null;
  /** What BackFuture found itself, in place of an answer. */
  remark: string | null;
}

export interface Claim {
  answer: Answer;
  evidence: string;
  at: number;
}
export const CLAIMS = ['key_valid', 'read', 'spot_trade', 'futures_trade', 'withdraw', 'transfer', 'ip_bound'] as const;
export type ClaimId = (typeof CLAIMS)[number];
export type Claims = Record<ClaimId, Claim>;

export const STEPS = [
  'input_shape', 'reach', 'clock', 'key', 'permissions', 'withdrawal', 'ip_allow_list',
  'balance', 'orders', 'positions', 'trade_right', 'stream',
] as const;
export type StepId = (typeof STEPS)[number];
export interface Step {
  id: StepId;
  result: StepResult;
  ms: number;
  detail: string;
}

/** An amount is null where the exchange did not send it. */
export interface Balance {
  asset: string;
  free: string | null;
  locked: string | null;
}

export interface Report {
  exchange: string;
  market: Market;
  verdict: 'connected' | 'refused' | 'failed';
  problem: Trouble | null;
  claims: Claims;
  ip_allow_list: string[];
  egress_ip: { v4: string | null; v6: string | null };
  expires_at: number | null;
  account_id: string | null;
  steps: Step[];
  balances: Balance[];
}

/** The key that was replaced. `kept_until` null: wiped here. */
export interface OldKey {
  fingerprint: string;
  replaced_at: number;
  kept_until: number | null;
  works: Answer;
  asked_at: number | null;
}

export interface ConnectionName {
  id: string;
  name: string;
}

export interface Finding {
  code: string;
  severity: 'critical' | 'warning' | 'info';
  connections: ConnectionName[];
  cause: string;
  remedy: string;
  link: string;
}

/** What a connection goes out over, and nothing else. */
export type Family = 'ipv4' | 'ipv6';

export interface Connection {
  id: string;
  name: string;
  exchange: string;
  market: Market;
  site: string | null;
  family: Family;
  simulated: boolean;
  status: Status;
  status_since: number;
  problem: Trouble | null;
  key_fingerprint: string;
  created_at: number;
  tested_at: number | null;
  /** The last full test that ended as connected. */
  proven_at: number | null;
  next_test_at: number | null;
  expires_at: number | null;
  expiry_basis: 'exchange' | 'inferred' | null;
  warnings: { code: string; text: string }[];
  claims: Claims | null;
  accepted: Acceptance[];
  testing: boolean;
  stream: 'none' | 'opening' | 'live' | 'down';
  old_key: OldKey | null;
  /** This server's address when the key was last proven, and whether it is still that. */
  proven_from: string | null;
  address_as_proven: boolean;
  /** Only in the answer for one connection. */
  report?: Report | null;
}

export interface HistoryEntry {
  id: number | string;
  at: number;
  kind: string;
  text: string;
  detail: Record<string, unknown>;
}

export const DEMO_KINDS = [
  'good', 'wrong_secret', 'no_trading_right', 'address_not_listed', 'withdrawing', 'unknown_withdrawal', 'transferring',
] as const;
export type DemoKind = (typeof DEMO_KINDS)[number];
export type Credentials = { key: string; secret: string; passphrase?: string };

export type LiveMessage =
  | { type: 'hello'; now: number }
  | { type: 'connection'; connection: Connection }
  | { type: 'removed'; id: string }
  | { type: 'step'; connection: string; test: number; step: Step }
  | { type: 'report'; connection: string; test: number; report: Report }
  | TradingMessage;
