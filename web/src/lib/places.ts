// Pages are chosen by the fragment of the address, so the server serves one document and its assets.
//   #/                    the connections        #/add, #/add/<group>  the wizard; for a group's removed connection
//   #/connections/<id>    one connection         #/accounts/<connection>  its money and groups
//   #/strategies          all strategies         #/strategies/new   the editor, empty
//   #/strategies/<id>     one strategy           #/strategies/<id>/edit   the editor
//   #/security/<tab>      keys, accounts and this installation (security-tabs.ts)
//   #/groups, #/groups/<id>, #/live, #/live/<decision>, #/alarms; a list's filters after a question mark (filters.svelte.ts)
//   #/backtests, #/backtests/b1, #/backtests/sweeps, #/backtests/s1, #/backtests/candles
export type Page =
  | 'connections' | 'add' | 'connection' | 'account' | 'strategies' | 'strategy' | 'editor' | 'groups' | 'group' | 'live' | 'decision' | 'alarms' | 'security' | 'backtests';
export interface Route {
  page: Page;
  /** What the page is about; empty where it is about all. */
  id: string;
}

/** A list's page and the page of one of it, by the first part of the address. */
const PLACES: Record<string, [all: Page, one: Page]> = {
  connections: ['connections', 'connection'], strategies: ['strategies', 'strategy'], groups: ['groups', 'group'],
  live: ['live', 'decision'], accounts: ['connections', 'account'], alarms: ['alarms', 'alarms'], add: ['add', 'add'], security: ['security', 'security'],
  backtests: ['backtests', 'backtests'],
};

export function readRoute(hash: string): Route {
  const [place = '', id = '', act] = hash.replace(/^#\/?|\?.*/g, '').split('/');
  const pages = PLACES[place];
  if (!pages) return { page: 'connections', id: '' };
  if (place === 'strategies' && id === 'new') return { page: 'editor', id: '' };
  if (place === 'strategies' && act === 'edit') return { page: 'editor', id: decodeURIComponent(id) };
  return id === '' ? { page: pages[0], id } : { page: pages[1], id: decodeURIComponent(id) };
}

export const addressOf = {
  connections: '#/',
  add: '#/add',
  /** The removed connection of a group that was left on it. */
  again: (group: number) => `#/add/${group}`,
  connection: (id: string) => `#/connections/${encodeURIComponent(id)}`,
  account: (connection: string) => `#/accounts/${encodeURIComponent(connection)}`,
  strategies: '#/strategies',
  newStrategy: '#/strategies/new',
  strategy: (id: string) => `#/strategies/${encodeURIComponent(id)}`,
  editStrategy: (id: string) => `#/strategies/${encodeURIComponent(id)}/edit`,
  groups: '#/groups',
  group: (id: number) => `#/groups/${id}`,
  live: '#/live',
  liveOf: (strategy: string) => `#/live?strategy=${encodeURIComponent(strategy)}`,
  decision: (id: number) => `#/live/${id}`,
  alarms: '#/alarms',
  security: (part = '') => `#/security${part && '/'}${part}`,
  backtests: '#/backtests',
  sweeps: '#/backtests/sweeps',
  candleSets: '#/backtests/candles',
  /** A back-test's or a sweep's: their ids differ by their first letter. */
  backtest: (id: string) => `#/backtests/${encodeURIComponent(id)}`,
};
