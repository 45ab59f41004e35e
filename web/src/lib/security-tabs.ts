// The parts of the place called Security, in the order of its tabs. One line a part.
import type { Component } from 'svelte';
import SecurityAccount from '../pages/SecurityAccount.svelte';
import SecurityBackup from '../pages/SecurityBackup.svelte';
import SecurityLedger from '../pages/SecurityLedger.svelte';
import Findings from '../parts/Findings.svelte';
import type { Key } from './i18n.svelte';

export const securityTabs: { id: string; name: Key; Part: Component }[] = [
  { id: '', name: 'security.tab.findings', Part: Findings },
  { id: 'account', name: 'security.account', Part: SecurityAccount },
  { id: 'ledger', name: 'security.ledger', Part: SecurityLedger },
  { id: 'backup', name: 'security.backup', Part: SecurityBackup },
];
