// The pages under Security and the question whether it is really you, as one piece with their texts: they compress better in one file.
import '../lib/account-texts';
import '../lib/backup-texts';
import '../lib/ledger-texts';

export { default as SecurityAccount } from './SecurityAccount.svelte';
export { default as SecurityBackup } from './SecurityBackup.svelte';
export { default as SecurityLedger } from './SecurityLedger.svelte';
export { default as StepUp } from '../parts/StepUp.svelte';
