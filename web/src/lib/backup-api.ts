// The REST calls about backups, and the file put together of its pieces. Refusals arrive as in api.ts.
import { call } from './api';
import { fromBase64 } from './seal';

export interface LastBackup { id: string; made_at: number; bytes: number; keys: boolean; verified_at: number | null; ledger_missing: string | null }
export interface Restored { id: string; made_at: number; restored_at: number; confirmed_at: number | null }
export interface Backups {
  last: LastBackup | null;
  restored: Restored | null;
  current: { state: 'making' | 'ready' | 'failed'; bytes: number; problem: { code: string; detail: string } | null } | null;
}

export const backupApi = {
  state: () => call<Backups>('GET', '/backups'),
  make: (sealed: string, keys: boolean, code: string) => call<Backups>('POST', '/backups', { sealed, keys, code }),
  /** Answers when it is made, or after a while with how far it is. */
  wait: () => call<Backups>('GET', '/backups?wait=done'),
  confirm: () => call<void>('POST', '/backups/confirm'),
  drop: () => call<void>('DELETE', '/backups/current'),

  /** The whole file. The browser keeps it on its disk, not in memory. */
  async fetch(progress: (percent: number) => void): Promise<Blob> {
    const parts: Blob[] = [];
    let from: number | null = 0;
    while (from !== null) {
      const piece: { bytes: string; next: number | null; total: number } = await call('GET', `/backups/piece?from=${from}`);
      parts.push(new Blob([fromBase64(piece.bytes) as BlobPart]));
      from = piece.next;
      progress(Math.floor((100 * (from ?? piece.total)) / piece.total));
    }
    return new Blob(parts, { type: 'application/octet-stream' });
  },
};

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/** 130 random bits as people can write them down: the same form as the command line's. */
export function recoveryCode(): string {
  const letters = [...crypto.getRandomValues(new Uint8Array(26))].map((byte) => ALPHABET[byte % 32]).join('');
  return letters.replace(/(.{5})(?=.)/g, '$1-');
}
