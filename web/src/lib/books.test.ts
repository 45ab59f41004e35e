import { expect, it, vi } from 'vitest';
import type { Strategy } from './trading';

const answers: ((list: Strategy[]) => void)[] = [];
vi.mock('./trading-api', () => ({ tradingApi: { strategies: () => new Promise((answer) => answers.push(answer)) } }));
const { strategies } = await import('./books.svelte');
const named = (id: string, name = id) => ({ id, name }) as Strategy;
const names = () => strategies.list.map(({ name }) => name);

it('what is told while a list is on its way is not undone by it', async () => {
  const asked = [strategies.refresh(), strategies.refresh()];
  strategies.put(named('made meanwhile'));
  strategies.put(named('b', 'renamed'));
  strategies.drop('gone');
  for (const answer of answers) answer([named('a'), named('b'), named('gone')]);
  await Promise.all(asked);
  expect(names()).toEqual(['a', 'renamed', 'made meanwhile']);
  const later = strategies.refresh();
  answers.at(-1)!([named('a')]);
  await later;
  expect(names()).toEqual(['a']);
});
