// Imported with the trading pages, so that their texts are there when they are.
import { backtestEn } from '../messages/backtest.en';
import { tradingEn } from '../messages/trading.en';
import { addEnglish } from './i18n.svelte';

addEnglish(tradingEn);
addEnglish(backtestEn);
