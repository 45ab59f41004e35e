// The REST interface. Every refusal arrives as a Problem, also the ones without an answer.
import { language } from './i18n.svelte';
import type {
  Acceptance, Addresses, Connection, ConnectionName, Credentials, DemoKind, Exchange, Family, Finding, HistoryEntry, Market, SignerKey,
} from './types';

export type Role = 'viewer' | 'trader' | 'owner';

/** RFC 9457, plus `unreachable` (status 0) when the server gave no answer at all. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    readonly code: string,
    readonly field: string | null = null,
    readonly retryAfterS: number | null = null,
    /** All that was said. */
    readonly said: Partial<Record<string, unknown>> = {},
  ) {
    super(title);
  }
}

/** What the server had against it, if anything; what is no Problem is a fault of ours and goes on. */
export async function problemOf(work: () => Promise<unknown>): Promise<Problem | null> {
  try {
    await work();
    return null;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return error;
  }
}

const ROOT = '/api/v1';
let signedOut: () => Promise<boolean> = () => Promise.resolve(false);

/** Called when the server no longer knows this session; whether the same person has signed in since, so that what was asked may be asked again. */
export function onSignedOut(action: () => Promise<boolean>): void {
  signedOut = action;
}

/** What every change must carry besides the cookie: another site can make a browser send that, but can't read this. */
let token = '';

async function freshToken(): Promise<string> {
  const got = await fetch(`${ROOT}/request-token`, { credentials: 'same-origin', cache: 'no-store', redirect: 'error' });
  return got.ok ? ((await got.json()) as { token: string }).token : '';
}

let stepUp: () => Promise<boolean> = () => Promise.resolve(false);

/** Called when the server wants password or code again; whether they were given. */
export function onStepUp(ask: () => Promise<boolean>): void {
  stepUp = ask;
}

export async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  try {
    return await send<T>(method, path, body);
  } catch (error) {
    // Signed in anew meanwhile, perhaps in another tab: nothing was done, and the new session has a token of its own.
    if (!(error instanceof Problem) || error.code !== 'no_request_token') throw error;
    token = await freshToken().catch(() => '');
    return send<T>(method, path, body);
  }
}

async function send<T>(method: string, path: string, body: unknown): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json', 'Accept-Language': language() };
  if (method !== 'GET') {
    headers['Content-Type'] = 'application/json';
    // Nobody is signed in yet as a rule, and then there is none; if somebody is, the refusal says so.
    if (path !== '/set-up' && path !== '/sign-in') token ||= await freshToken().catch(() => '');
    if (token) headers['X-BF-Token'] = token;
  }
  let response: Response;
  try {
    response = await fetch(ROOT + path, {
      method, headers, credentials: 'same-origin', cache: 'no-store', redirect: 'error',
      ...(method === 'GET' ? {} : { body: JSON.stringify(body ?? {}) }),
    });
  } catch {
    throw new Problem(0, '', '', 'unreachable');
  }
  // The session may be another one now, or none.
  if (/^\/(set-up|sign-|step-up|password)/.test(path)) token = '';
  if (!response.ok) {
    const problem = await readProblem(response);
    if (problem.code === 'not_signed_in') {
      const back = signedOut();
      // What was only to be read is read anew by whoever shows it.
      if (method !== 'GET' && (await back)) return call(method, path, body);
    }
    if (problem.code === 'step_up_needed' && (await stepUp())) return call(method, path, body);
    throw problem;
  }
  return (response.status === 204 ? undefined : await response.json()) as T;
}

async function readProblem(response: Response): Promise<Problem> {
  const said = (await response.json().catch(() => ({}))) as Partial<Record<string, unknown>>;
  const text = (name: string) => (typeof said[name] === 'string' ? (said[name] as string) : '');
  const retryAfterS = Number(response.headers.get('Retry-After') ?? NaN);
  return new Problem(
    response.status, text('title') || `${response.status}`, text('detail'), text('code') || 'other',
    text('field') || null, Number.isFinite(retryAfterS) ? retryAfterS : null, said,
  );
}

const one = (id: string) => `/connections/${encodeURIComponent(id)}`;

export const api = {
  setUpState: () => call<{ needed: boolean; demo: boolean; version: string }>('GET', '/set-up'),
  setUp: (code: string, password: string) => call<void>('POST', '/set-up', { code, password }),
  signIn: (account: string, password: string, code: string) => call<void>('POST', '/sign-in', { account, password, ...(code && { code }) }),
  signOut: () => call<void>('POST', '/sign-out'),
  session: () => call<{ user: string; role: Role; second_factor: boolean }>('GET', '/session'),

  exchanges: () => call<{ exchanges: Exchange[] }>('GET', '/exchanges').then((got) => got.exchanges),
  signer: () => call<SignerKey>('GET', '/signer'),
  addresses: () => call<Addresses>('GET', '/addresses'),
  typeAddresses: (v4: string | null, v6: string | null) => call<Addresses>('PUT', '/addresses', { v4, v6 }),
  learnAddresses: (exchange: string, family: Family) => call<Addresses>('POST', '/addresses/learn', { exchange, family }),

  connections: () => call<{ connections: Connection[]; unreadable: ConnectionName[] }>('GET', '/connections'),
  add: (wanted: {
    name: string; exchange: string; market: Market; site?: string; family: Family; sealed: string; accept: Acceptance[]; test: boolean; again?: string;
  }) => call<Connection>('POST', '/connections', wanted),
  connection: (id: string) => call<Connection>('GET', one(id)),
  rename: (id: string, name: string) => call<Connection>('PATCH', one(id), { name }),
  setFamily: (id: string, family: Family) => call<Connection>('PATCH', one(id), { family }),
  /** `leaving`: the numbers of its open groups that its user has seen. */
  remove: (id: string, leaving: number[] = []) => call<void>('DELETE', `${one(id)}${leaving.length > 0 ? `?leaving=${leaving.join(',')}` : ''}`),
  test: (id: string, accept: Acceptance[]) => call<{ test: number }>('POST', `${one(id)}/test`, { accept }),
  disable: (id: string) => call<Connection>('POST', `${one(id)}/disable`),
  enable: (id: string) => call<Connection>('POST', `${one(id)}/enable`),
  rotate: (id: string, sealed: string, keep_hours: number) => call<Connection>('POST', `${one(id)}/rotate`, { sealed, keep_hours }),
  oldKey: (id: string, what: 'roll-back' | 'ask-old-key' | 'forget-old-key') => call<Connection>('POST', `${one(id)}/${what}`),
  findings: () => call<{ findings: Finding[]; at: number }>('GET', '/security/findings'),
  history: (id: string, before: HistoryEntry['id'] | null) =>
    call<{ entries: HistoryEntry[]; more: boolean }>(
      'GET', `${one(id)}/history?limit=20${before === null ? '' : `&before=${encodeURIComponent(before)}`}`),

  demoKeys: (exchange: string, market: Market, kind: DemoKind) =>
    call<Credentials>('POST', '/demo/keys', { exchange, market, kind }),
};
