// How a state or an outcome is coloured; the word beside it says the same.
import type { GroupState, Mode, OutcomeId } from './trading';

export const stateTone: Record<GroupState, 'neutral' | 'brand' | 'good' | 'attention' | 'danger'> = {
  OPENING: 'brand', ACTIVE: 'brand', RECOVERY: 'attention', CLOSING: 'brand', CLOSED: 'neutral', DESYNC: 'danger', LIQUIDATED: 'danger',
};
/** Blocked is the rules at work, nothing bad; opened and added are no good news by themselves. */
export const outcomeTone: Record<OutcomeId, 'neutral' | 'brand' | 'good' | 'attention' | 'danger'> = {
  OPENED: 'brand', ADDED: 'brand', BLOCKED: 'neutral', WAITING: 'attention', CLOSED: 'good',
};
export const modeTone: Record<Mode, 'neutral' | 'attention' | 'danger'> = {
  normal: 'neutral', no_new_groups: 'attention', exit_only: 'attention', close_now: 'danger',
};
/** What was won or lost, as a class of app.css. */
export const resultClass = (text: string | null) => (text === null || !/[1-9]/.test(text) ? '' : text.startsWith('-') ? 'loss' : 'gain');
