// The parts of the place called Security, in the order of its tabs; each is loaded when it is opened. One line a part.
import type { Component } from 'svelte';
import type { Key } from './i18n.svelte';

export const securityTabs: { id: string; name: Key; load: () => Promise<{ default: Component }> }[] = [
  { id: '', name: 'security.tab.findings', load: () => import('../parts/Findings.svelte') },
  { id: 'account', name: 'security.account', load: async () => ({ default: (await import('../pages/account')).SecurityAccount }) },
  { id: 'ledger', name: 'security.ledger', load: async () => ({ default: (await import('../pages/account')).SecurityLedger }) },
  { id: 'backup', name: 'security.backup', load: async () => ({ default: (await import('../pages/account')).SecurityBackup }) },
];
