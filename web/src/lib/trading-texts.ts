// Imported by every trading page, so that its texts are there when it is.
import { tradingEn } from '../messages/trading.en';
import { addEnglish } from './i18n.svelte';

addEnglish(tradingEn);
