// The test double's catalogue of exchanges and its simulated keys.
import { randomBytes, randomUUID } from 'node:crypto';

export const exchanges = (simulated) => [
  {
    id: 'mexc', name: 'MEXC', markets: ['spot', 'futures'], simulated, key_page: 'https://www.mexc.com/user/openapi',
    sites: [], tells_our_address: false, withdraw_right_readable: true,
    fields: [
      { id: 'key', secret: false, reject: '[^0-9A-Za-z]', expected: '^mx0[0-9A-Za-z]{15}$' },
      { id: 'secret', secret: true, reject: '\\s|^mx0', expected: '^[0-9a-f]{32}$' },
    ],
    rights: {
      spot: { tick: ['View account details', 'View order details', 'Spot trade'], never: ['Withdraw', 'Transfer'] },
      futures: { tick: ['View account details', 'View order details', 'Futures order placing'], never: ['Withdraw', 'Transfer'] },
    },
  },
  {
    id: 'kucoin', name: 'KuCoin', markets: ['spot', 'futures'], simulated, key_page: 'https://www.kucoin.com/account/api',
    sites: [{ id: 'global', name: 'Global (kucoin.com)' }, { id: 'eu', name: 'EU (kucoin.eu)' }],
    tells_our_address: true, withdraw_right_readable: true,
    fields: [
      { id: 'key', secret: false, reject: '\\s', expected: '^[0-9a-f]{24}$' },
      { id: 'secret', secret: true, reject: '\\s', expected: '^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$' },
      { id: 'passphrase', secret: true, reject: '^\\s|\\s$', expected: '^.{7,32}$' },
    ],
    rights: {
      spot: { tick: ['General', 'Spot'], never: ['Transfer', 'FlexTransfers (InnerTransfer)', 'Margin', 'Earn'] },
      futures: { tick: ['General', 'Futures'], never: ['Transfer', 'FlexTransfers (InnerTransfer)', 'Margin', 'Earn'] },
    },
  },
];

/** What each simulated key turns out to be, by its key text. */
const kinds = new Map();

export function kindOf(credentials) {
  const made = kinds.get(credentials.key);
  if (!made) return 'unknown_key';
  return made.secret === credentials.secret ? made.kind : 'wrong_secret';
}

export function makeKey({ exchange, kind }) {
  const hex = (bytes) => randomBytes(bytes).toString('hex');
  const keys = exchange === 'mexc'
    ? { key: `mx0v${hex(7)}`, secret: hex(16) }
    : { key: hex(12), secret: randomUUID(), passphrase: `Demo-${hex(4)}` };
  kinds.set(keys.key, { kind, secret: keys.secret });
  return keys;
}
