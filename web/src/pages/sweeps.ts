// The pages of sweeps and stored candles with their texts, as one piece: loaded when the first of them is opened.
import '../lib/sweep-texts';

export { default as CandleSets } from './CandleSets.svelte';
export { default as Sweeps } from './Sweeps.svelte';
