// The test double's connections and their tests: the same shapes and endings as the server's, none of its work.
import { createHash, randomUUID } from 'node:crypto';
import { kindOf } from './exchanges.mjs';
import { events, problems, warnings } from './texts.mjs';

const DAY = 86_400_000;
const IDS = ['input_shape', 'reach', 'clock', 'key', 'permissions', 'withdrawal', 'ip_allow_list', 'balance', 'orders', 'positions', 'trade_right', 'stream'];
/** The ending of each kind of key: its problem's code and the step that fails. */
const ENDINGS = {
  good: [null, null], unknown_key: ['invalid_key', 'key'], wrong_secret: ['invalid_secret', 'key'],
  no_trading_right: ['no_trade_permission', 'trade_right'], address_not_listed: ['ip_not_allowed', 'key'],
  withdrawing: ['withdraw_enabled', 'withdrawal'], unknown_withdrawal: ['withdrawal_unknown', 'withdrawal'],
  transferring: ['transfer_enabled', 'permissions'],
};
const DETAILS = { reach: 'HTTP 200', clock: 'offset 12 ms', balance: 'USDT 10,000', permissions: 'read, trade', stream: 'acknowledged' };

export class Connections {
  #rows = new Map();
  #tests = 0;
  #world;

  constructor(world) {
    this.#world = world;
  }

