import type { Group } from './trading';

/** A liquidated group is over, too. */
export const isOpen = (group: Group) => group.state !== 'CLOSED' && group.state !== 'LIQUIDATED';
