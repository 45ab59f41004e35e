// The REST calls about the ledger of uses; refusals arrive as in api.ts.
import { call } from './api';

export const CLASSES = ['order', 'cancel', 'setting', 'read', 'key', 'policy', 'account', 'refusal', 'outcome', 'ledger'] as const;

export interface Use {
  sequence: number;
  at: number;
  class: (typeof CLASSES)[number];
  connection: string | null;
  connection_name: string | null;
  what: string;
  result: string;
  detail: string | null;
  call: {
    method: string | null; path: string | null; symbol: string | null; side: 'buy' | 'sell' | null;
    quantity: string | null; price: string | null; value: string | null; client_order_id: string | null; order_id: string | null;
  } | null;
  purpose: { for: string; group: number | null; strategy: string | null } | null;
  counted: { since: number; count: number; operations: Record<string, number> } | null;
}
/** What the codes of a page's entries are called, in the reader's language. */
export type Names = Record<'what' | 'result' | 'for', Record<string, string>>;
export interface Standing {
  state: 'sound' | 'broken' | 'failed' | 'off';
  detail: string | null;
  head: { sequence: number; anchor: string } | null;
  breaches: { segment: number; offset: number; sequence: number; detail: string; accepted: boolean }[];
  compared: { at: number | null; running: boolean; looked_at: number; strangers: number; missed: number };
}

export const ledgerApi = {
  head: () => call<Standing>('GET', '/ledger/head'),
  page: (filter: Record<string, string>) => call<{ entries: Use[]; names: Names; next: number | null }>('GET', `/ledger?${new URLSearchParams(filter)}`),
  accept: () => call<Standing>('POST', '/ledger/accept'),
  compare: () => call<void>('POST', '/ledger/compare'),
};
