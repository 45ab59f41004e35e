// The account page and the question whether it is really you, as one piece with their texts: they compress better in one file.
import '../lib/account-texts';

export { default as SecurityAccount } from './SecurityAccount.svelte';
export { default as StepUp } from '../parts/StepUp.svelte';
