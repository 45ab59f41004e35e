// A connection's limits as the REST interface tells them, and the questions about them.
import { call } from './api';

export const CAPS = ['order', 'market_order', 'hour', 'day', 'exposure'] as const;
export type Cap = (typeof CAPS)[number];
export interface Limits {
  operations: string[];
  market: string | null;
  symbols: string[] | null;
  values: Record<string, Record<Cap, string>>;
  price_band: string;
  exit_band: string;
  leverage: number;
  orders_a_minute: number;
  exits_a_minute: number;
  raise_delay_s: number;
}
export interface LimitState {
  limits: Limits;
  freeze: 'none' | 'entries' | 'everything';
  raise: { limits: Limits; due: number } | null;
  used: ({ asset: string } & Record<'hour' | 'day' | 'exposure', string>)[];
  findings: ('defaults' | 'no_second_factor' | 'damaged' | 'rolled_back')[];
}

const of = (id: string, what: string) => `/connections/${encodeURIComponent(id)}/${what}`;
export const limitsApi = {
  get: (id: string) => call<LimitState>('GET', of(id, 'limits')),
  put: (id: string, limits: Limits, code: string) => call<LimitState>('PUT', of(id, 'limits'), { limits, code }),
  freeze: (id: string, level: 'entries' | 'everything') => call<LimitState>('POST', of(id, 'freeze'), { level }),
  unfreeze: (id: string, code: string) => call<LimitState>('POST', of(id, 'unfreeze'), { code }),
};
