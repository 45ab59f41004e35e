// The REST calls about who may use this server; refusals arrive as in api.ts.
import { call, type Role } from './api';

export interface SignedIn { id: string; signed_in_at: number; address: string; agent: string; current: boolean }
export interface Token { id: string; name: string; scope: 'read' | 'trade' | 'manage'; expires_at: number; token?: string }
export interface Person { name: string; role: Role; second_factor: boolean; factor_counts: boolean | null }
export interface Factor { on: boolean; recovery_left: number; falls_at: number | null }

const one = (kind: string, id: string) => `/${kind}/${encodeURIComponent(id)}`;

export const accountApi = {
  stepUp: (given: { password?: string; code?: string }) => call<void>('POST', '/step-up', given),
  changePassword: (password: string, new_password: string) => call<void>('POST', '/password', { password, new_password }),
  factor: () => call<Factor>('GET', '/second-factor'),
  begin: () => call<{ secret: string; qr: string }>('POST', '/second-factor/begin'),
  /** confirm, recovery-codes: codes to keep; remove: nothing. */
  factorAct: (act: 'confirm' | 'recovery-codes' | 'remove', code: string) => call<{ codes: string[] } | undefined>('POST', `/second-factor/${act}`, { code }),
  sessions: () => call<{ sessions: SignedIn[] }>('GET', '/sessions').then((got) => got.sessions),
  endSession: (id: string) => call<void>('DELETE', one('sessions', id)),
  tokens: () => call<{ tokens: Token[] }>('GET', '/tokens').then((got) => got.tokens),
  makeToken: (name: string, scope: string, days: number) => call<Token>('POST', '/tokens', { name, scope, days }),
  endToken: (id: string) => call<void>('DELETE', one('tokens', id)),
  people: () => call<{ people: Person[] }>('GET', '/people').then((got) => got.people),
  addPerson: (name: string, role: string, password: string) => call<Person>('POST', '/people', { name, role, password }),
  setRole: (name: string, role: string) => call<Person>('PATCH', one('people', name), { role }),
  vouch: (name: string, code: string) => call<Person>('POST', `${one('people', name)}/vouch`, { code }),
  removePerson: (name: string) => call<void>('DELETE', one('people', name)),
};
