// What a connection's key may be used for, as the signer would say: enough of it for the page.
const caps = () => ({ order: '1000000', market_order: '100000', hour: '10000000', day: '50000000', exposure: '20000000' });

export class Limits {
  #of = new Map();

  get(id) {
    if (!this.#of.has(id)) {
      this.#of.set(id, {
        limits: {
          operations: ['place_order', 'place_stop', 'set_leverage', 'set_margin_mode'], market: 'spot', symbols: null,
          values: { BTC: { order: '10', market_order: '1', hour: '100', day: '500', exposure: '200' }, USDT: caps() },
          price_band: '20', exit_band: '90', leverage: 125, orders_a_minute: 600, exits_a_minute: 3000, raise_delay_s: 3600,
        },
        freeze: 'none', raise: null,
        used: [{ asset: 'USDT', hour: '1250', day: '4800.5', exposure: '910' }],
        findings: ['defaults', 'no_second_factor'],
      });
    }
    return this.#of.get(id);
  }
  put(id, wanted) {
    const state = this.get(id);
    const wider = Object.entries(wanted.values).some(([asset, own]) => Object.entries(own).some(([cap, value]) => Number(value) > Number(state.limits.values[asset]?.[cap] ?? 0)));
    state.raise = wider ? { limits: wanted, due: Date.now() + wanted.raise_delay_s * 1000 } : null;
    if (!wider) state.limits = wanted;
    state.findings = state.findings.filter((one) => one !== 'defaults');
    return state;
  }
  freeze(id, level) {
    const state = this.get(id);
    Object.assign(state, { freeze: level, raise: null });
    return state;
  }
}

export const limitsRoutes = (limits) => [
  ['GET', /^\/connections\/([^/]+)\/limits$/, true, ({ id }) => limits.get(id)],
  ['PUT', /^\/connections\/([^/]+)\/limits$/, true, ({ id, body }) => limits.put(id, body.limits)],
  ['POST', /^\/connections\/([^/]+)\/freeze$/, true, ({ id, body }) => limits.freeze(id, body.level ?? 'entries')],
  ['POST', /^\/connections\/([^/]+)\/unfreeze$/, true, ({ id }) => limits.freeze(id, 'none')],
];