  has = (id) => this.#rows.has(id);
  named = (name) => [...this.#rows.values()].find((row) => row.name.toLowerCase() === name.toLowerCase());
  all = (lang) => [...this.#rows.keys()].map((id) => this.show(id, lang));

  add({ name, exchange, market, site = 'global', family = 'ipv4', test, again }, credentials, lang) {
    const at = Date.now();
    const row = {
      id: again ?? randomUUID(), name, exchange, market, site, family, simulated: this.#world.demo, status: 'draft', status_since: at, problem: null,
      key_fingerprint: '', created_at: at, tested_at: null, proven_at: null, next_test_at: null, expires_at: null, expiry_basis: null,
      warnings: [], claims: null, accepted: [], testing: false, stream: 'none', old_key: null, proven_from: null, address_as_proven: true, report: null, credentials, history: [],
    };
    this.#rows.set(row.id, row);
    this.#key(row, credentials);
    this.#note(row, 'added');
    if (test) this.test(row.id, []);
    return this.show(row.id, lang);
  }

  show(id, lang, withReport = false) {
    const { credentials: _, history: __, report, ...row } = this.#rows.get(id);
    const words = (problem) => problem && this.#trouble(problem, lang);
    return {
      ...row, problem: words(row.problem), warnings: row.warnings.map((code) => ({ code, text: warnings[code][lang] })),
      ...(withReport ? { report: report && { ...report, problem: words(report.problem) } } : {}),
    };
  }

  rename(id, name, lang) {
    const row = this.#rows.get(id);
    this.#note(row, 'renamed', { from: row.name });
    row.name = name;
    return this.#told(row, lang);
  }

  setFamily(id, family, lang) {
    const row = this.#rows.get(id);
    row.family = family;
    this.#note(row, 'family', { over: family === 'ipv6' ? 'IPv6' : 'IPv4' });
    return this.#told(row, lang);
  }

  remove(id) {
    this.#rows.delete(id);
    this.#world.say(() => ({ type: 'removed', id }));
  }

  disable(id, lang) {
    const row = this.#rows.get(id);
    Object.assign(row, { status: 'disabled', status_since: Date.now(), stream: 'none', next_test_at: null });
    this.#note(row, 'disabled');
    return this.#told(row, lang);
  }

  enable(id, lang) {
    const row = this.#rows.get(id);
    Object.assign(row, { status: 'draft', status_since: Date.now() });
    this.#note(row, 'enabled');
    this.test(id, []);
    return this.#told(row, lang);
  }

  rotate(id, credentials, lang) {
    const row = this.#rows.get(id);
    this.#note(row, 'rotated');
    this.#key(row, credentials);
    this.test(id, []);
    return this.#told(row, lang);
  }

  history(id, query, lang) {
    const before = Number(query.get('before') ?? Infinity);
    const limit = Number(query.get('limit') ?? 50);
    const older = this.#rows.get(id).history.filter((entry) => entry.id < before);
    const entries = older.slice(0, limit).map(({ values, ...entry }) => ({
      ...entry, detail: values, text: events[entry.kind][lang].replace(/\{(\w+)\}/g, (_, name) => values[name]),
    }));
    return { entries, more: older.length > limit };
  }

  test(id, accept) {
    const row = this.#rows.get(id);
    const test = (this.#tests += 1);
    for (const one of accept) {
      if (row.accepted.includes(one)) continue;
      row.accepted.push(one);
      this.#note(row, 'accepted', { what: one });
    }
    row.testing = true;
    if (row.status === 'draft') row.status = 'testing';
    this.#told(row);
    this.#run(row, test);
    return test;
  }

  #run(row, test) {
    const { faults, stepMs, say } = this.#world;
    const kind = kindOf(row.credentials);
    let [code, failing] = faults.get(row.exchange) ? ['exchange_unavailable', 'reach'] : ENDINGS[kind];
    const waived = { withdrawal_unknown: 'unknown_withdrawal', transfer_enabled: 'internal_transfer' }[code];
    const warned = waived && row.accepted.includes(waived) ? failing : null;
    if (warned) [code, failing] = [null, null];
    const steps = [];
    const ids = IDS.filter((id) => id !== 'positions' || row.market === 'futures');
    const next = (index) => {
      const id = ids[index];
      if (!this.#rows.has(row.id)) return;
      if (!id) return this.#end(row, test, { code, kind, steps });
      say(() => ({ type: 'step', connection: row.id, test, step: { id, result: 'running', ms: 0, detail: '' } }));
      setTimeout(() => {
        const failed = steps.some((step) => step.result === 'fail');
        const result = failed ? 'skip' : id === failing ? 'fail' : id === warned ? 'warn' : 'pass';
        const step = { id, result, ms: result === 'skip' ? 0 : 3 + index, detail: result === 'pass' ? (DETAILS[id] ?? '') : '' };
        steps.push(step);
        say(() => ({ type: 'step', connection: row.id, test, step }));
        next(index + 1);
      }, stepMs);
    };
    next(0);
  }

  #end(row, test, { code, kind, steps }) {
    const at = Date.now();
    const passed = (id) => steps.some((step) => step.id === id && ['pass', 'warn'].includes(step.result));
    const claim = (answer, evidence) => ({ answer, evidence: answer === 'unknown' ? '' : evidence, at: answer === 'unknown' ? 0 : at });
    const known = (id, answer) => (passed(id) ? answer : 'unknown');
    const withdraw = kind === 'withdrawing' ? 'yes' : kind === 'unknown_withdrawal' ? 'unknown' : known('permissions', 'no');
    const claims = {
      key_valid: claim(passed('key') ? 'yes' : /^invalid/.test(code) ? 'no' : 'unknown', 'GET /api/v1/user/api-key answered 200000'),
      read: claim(known('balance', 'yes'), 'GET /api/v1/accounts answered 200000'),
      spot_trade: claim(known('permissions', row.market === 'spot' && code !== 'no_trade_permission' ? 'yes' : 'no'), 'permission list of the key'),
      futures_trade: claim(known('permissions', row.market === 'futures' && code !== 'no_trade_permission' ? 'yes' : 'no'), 'permission list of the key'),
      withdraw: claim(withdraw, 'permission list of the key'),
      transfer: claim(kind === 'transferring' ? 'yes' : known('permissions', 'no'), 'permission list of the key'),
      ip_bound: claim(row.exchange === 'kucoin' ? known('ip_allow_list', 'yes') : 'unknown', 'ipWhitelist 203.**.113.7'),
    };
    const report = {
      exchange: row.exchange, market: row.market, problem: code,
      verdict: code === null ? 'connected' : ['withdraw_enabled', 'transfer_enabled'].includes(code) ? 'refused' : 'failed',
      claims, ip_allow_list: row.exchange === 'kucoin' && passed('ip_allow_list') ? ['203.**.113.7'] : [],
      egress_ip: { v4: row.exchange === 'kucoin' || code === 'ip_not_allowed' ? '203.0.113.7' : null, v6: null },
      expires_at: row.exchange === 'mexc' ? at + 71.5 * DAY : null, account_id: '24680', steps,
      balances: passed('balance') ? [{ asset: 'USDT', free: '10000', locked: '250.5' }, { asset: 'BTC', free: '0.123456789012345678', locked: '0' }] : [],
    };
    const status = { connected: 'connected', refused: 'refused', failed: 'error' }[report.verdict];
    const keep = code === 'exchange_unavailable' && row.status === 'connected';
    Object.assign(row, {
      report, testing: false, tested_at: at, proven_at: code === null ? at : row.proven_at, next_test_at: at + 900_000, problem: code, stream: code === null ? 'live' : 'none',
      ...(keep ? {} : { status, claims, ...(row.status === status ? {} : { status_since: at }) }),
      expires_at: report.expires_at, expiry_basis: report.expires_at ? 'inferred' : null,
      warnings: code !== null ? [] : [
        ...(row.exchange === 'mexc' ? ['no_allow_list'] : []),
        ...(kind === 'unknown_withdrawal' ? ['withdrawal_unproven'] : []), ...(kind === 'transferring' ? ['transfer_accepted'] : []),
      ],
    });
    this.#note(row, 'tested', { result: code === null ? 'Online' : problems[code].en[0] });
    this.#told(row);
    this.#world.say((lang) => ({ type: 'report', connection: row.id, test, report: { ...report, problem: code && this.#trouble(code, lang) } }));
  }

  #trouble(code, lang) {
    const [title, cause, remedy] = problems[code][lang];
    return { code, title, cause, remedy, exchange_code: { ip_not_allowed: '400006', invalid_secret: '400005', exchange_unavailable: '503' }[code] ?? null, exchange_message: null, remark: null };
  }

  #told(row, lang = 'en') {
    this.#world.say((one) => ({ type: 'connection', connection: this.show(row.id, one) }));
    return this.show(row.id, lang);
  }

  #key(row, credentials) {
    row.credentials = credentials;
    row.key_fingerprint = createHash('sha256').update(credentials.key).digest('hex').slice(0, 8).toUpperCase().replace(/(.{4})/, '$1-');
  }

  #note(row, kind, values = {}) {
    row.history.unshift({ id: (row.history[0]?.id ?? 0) + 1, at: Date.now(), kind, values });
  }
}
