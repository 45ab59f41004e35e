// The pages under Security, in the order of their tabs. One line each: the last part of its address, its name, and how it is loaded.
import type { Component } from 'svelte';
import type { Key } from './i18n.svelte';

export const securityTabs: { id: string; name: Key; load: () => Promise<{ default: Component }> }[] = [
  { id: 'account', name: 'security.account', load: async () => ({ default: (await import('../pages/account')).SecurityAccount }) },
  { id: 'backup', name: 'security.backup', load: async () => { await import('../lib/backup-texts'); return import('../pages/SecurityBackup.svelte'); } },
];
