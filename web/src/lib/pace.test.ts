import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { paced } from './pace';

beforeEach(() => { vi.useFakeTimers(); });
afterEach(() => { vi.useRealTimers(); });

it('acts at once, then at most once in its time, and never drops the last wish', () => {
  const act = vi.fn(), { ask } = paced(1000, act);
  for (let i = 0; i < 5; i += 1) ask();
  expect(act).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(1000);
  expect(act).toHaveBeenCalledTimes(2);
  vi.advanceTimersByTime(5000);
  expect(act).toHaveBeenCalledTimes(2);
  ask();
  expect(act).toHaveBeenCalledTimes(3);
});

it('is silent once it is stopped', () => {
  const act = vi.fn(), { ask, stop } = paced(1000, act);
  ask();
  ask();
  stop();
  vi.advanceTimersByTime(5000);
  expect(act).toHaveBeenCalledTimes(1);
});
