// The test double's arithmetic: what the levels fill in, a ladder, a group's figures. In floats and without fees in coins:
// good enough to draw, wrong to trade on. The server has its own, exact.
export const LEVELS = {
  low: { group: 5, connection: 20, max: 3, step: 5, size: 1, leverage: 2, adverse: 8, groups: 3 },
  medium: { group: 10, connection: 40, max: 4, step: 4, size: 1.2, leverage: 4, adverse: 10, groups: 4 },
  high: { group: 15, connection: 60, max: 5, step: 3, size: 1.5, leverage: 5, adverse: 12, groups: 4 },
};

/** Settings with every null filled. */
export const effective = (given) => filled(given, LEVELS[given.risk_level] ?? LEVELS.low);
/** Settings as they are kept: what the level would fill is null. */
export const kept = (given) => filled(given, {});

function filled(given, level) {
  const text = (value) => (value === undefined ? null : String(value));
  const over = (base, mine = {}) => ({ ...base, ...Object.fromEntries(Object.entries(mine).filter(([, value]) => value !== null)) });
  return {
    name: '', market: 'spot', pairs: [], directions: [], risk_level: 'low', ...given, connection: given.connection ?? '', on_opposite: given.on_opposite ?? 'block', allow_shrink: given.allow_shrink ?? false,
    margin: over({ group_limit: null, group_limit_pct: text(level.group), strategy_limit: null, connection_limit_pct: text(level.connection), recovery_reserve_pct: '20' }, given.margin),
    entry: over({ base_order: null, max_slippage_pct: '0.20', max_spread_pct: '0.50', pair_cooldown_s: 0, max_open_groups: level.groups ?? null, max_lag_s: 300 }, given.entry),
    add_on: over({ trigger: 'signal_and_zone', on_entry_signal: true, max: level.max ?? null, zone_step_pct: text(level.step), zone_step_multiplier: '1.0', size_multiplier: text(level.size), min_improvement_pct: '0.10', cooldown_s: 60, anchor: 'first_entry' }, given.add_on),
    exit: over({ take_profit_pct: '1.0', hard_stop_pct: null, allow_loss_exit: false }, given.exit),
    recovery: over({ enabled: true, cautious: false, adverse_move_pct: text(level.adverse), add_on_mode: 'signal', add_on_budget: 1, min_improvement_pct: '0.50', cooldown_s: 14400, target_pct: '0.30', auto_release: false, pro_connection: null }, given.recovery),
    futures: over({ leverage: level.leverage ?? null, margin_mode: 'isolated', min_liq_distance_pct: '10', liquidation_guard_pct: '3' }, { ...given.futures, ...(given.futures?.leverage ? { leverage: Number(given.futures.leverage) } : {}) }),
    brake: over({ drawdown_pct: '10', window_h: 24 }, given.brake), fees: over({ maker_pct: '0.1', taker_pct: '0.1' }, given.fees),
    generator: over({ enabled: false, interval: '15m', fast: 20, slow: 50, quiet_factor: '2' }, given.generator),
  };
}

/** Fields out of range or missing, as the server tells them. */
export function faults(given, lang) {
  const set = effective(given), found = [];
  const say = (field, en, nl) => found.push({ code: 'SETTINGS_INVALID', field, text: lang === 'nl' ? nl : en });
  if (!given.name) say('name', 'must be 1 to 100 characters', 'moet 1 tot 100 tekens zijn');
  if (!given.connection) say('connection', 'is missing: the connection it trades on', 'ontbreekt: de verbinding waarop ze handelt');
  if (!given.pairs?.length) say('pairs', 'names no pair', 'noemt geen paar');
  if (!given.directions?.length) say('directions', 'names neither long nor short', 'noemt long noch short');
  if (!(set.add_on.max >= 0 && set.add_on.max <= 10)) say('add_on.max', `is ${set.add_on.max}; it must be from 0 to 10`, `is ${set.add_on.max}; het moet van 0 tot en met 10 zijn`);
  const step = Number(set.add_on.zone_step_pct);
  if (!(step > 0 && step <= 50)) say('add_on.zone_step_pct', `is ${step}; it must be above 0 and at most 50`, `is ${step}; het moet boven 0 en hoogstens 50 zijn`);
  else if (step * (set.add_on.max + 1) >= 100) say('add_on.zone_step_multiplier', 'the last zone ends beyond 100 %', 'de laatste zone eindigt voorbij 100 %');
  if (given.recovery?.pro_connection && given.recovery.pro_connection === given.connection) say('recovery.pro_connection', 'is the strategy’s own connection', 'is de eigen verbinding van de strategie');
  return found;
}

const fixed = (value, digits) => value.toFixed(digits);
export const decimalsOf = (price) => (price > 1000 ? 2 : 4);

/** What a group is after these fills: the product's formulas, fees in the quote currency. */
export function figures(fills, { long, fee, target, leverage }) {
  const n = fills.reduce((sum, one) => sum + one.price * one.quantity, 0), q = fills.reduce((sum, one) => sum + one.quantity, 0);
  const average = n / q;
  const cost = long ? n * (1 + fee) : n * (1 - fee);
  const close = long ? 1 - fee : 1 + fee;
  const liquidation = leverage > 1 ? (long ? (average - n / leverage / q) / (1 - (0.005 + fee)) : (average + n / leverage / q) / (1 + (0.005 + fee))) : null;
  return { q, n, average, breakEven: cost / (q * close), takeProfit: (long ? cost + target * n : cost - target * n) / (q * close), liquidation, margin: leverage > 1 ? n / leverage : n * (1 + fee) };
}

