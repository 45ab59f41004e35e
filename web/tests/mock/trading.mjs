// The test double's strategies, groups, decisions and prices: the shapes of the server and just enough behaviour to walk
// through the pages. A signal opens a group, adds to it in a zone that is still free, is blocked elsewhere, or closes it.
import { randomBytes } from 'node:crypto';
import { decimalsOf, effective, faults, figures, kept, ladder } from './ladder.mjs';
import { sentenceOf, verdictsOf } from './trading-texts.mjs';

const MINUTE = 60_000;
const PAIRS = ['ETH/USDT', 'BTC/USDT', 'SOL/USDT', 'ETHW/USDT', 'ETH/BTC', 'DOGE/USDT'];
const START = { ETH: 3000, BTC: 96_500, SOL: 182.4, ETHW: 2.91, DOGE: 0.1834 };

export class Trading {
  equity = 10_000;
  free = 8_641.2;
  #world;
  #strategies = new Map();
  #groups = new Map();
  #decisions = [];
  #alarms = [];
  #prices = new Map();
  #mode = 'normal';
  #modes = new Map();
  #frozen = new Set();
  #candles = new Map();
  #paths = new Map();
  #count = 0;
  #seed = 7;

  /** `world`: connections (the double's), say(makeMessage), still (prices stand unless they are set). */
  constructor(world) {
    this.#world = world;
    if (world.still) return;
    setInterval(() => this.#tick(), 400).unref();
  }

  #random = () => ((this.#seed = (this.#seed * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31);
  #number = () => (this.#count += 1); // Groups, decisions and alarms are numbered.
  has = (kind, id) => ({ strategies: this.#strategies, groups: this.#groups })[kind]?.has(id) ?? true;
  price = (pair) => this.#prices.get(pair) ?? START[pair.split('/')[0]] ?? 1;

  setPrice(pair, price) {
    this.#prices.set(pair, price);
    this.#move(pair);
  }

  #tick() {
    const pairs = new Set([...this.#groups.values()].filter((group) => group.closed_at === null).map((group) => group.pair));
    for (const pair of pairs) {
      this.#prices.set(pair, this.price(pair) * (1 + (this.#random() - 0.5) * 0.0012));
      this.#move(pair);
    }
  }

  /** What everybody hears of a new price: the price, its candle, the groups it is about, the accounts. */
  #move(pair) {
    const price = this.price(pair), at = Date.now(), text = price.toFixed(decimalsOf(price));
    for (const connection of this.#world.connections.all('en')) {
      this.#world.say(() => ({ type: 'price', connection: connection.id, pair, bid: text, ask: text, last: text, mark: text, at }));
      const candles = this.#history(pair), minute = Math.floor(at / MINUTE) * MINUTE;
      if (candles.at(-1)[0] < minute) candles.push([minute, text, text, text, text, '1']);
      const last = candles.at(-1);
      candles[candles.length - 1] = [last[0], last[1], String(Math.max(Number(last[2]), price)), String(Math.min(Number(last[3]), price)), text, '1'];
      this.#world.say(() => ({ type: 'candle', connection: connection.id, pair, interval: '1m', candle: candles.at(-1) }));
    }
    for (const group of this.#groups.values()) if (group.pair === pair && group.closed_at === null) this.#world.say(() => ({ type: 'group', group: this.#group(group) }));
    for (const connection of this.#world.connections.all('en')) this.#world.say(() => ({ type: 'account', account: this.account(connection.id, 'en') }));
  }

  /** Where the price has been: [hours ago, price], oldest first. Tells the past anew. */
  path(pair, points) {
    this.#paths.set(pair, points);
    this.#candles.delete(pair);
  }

  /** A past that leads to the present price through the path's points: made once. */
  #history(pair) {
    if (!this.#candles.has(pair)) {
      const now = Math.floor(Date.now() / MINUTE), price = this.price(pair), points = [...(this.#paths.get(pair) ?? [[25, price * 0.985]]), [0, price]];
      const along = (ago) => {
        const next = Math.max(1, points.findIndex(([hours]) => hours * 60 <= ago)), [from, a] = points[next - 1], [to, b] = points[next];
        return a + (b - a) * Math.min(1, Math.max(0, (from * 60 - ago) / ((from - to) * 60)));
      };
      const made = [];
      let wander = 0, open = along(1500);
      for (let ago = 1499; ago >= 0; ago -= 1) {
        wander = ago === 0 ? 0 : wander * 0.97 + (this.#random() - 0.5) * 0.0022;
        const close = along(ago) * (1 + wander), swing = price * 0.0008 * this.#random();
        made.push([(now - ago) * MINUTE, ...[open, Math.max(open, close) + swing, Math.min(open, close) - swing, close].map((one) => one.toFixed(decimalsOf(price))), '1']);
        open = close;
      }
      this.#candles.set(pair, made);
    }
    return this.#candles.get(pair);
  }

  candles({ pair, interval, since, limit }) {
    const length = { '1m': 1, '5m': 5, '15m': 15, '1h': 60, '4h': 240, '1d': 1440 }[interval] * MINUTE, out = [];
    for (const [at, open, high, low, close] of this.#history(pair)) {
      const bar = Math.floor(at / length) * length, last = out.at(-1);
      if (last?.[0] !== bar) out.push([bar, open, high, low, close, '1']);
      else out[out.length - 1] = [bar, last[1], String(Math.max(last[2], high)), String(Math.min(last[3], low)), close, '1'];
    }
    return { candles: out.filter(([at]) => at >= (since ?? 0)).slice(-(limit ?? 500)) };
  }

  instruments(connection, search, closed) {
    const futures = this.#world.connections.all('en').find((one) => one.id === connection)?.market === 'futures';
    const rows = PAIRS.filter((pair) => !futures || pair.endsWith('/USDT')).map((pair) => ({
      pair: futures ? `${pair}:USDT` : pair, price_step: '0.01', quantity_step: '0.0001', min_quantity: '0.0001', min_notional: '5', contract_size: '1',
      tradable: !pair.startsWith('DOGE'), api_tradable: pair.startsWith('ETHW') ? false : pair.startsWith('SOL') ? null : true, order_types: pair === 'ETH/BTC' ? ['limit'] : ['limit', 'market'],
      refused: pair === 'ETH/BTC' ? { at: Date.now() - 1_200_000, words: 'pair suspended for API orders', holds: true } : null,
      fees: pair.startsWith('BTC') ? { maker_pct: '0.1', taker_pct: '0.08' } : null,
      orders: pair === 'ETH/BTC'
        ? [{ form: 'limit', accepted_at: Date.now() - 7_200_000, refused: null },
          { form: 'immediate', accepted_at: null, refused: { at: Date.now() - 1_200_000, code: 'symbol_not_tradable', exchange_code: '10007', words: 'IOC orders are closed', holds: true } }]
        : [] }));
    const open = ({ tradable, api_tradable, refused }) => tradable && api_tradable !== false && !refused?.holds;
    return { instruments: rows.filter((one) => one.pair.toLowerCase().includes((search ?? '').toLowerCase()) && !(closed && open(one))), more: false, loading: false };
  }

  // Strategies.
  strategies = (lang) => [...this.#strategies.keys()].map((id) => this.strategy(id, lang));

  strategy(id, lang) {
    const row = this.#strategies.get(id), reference = (name) => {
      const found = this.#world.connections.all(lang).find((one) => one.name === name || one.id === name);
      return found ? { id: found.id, name: found.name, exchange: found.exchange, market: found.market, status: found.status, simulated: this.#world.demo } : null;
    };
    const connection = reference(row.settings.connection), set = effective(row.settings);
    const refused = connection ? ladder({ settings: row.settings, pair: row.settings.pairs[0] }, this, lang).problems : faults(row.settings, lang);
    return { id, name: row.settings.name, enabled: row.enabled, mode: row.mode, paper: row.paper, simulated: this.#world.demo, connection, pro_connection: reference(set.recovery.pro_connection), settings: kept(row.settings),
      effective: set, problems: refused, warnings: [], open_groups: this.#open(id).length, created_at: row.created_at, changed_at: row.changed_at, last_signal_at: row.last_signal_at,
      hard_stop_rests: false, hard_stop_local_why: 'unproven' };
  }

  #open = (strategy) => [...this.#groups.values()].filter((group) => group.strategy === strategy && group.closed_at === null);
  #told(id) {
    this.#world.say((lang) => ({ type: 'strategy', strategy: this.strategy(id, lang) }));
  }

  refusal = (settings, lang) => faults(settings, lang)[0] ?? null;

  addStrategy(settings, paper = false) {
    const id = `s${this.#number()}`, token = randomBytes(18).toString('base64url'), at = Date.now();
    this.#strategies.set(id, { settings, paper, token, enabled: false, mode: 'normal', created_at: at, changed_at: at, last_signal_at: null });
    this.#told(id);
    return id;
  }
  hook = (id) => ({ path: `/hooks/${this.#strategies.get(id).token}`, token: this.#strategies.get(id).token });

  change(id, changes) {
    Object.assign(this.#strategies.get(id), changes, 'settings' in changes ? { changed_at: Date.now() } : {});
    if (changes.mode === 'close_now') for (const group of this.#open(id)) this.#close(group, 'close_now');
    this.#told(id);
  }
  rotate(id) {
    this.#strategies.get(id).token = randomBytes(18).toString('base64url');
    return this.hook(id);
  }
  remove(id) {
    this.#strategies.delete(id);
    this.#world.say(() => ({ type: 'strategy_removed', id }));
  }
  busy = (id) => this.#open(id).length > 0;

  // Signals and what becomes of them.
  byToken = (token) => [...this.#strategies].find(([, row]) => row.token === token)?.[0];

  signal(id, { pair, direction, kind, tag = null }, source = 'manual') {
    const signal = { id: this.#number(), source, kind, pair, direction, tag, time: Date.now() };
    setTimeout(() => this.decide(id, signal), 60);
    return signal.id;
  }

  decide(id, signal, at = Date.now()) {
    const row = this.#strategies.get(id), set = effective(row.settings), long = signal.direction === 'long', price = this.price(signal.pair);
    const old = this.#open(id).find((one) => one.pair === signal.pair && one.direction === signal.direction && one.route === 'main');
    const pro = signal.kind === 'entry' && old?.state === 'RECOVERY' && set.recovery.pro_connection !== null;
    const group = pro ? undefined : old, before = group ? this.#figures(group) : null;
    const moved = group ? ((long ? group.anchor - price : price - group.anchor) / group.anchor) * 100 : 0;
    const step = Number(set.add_on.zone_step_pct), zone = Math.floor(moved / step + 1e-9), used = group?.zones ?? 0;
    let outcome, failed = [];
    if (signal.kind === 'exit') [outcome, failed] = group ? ['CLOSED', []] : ['BLOCKED', ['NO_OPEN_GROUP']];
    else {
      if (!row.enabled) failed.push('STRATEGY_DISABLED');
      if (row.mode !== 'normal' && row.mode !== 'no_new_groups') failed.push('MODE_NO_ENTRIES');
      if (!row.settings.pairs.includes(signal.pair)) failed.push('PAIR_NOT_ENABLED');
      if (group?.state === 'RECOVERY') failed.push('GROUP_IN_RECOVERY', 'RECOVERY_OUT_OF_ZONE');
      else if (group) {
        if (zone < 1 || zone > set.add_on.max) failed.push('ADDON_OUT_OF_ZONE');
        else if (zone <= used) failed.push('ADDON_ZONE_USED');
        if (group.fills.length - 1 >= set.add_on.max) failed.push('ADDON_LIMIT_REACHED');
        if (long ? price >= before.breakEven : price <= before.breakEven) failed.push('ADDON_WORSENS_AVERAGE');
      }
      outcome = failed.length > 0 ? 'BLOCKED' : group ? 'ADDED' : 'OPENED';
    }
    row.last_signal_at = at;
    const touched = outcome === 'OPENED' ? this.open(id, signal, pro, at) : group;
    if (outcome === 'ADDED') this.#add(touched, zone, at);
    if (outcome === 'CLOSED') this.#close(touched, 'exit_signal', at);
    const facts = { price, zone, step, before, after: touched ? this.#figures(touched) : null, anchor: group?.anchor, used, max: set.add_on.max, adds: group ? group.fills.length - 1 : 0 };
    const decision = { id: this.#number(), at, signal, strategy: id, route: pro ? 'pro' : 'main', group: touched?.id ?? null, group_state: touched?.state ?? null, outcome, primary: failed[0] ?? null, failed, facts };
    this.#decisions.unshift(decision);
    this.#world.say((lang) => ({ type: 'decision', decision: this.#decision(decision, lang) }));
    if (touched) this.#world.say(() => ({ type: 'group', group: this.#group(touched) }));
    this.#told(id);
    return decision;
  }

  #decision(row, lang) {
    const { facts, strategy, ...rest } = row;
    const order = ['OPENED', 'ADDED', 'CLOSED'].includes(row.outcome) ? { side: (row.signal.direction === 'long') === (row.outcome !== 'CLOSED') ? 'buy' : 'sell', type: 'limit', price: facts.price.toFixed(2), quantity: '0.0333' } : null;
    return { ...rest, strategy: { id: strategy, name: this.#strategies.get(strategy)?.settings.name ?? '?' }, sentence: sentenceOf(row, lang), order };
  }

  decision(id, lang) {
    const row = this.#decisions.find((one) => one.id === id);
    if (!row) return null;
    const text = (figures) => figures && { average: figures.average.toFixed(10), break_even: figures.breakEven.toFixed(10), take_profit: figures.takeProfit.toFixed(10), exit_price: figures.takeProfit.toFixed(2), margin_used: figures.margin.toFixed(4), liquidation_price: figures.liquidation?.toFixed(2) ?? null, zone: row.facts.zone > 0 ? String(row.facts.zone) : null, state: row.group_state };
    return { ...this.#decision(row, lang), verdicts: verdictsOf(row, lang), group_before: text(row.facts.before), group_after: ['OPENED', 'ADDED', 'CLOSED'].includes(row.outcome) ? text(row.facts.after) : null };
  }

  decisions({ strategy, outcome, pair, group, before, limit = 50 }, lang) {
    const fits = this.#decisions.filter((one) => (!strategy || one.strategy === strategy) && (!outcome || one.outcome === outcome) && (!pair || one.signal.pair === pair) && (!group || one.group === group));
    return page(fits, before, limit, (one) => this.#decision(one, lang), 'decisions');
  }

  // Groups.
  open(strategy, { pair, direction }, pro = false, at = Date.now(), price = this.price(pair)) {
    const row = this.#strategies.get(strategy), set = effective(row.settings), futures = row.settings.market === 'futures';
    const group = { id: this.#number(), strategy, pair, direction, route: pro ? 'pro' : 'main', state: 'ACTIVE', anchor: price, base: 99.9, zones: 0, opened_at: at, closed_at: null, close_reason: null, realised: 0, fills: [], recovery: null, desync: null, target: Number(set.exit.take_profit_pct) / 100, leverage: futures ? Number(set.futures.leverage) : 1 };
    this.#groups.set(group.id, group);
    this.#buy(group, 'entry', price, at);
    return group;
  }
  #buy(group, leg, price, at) {
    const quantity = Number(((group.base * group.leverage) / price).toPrecision(5));
    group.fills.push({ at, leg, side: group.direction === 'long' ? 'buy' : 'sell', price, quantity, fee: price * quantity * 0.001 });
  }
  #add(group, zone, at, price = this.price(group.pair)) {
    group.zones = zone;
    this.#buy(group, 'add_on', price, at);
    const max = effective(this.#strategies.get(group.strategy).settings).add_on.max;
    if (group.fills.length - 1 >= max && group.state === 'ACTIVE') this.recover(group.id, [{ code: 'add_ons_used', actual: `${max}`, limit: `${max}` }]);
  }
  addAt = (id, zone, at, price) => this.#add(this.#groups.get(id), zone, at, price);

  #close(group, reason, at = Date.now()) {
    const { q } = this.#figures(group), price = this.price(group.pair);
    group.realised = this.#unrealised(group);
    group.fills.push({ at, leg: reason === 'exit_signal' ? 'exit' : 'close', side: group.direction === 'long' ? 'sell' : 'buy', price, quantity: q, fee: price * q * 0.001 });
    Object.assign(group, { state: 'CLOSED', closed_at: at, close_reason: reason, recovery: null, desync: null });
    this.#world.say(() => ({ type: 'group', group: this.#group(group) }));
    this.#told(group.strategy);
  }
  closeAt = (id, reason, at) => this.#close(this.#groups.get(id), reason, at);

  recover(id, triggers, since = Date.now()) {
    Object.assign(this.#groups.get(id), { state: 'RECOVERY', recovery: { since, triggers, add_ons: 0 } });
  }
  disagree(id, expected, found) {
    Object.assign(this.#groups.get(id), { state: 'DESYNC', desync: { expected, found, average: null }, funding_missed: [{ from: 1790000000000, to: 1790028800000, why: 'no_rates' }] });
  }

  act(id, act) {
    const group = this.#groups.get(id);
    if (act === 'close') this.#close(group, 'user');
    else if (act === 'let-go') Object.assign(group, { state: 'CLOSED', closed_at: Date.now(), close_reason: 'let_go' });
    else if (act === 'recover') this.recover(id, [{ code: 'user', actual: '', limit: '' }]);
    else Object.assign(group, { state: 'ACTIVE', recovery: null, desync: null });
    this.#world.say(() => ({ type: 'group', group: this.#group(group) }));
    return this.#group(group);
  }

  orphaned = (id) => Boolean(this.#groups.get(id).orphaned);
  openOn = (connection) => [...this.#groups.values()].filter((one) => one.closed_at === null).map((one) => this.#group(one)).filter((one) => one.connection?.id === connection && !one.paper);
  orphan(connection) {
    for (const { id, exit, connection: { name, exchange, market } } of this.openOn(connection)) {
      const group = this.#groups.get(id);
      group.orphaned = { since: Date.now(), connection: name, exchange, market, site: 'global', again: connection };
      group.rests = exit;
      this.#world.say(() => ({ type: 'group', group: this.#group(group) }));
    }
  }

  /** Its connection is here again. */
  takeUp(connection) {
    for (const group of this.#groups.values()) {
      if (group.closed_at !== null || group.orphaned?.again !== connection) continue;
      delete group.orphaned;
      this.#world.say(() => ({ type: 'group', group: this.#group(group) }));
    }
  }

  #figures(group) {
    const entries = group.fills.filter((fill) => fill.leg === 'entry' || fill.leg === 'add_on');
    return figures(entries, { long: group.direction === 'long', fee: 0.001, target: group.state === 'RECOVERY' ? 0.003 : group.target, leverage: group.leverage });
  }
  #unrealised(group) {
    const { q, n } = this.#figures(group), price = this.price(group.pair);
    return group.direction === 'long' ? q * price * 0.999 - n * 1.001 : n * 0.999 - q * price * 1.001;
  }

  #group(group) {
    const all = this.#figures(group), set = effective(this.#strategies.get(group.strategy)?.settings ?? {}), digits = decimalsOf(group.anchor), long = group.direction === 'long';
    const reference = this.strategy(group.strategy, 'en'), connection = group.orphaned ? null : group.route === 'pro' ? reference.pro_connection : reference.connection;
    const step = Number(set.add_on.zone_step_pct) / 100, at = (k) => (group.anchor * (long ? 1 - k * step : 1 + k * step)).toFixed(digits), open = group.closed_at === null;
    const takeProfit = all.takeProfit.toFixed(digits), quantity = all.q.toFixed(5);
    return {
      id: group.id, strategy: { id: group.strategy, name: reference.name }, connection, pair: group.pair, direction: group.direction, state: group.state, route: group.route, paper: reference.paper, simulated: reference.simulated,
      opened_at: group.opened_at, closed_at: group.closed_at, close_reason: group.close_reason, anchor: group.anchor.toFixed(digits), quantity: open || group.orphaned ? quantity : '0', average: open ? all.average.toFixed(10) : null, break_even: open ? all.breakEven.toFixed(10) : null, take_profit: open ? takeProfit : null,
      exit: open && group.state !== 'DESYNC' ? { price: takeProfit, quantity, resting: true, filled: '0' } : null, liquidation: open ? all.liquidation?.toFixed(digits) ?? null : null, hard_stop: null, hard_stop_resting: false, hard_stop_order: null, hard_stop_local_why: 'unproven', funding: '0',
      margin_used: open ? all.margin.toFixed(4) : '0', margin_limit: '500', unrealised: open ? this.#unrealised(group).toFixed(6) : null, realised: group.realised.toFixed(4), fees: group.fills.reduce((sum, fill) => sum + fill.fee, 0).toFixed(6),
      add_ons: group.fills.filter((fill) => fill.leg === 'add_on').length, add_ons_max: set.add_on.max, zones: Array.from({ length: set.add_on.max }, (_, k) => ({ number: k + 1, from: at(k + 1), to: at(k + 2), used: k + 1 <= group.zones })),
      recovery: group.recovery, orphaned: group.orphaned ?? null, unreadable: null, below_minimum: null, desync: group.desync, funding_missed: group.funding_missed ?? [], mark: this.price(group.pair).toFixed(digits),
    };
  }

  group(id, lang) {
    const group = this.#groups.get(id), shown = this.#group(group), exit = shown.exit ?? group.rests;
    return {
      ...shown, fills: group.fills.map(({ fee, price, quantity, ...fill }) => ({ ...fill, price: price.toFixed(decimalsOf(price)), quantity: String(quantity), fee: { asset: 'USDT', amount: fee.toFixed(6) } })),
      orders: exit ? [{ client_order_id: `bf1${group.id}x01`, purpose: 'exit', side: group.direction === 'long' ? 'sell' : 'buy', price: exit.price, quantity: exit.quantity, filled: '0', status: 'open' }] : [],
      decisions: this.#decisions.filter((one) => one.group === id).map((one) => this.#decision(one, lang)),
      unkept: null,
    };
  }
  groups({ state, strategy, connection, before, limit = 50 }) {
    const fits = [...this.#groups.values()].reverse().filter((one) => (one.closed_at === null) === (state !== 'closed') && (!strategy || one.strategy === strategy) && (!connection || this.#group(one).connection?.id === connection));
    return page(fits, before, limit, (one) => this.#group(one), 'groups');
  }

  // Account, mode, alarms.
  account(id, lang) {
    const { name, exchange, market, status } = this.#world.connections.show(id, lang);
    const mine = [...this.#groups.values()].filter((one) => one.closed_at === null).map((one) => this.#group(one)).filter((one) => one.connection?.id === id);
    const used = mine.reduce((sum, one) => sum + Number(one.margin_used), 0), reserved = mine.reduce((sum, one) => sum + 500 - Number(one.margin_used), 0);
    return { connection: { id, name, exchange, market, status, simulated: this.#world.demo }, paper: false, asset: 'USDT', equity: this.equity.toFixed(4), free: this.free.toFixed(4), locked: '312.5', margin_used: used.toFixed(4), margin_reserved: reserved.toFixed(4), limit: '2000', deposit_load: (used / this.equity).toFixed(4),
      groups: mine.map((one) => ({ id: one.id, pair: one.pair, margin_used: one.margin_used, reserved: (500 - Number(one.margin_used)).toFixed(4) })), brake: { active: false, drawdown: '0.018', limit: '0.1' }, mode: this.#modes.get(id) ?? this.#mode, own_mode: this.#modes.get(id) ?? 'normal', frozen: this.#frozen.has(id), at: Date.now() };
  }
  freeze(id, on) {
    this.#frozen[on ? 'add' : 'delete'](id);
    this.#world.say(() => ({ type: 'mode', ...this.modes() }));
  }
  modes = () => ({ mode: this.#mode, connections: Object.fromEntries(this.#modes) });
  mode(mode, connection) {
    if (connection) this.#modes.set(connection, mode);
    else this.#mode = mode;
    this.#world.say(() => ({ type: 'mode', ...this.modes() }));
    if (mode === 'close_now') for (const group of this.#groups.values()) if (group.closed_at === null && (!connection || this.#group(group).connection?.id === connection)) this.#close(group, 'close_now');
    return { mode };
  }
  alarm(severity, code, texts, { connection = null, group = null, acknowledged = false, at = Date.now() } = {}) {
    const alarm = { id: this.#number(), at, code, severity, texts, connection, group, foreign: null, acknowledged };
    this.#alarms.unshift(alarm);
    this.#world.say((lang) => ({ type: 'alarm', alarm: this.#alarm(alarm, lang) }));
  }
  #alarm = ({ texts, ...alarm }, lang) => ({ ...alarm, text: texts[lang] });
  alarms = (lang) => ({ alarms: this.#alarms.map((one) => this.#alarm(one, lang)) });
  acknowledge(id) {
    const alarm = this.#alarms.find((one) => one.id === id);
    alarm.acknowledged = true;
    this.#world.say((lang) => ({ type: 'alarm', alarm: this.#alarm(alarm, lang) }));
  }
}

function page(all, before, limit, shown, name) {
  const from = before ? all.findIndex((one) => one.id === before) + 1 : 0;
  return { [name]: all.slice(from, from + limit).map(shown), more: all.length > from + limit, unkept: null };
}
