// The REST calls about stored candles (docs/reference/rest.md): sets, uploads in pieces, imports and downloads.
import { call } from './api';

export interface StoredSet {
  id: string; exchange: string; market: string; pair: string; interval: string; source: string; candles: number; first: number; last: number; gaps: number; missing: number; bytes: number; problem: string | null;
  funding: Fetched | null;
}
/** Settled funding rates that were fetched from the exchange. */
export interface Fetched { settlements: number; first: number; last: number }
export interface Gap { from: number; to: number; missing: number; empty_at_exchange: boolean }
export interface Import { id: string; state: 'running' | 'done' | 'failed'; result: { set: StoredSet; added: number; files?: { file: string; format: string; candles: number }[] } | null; problem: string | null }
export interface Download {
  id: string; connection: string; set: string; exchange: string; market: string; pair: string; interval: string; from: number; to: number | null;
  state: 'running' | 'saving' | 'done' | 'stopped' | 'failed'; wanted: number; done: number; received: number; at: number | null; searching: boolean; problem: string | null; ended_at: number | null; added: number | null;
  funding: { settlements: number; received: number; problem: string | null } | null;
}
export interface ImportWish { uploads: string[]; exchange: string; market: string; pair: string; interval?: string; replace: boolean }

export const INTERVALS_STORED = ['1s', '1m', '3m', '5m', '15m', '30m', '1h', '2h', '4h', '6h', '8h', '12h', '1d'];

function base64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}

/** Brings a file in pieces, in order; tells how much is there. */
export async function upload(file: { name: string; size: number; slice: (from: number, to: number) => Blob }, told: (received: number) => void): Promise<string> {
  const begun = await call<{ id: string; received: number; piece_bytes_max: number }>('POST', '/candle-uploads', { name: file.name, bytes: file.size });
  for (let offset = 0; offset < file.size;) {
    const piece = new Uint8Array(await file.slice(offset, offset + begun.piece_bytes_max).arrayBuffer());
    ({ received: offset } = await call<{ received: number }>('PUT', `/candle-uploads/${begun.id}`, { offset, data: base64(piece) }));
    told(offset);
  }
  return begun.id;
}

const set = (id: string) => `/candle-sets/${encodeURIComponent(id)}`;
export const setsApi = {
  list: () => call<{ sets: StoredSet[] }>('GET', '/candle-sets').then((got) => got.sets),
  gaps: (id: string) => call<{ gaps: Gap[] }>('GET', set(id)).then((got) => got.gaps),
  remove: (id: string) => call<void>('DELETE', set(id)),
  example: () => call<Import>('POST', '/candle-sets/example'),
  dropUpload: (id: string) => call<void>('DELETE', `/candle-uploads/${id}`),
  import: (wish: ImportWish) => call<Import>('POST', '/candle-imports', wish),
  imported: (id: string) => call<Import>('GET', `/candle-imports/${id}`),
  downloads: () => call<{ downloads: Download[] }>('GET', '/candle-downloads').then((got) => got.downloads),
  download: (wish: { connection: string; pair: string; interval: string; from: number; to?: number }) => call<Download>('POST', '/candle-downloads', wish),
  stop: (id: string) => call<Download>('POST', `/candle-downloads/${id}/stop`),
};

/** What Binance names its public files after: "BTCUSDT-1m-2024-01.zip"; a guess that the user sees and may change. */
export function guessOf(name: string): { exchange: string; pair: string } | null {
  const found = /^([A-Z0-9]{2,12}?)(USDT|USDC|FDUSD|BTC|EUR)-\d+[smhd]-\d{4}-\d{2}/.exec(name);
  return found ? { exchange: 'binance', pair: `${found[1]}/${found[2]}` } : null;
}