export function ladder({ settings, pair, price: asked, equity: given }, world, lang) {
  const set = effective(settings), problems = faults(settings, lang);
  const direction = settings.directions?.[0] ?? 'long', long = direction === 'long';
  const none = { pair: pair ?? '', direction: null, price: null, equity: null, ok: false, problems, warnings: [], rungs: [], effective: set };
  if (!pair || !settings.connection || problems.some((one) => one.field?.includes('.'))) return none;
  const price = Number(asked ?? world.price(pair)), equity = Number(given ?? world.equity), digits = decimalsOf(price);
  const leverage = settings.market === 'futures' ? Number(set.futures.leverage) : 1, fee = Number(set.fees.taker_pct) / 100;
  const share = (equity * Number(set.margin.group_limit_pct)) / 100;
  const limit = set.margin.group_limit === null ? share : Math.min(share, Number(set.margin.group_limit));
  const reserve = (limit * Number(set.margin.recovery_reserve_pct)) / 100, count = Number(set.add_on.max), growth = Number(set.add_on.size_multiplier);
  const parts = 1 + Array.from({ length: count }, (_, k) => growth ** k).reduce((sum, one) => sum + one, 0);
  const base = set.entry.base_order === null ? (limit - reserve) / ((leverage > 1 ? 1 + 2 * fee * leverage : 1 + fee) * parts) : Number(set.entry.base_order);
  const step = Number(set.add_on.zone_step_pct) / 100, multiplier = Number(set.add_on.zone_step_multiplier);
  const edges = [0];
  for (let k = 0, gap = step; k <= count; k += 1, gap *= multiplier) edges.push(edges[k] + gap);
  const at = (edge) => price * (long ? 1 - edge : 1 + edge);
  const fills = [], rungs = [];
  let total = 0;
  for (let k = 0; k <= count; k += 1) {
    const money = k === 0 ? base : base * growth ** (k - 1), here = at(edges[k]), quantity = (money * leverage) / here;
    fills.push({ price: here, quantity });
    const now = figures(fills, { long, fee, target: Number(set.exit.take_profit_pct) / 100, leverage });
    const margin = leverage > 1 ? money * (1 + 2 * fee * leverage) : money * (1 + fee);
    total += margin;
    rungs.push({ number: k, zone: k || null, from: k ? fixed(here, digits) : null, to: k ? fixed(at(edges[k + 1]), digits) : null, price: fixed(here, digits), quantity: fixed(quantity, 5),
      quote: fixed(money * leverage, 2), margin: fixed(margin, 2), margin_total: fixed(total, 2), average: fixed(now.average, 10), break_even: fixed(now.breakEven, 10), take_profit: fixed(now.takeProfit, 10), liquidation: now.liquidation === null ? null : fixed(now.liquidation, digits) });
  }
  const far = at(edges[count + 1]), all = figures(fills, { long, fee, target: 0, leverage });
  const loss = Math.abs(all.average - far) * all.q + 2 * all.n * fee;
  const lone = figures(fills.slice(0, 1), { long, fee, target: 0, leverage }).liquidation;
  if (lone !== null && (long ? lone > far : lone < far)) {
    problems.push({ code: 'LADDER_LIQUIDATES_EARLY', field: 'futures.leverage', text: lang === 'nl'
      ? `Als geen bijkoop doorgaat wordt de eerste instap bij ${fixed(lone, digits)} geliquideerd, vóór het einde van de ladder op ${fixed(far, digits)}.`
      : `If no add-on goes through, the first entry alone is liquidated at ${fixed(lone, digits)}, before the end of the ladder at ${fixed(far, digits)}.` });
  }
  if (total > limit - reserve + 0.01) {
    problems.push({ code: 'LADDER_EXCEEDS_LIMIT', field: null, text: lang === 'nl'
      ? `De ladder gebruikt ${fixed(total, 2)} USDT; zonder de reserve laat de groepsgrens ${fixed(limit - reserve, 2)} toe.`
      : `The ladder uses ${fixed(total, 2)} USDT; without the reserve the group limit allows ${fixed(limit - reserve, 2)}.` });
  }
  const hard = problems.filter((one) => one.code !== 'SETTINGS_INVALID');
  return {
    pair, direction, price: fixed(price, digits), equity: fixed(equity, 2), ok: hard.length === 0, problems, warnings: [],
    limits: { group: fixed(limit, 2), reserve: fixed(reserve, 2), strategy: set.margin.strategy_limit, connection: fixed((equity * Number(set.margin.connection_limit_pct)) / 100, 2) },
    rungs, far_edge: fixed(far, digits), worst_case: { price: fixed(far, digits), loss: fixed(loss, 2), margin: fixed(total, 2) }, free_balance: fixed(world.free, 2), fits_balance: world.free >= total, liquidation_known: true, effective: set,
  };
}
