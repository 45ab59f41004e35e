// Every English text that the first screen does without: one piece, loaded with the first page that needs any of it.
// A catalogue is added here and in later.nl.ts.
import { accountEn } from './account.en';
import { backtestEn } from './backtest.en';
import { backupEn } from './backup.en';
import { ledgerEn } from './ledger.en';
import { limitsEn } from './limits.en';
import { pairsEn } from './pairs.en';
import { passkeyEn } from './passkey.en';
import { securityEn } from './security.en';
import { sweepEn } from './sweep.en';
import { tradingEn } from './trading.en';

export const laterEn = {
  ...accountEn,
  ...backtestEn,
  ...backupEn,
  ...ledgerEn,
  ...limitsEn,
  ...pairsEn,
  ...passkeyEn,
  ...securityEn,
  ...sweepEn,
  ...tradingEn,
};
