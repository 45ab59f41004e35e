// Every page but the first screen as one piece, loaded when one of them is asked for: they share most of their parts, and in one file they
// compress a tenth better than in ten. Only the chart comes apart, when one is shown.
import type { Component } from 'svelte';
import type { Page } from '../lib/places';
import Account from './Account.svelte';
import Add from './Add.svelte';
import Alarms from './Alarms.svelte';
import Backtests from './Backtests.svelte';
import Connection from './Connection.svelte';
import Decision from './Decision.svelte';
import Editor from './Editor.svelte';
import Group from './Group.svelte';
import Groups from './Groups.svelte';
import Live from './Live.svelte';
import Security from './Security.svelte';
import Strategies from './Strategies.svelte';
import Strategy from './Strategy.svelte';

export { default as StepUp } from '../parts/StepUp.svelte';
export { default as Leave } from '../ui/Leave.svelte';
export const pages: Record<Exclude<Page, 'connections'>, Component<any>> = { // Some take an id, some nothing.
  account: Account, add: Add, alarms: Alarms, backtests: Backtests, connection: Connection, decision: Decision, editor: Editor,
  group: Group, groups: Groups, live: Live, security: Security, strategies: Strategies, strategy: Strategy,
};
