// The ledger's page with its texts, as one piece.
import '../lib/ledger-texts';

export { default } from './SecurityLedger.svelte';
