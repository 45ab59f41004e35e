// The REST calls about trading; refusals arrive as in api.ts.
import { call } from './api';
import type {
  Account, Alarm, Candle, Decision, DecisionTrace, Group, GroupAct, GroupDetail, Hook, Instrument, Ladder, Mode, Settings, Strategy, Unkept,
} from './trading';

const PAGE = 50;
const one = (kind: string, id: string | number) => `/${kind}/${encodeURIComponent(id)}`;

/** What is empty isn't asked for. */
function query(values: Record<string, string | number | null | undefined>): string {
  const asked = Object.entries(values).filter(([, value]) => value !== null && value !== undefined && value !== '');
  return `?${asked.map(([name, value]) => `${name}=${encodeURIComponent(value as string)}`).join('&')}`;
}

export const tradingApi = {
  /** All of them: they come a thousand at a time. */
  strategies: async () => {
    const all: Strategy[] = [];
    for (let more = true; more; ) {
      const got = await call<{ strategies: Strategy[]; more: boolean }>('GET', `/strategies${query({ after: all.at(-1)?.id })}`);
      all.push(...got.strategies);
      more = got.more;
    }
    return all;
  },
  strategy: (id: string) => call<Strategy>('GET', one('strategies', id)),
  addStrategy: (settings: Settings, paper: boolean) => call<Strategy & { hook: Hook }>('POST', '/strategies', { settings, paper }),
  changeStrategy: (id: string, settings: Settings) => call<Strategy>('PUT', one('strategies', id), { settings }),
  removeStrategy: (id: string) => call<void>('DELETE', one('strategies', id)),
  enableStrategy: (id: string, on: boolean) => call<Strategy>('POST', `${one('strategies', id)}/${on ? 'enable' : 'disable'}`),
  strategyMode: (id: string, mode: Mode) => call<Strategy>('POST', `${one('strategies', id)}/mode`, { mode }),
  rotateHook: (id: string) => call<Hook>('POST', `${one('strategies', id)}/rotate-hook`),
  signal: (id: string, signal: { pair: string; direction: string; kind: string; tag?: string }) =>
    call<{ signal: number }>('POST', `${one('strategies', id)}/signal`, signal),
  ladder: (wanted: { settings: Settings; pair: string | null; price?: string; equity?: string }) => call<Ladder>('POST', '/ladder', wanted),
  instruments: (asked: { connection: string; search: string; closed?: boolean }) =>
    call<{ instruments: Instrument[]; more: boolean; loading: boolean }>('GET', `/instruments${query({ ...asked, closed: asked.closed ? 'true' : undefined })}`),

  groups: (asked: { state: 'open' | 'closed'; strategy?: string; connection?: string; before?: number | null }) =>
    call<{ groups: Group[]; more: boolean; unkept?: Unkept | null }>('GET', `/groups${query({ ...asked, limit: PAGE })}`),
  group: (id: string) => call<GroupDetail>('GET', one('groups', id)),
  groupAct: (id: number, act: GroupAct) => call<Group>('POST', `${one('groups', id)}/${act}`),

  decisions: (asked: { strategy?: string; outcome?: string; pair?: string; before?: number | null }) =>
    call<{ decisions: Decision[]; more: boolean; unkept: Unkept | null }>('GET', `/decisions${query({ ...asked, limit: PAGE })}`),
  decision: (id: string) => call<DecisionTrace>('GET', one('decisions', id)),

  account: (connection: string) => call<Account>('GET', one('accounts', connection)),
  paperMoney: (connection: string, amount: string, asset: string | null) =>
    call<Account>('POST', `${one('accounts', connection)}/paper`, asset === null ? { amount } : { amount, asset }),
  freeze: (connection: string, on: boolean) => call<Account>('POST', `${one('accounts', connection)}/${on ? 'freeze' : 'unfreeze'}`),
  candles: (asked: { connection: string; pair: string; interval: string; since?: number; limit: number }) =>
    call<{ candles: Candle[] }>('GET', `/candles${query(asked)}`).then((got) => got.candles),
  alarms: () => call<{ alarms: Alarm[] }>('GET', '/alarms').then((got) => got.alarms),
  acknowledge: (id: number) => call<void>('POST', `${one('alarms', id)}/acknowledge`),
  modes: () => call<{ mode: Mode }>('GET', '/mode'),
  mode: (mode: Mode, connection?: string) => call<{ mode: Mode }>('POST', '/mode', connection === undefined ? { mode } : { mode, connection }),
};
