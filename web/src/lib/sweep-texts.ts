// Imported with the pages of sweeps and candles, so that their texts are there when they are.
import { sweepEn } from '../messages/sweep.en';
import { addEnglish } from './i18n.svelte';

addEnglish(sweepEn);
