// The trading pages and their texts as one piece: loaded together when the first of them is asked for, because they share
// most of their parts and compress far better in one file than in twenty. Only the chart comes apart, when one is shown.
import '../lib/trading-texts';

export { default as account } from './Account.svelte';
export { default as alarms } from './Alarms.svelte';
export { default as backtests } from './Backtests.svelte';
export { default as decision } from './Decision.svelte';
export { default as editor } from './Editor.svelte';
export { default as group } from './Group.svelte';
export { default as groups } from './Groups.svelte';
export { default as live } from './Live.svelte';
export { default as strategies } from './Strategies.svelte';
export { default as strategy } from './Strategy.svelte';
