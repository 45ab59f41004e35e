// Starts the simulated exchanges and points unpatched clients at them.
//
// BF_BINARY names the binary to start (default: the release build's); BF_SIMULATOR an address where one already listens.
'use strict';
const { spawn } = require('node:child_process');
const path = require('node:path');

// ccxt.pro's listen-key timers (20 minutes) outlive its close(); they must not keep a finished test's process waiting. Loaded before ccxt.
const plainTimeout = globalThis.setTimeout;
globalThis.setTimeout = Object.assign((call, ms, ...rest) => {
    const timer = plainTimeout(call, ms, ...rest);
    return ms > 60_000 ? timer.unref() : timer;
}, plainTimeout);

const BINARY = process.env.BF_BINARY ?? path.join(__dirname, '../../build/release/backfuture');

/** The admin interface of a running simulator, and the way to end it. */
class Simulator {
    constructor(origin, child) {
        this.origin = origin;
        this.child = child;
    }

    static async start(exchanges) {
        if (process.env.BF_SIMULATOR) return new Simulator(process.env.BF_SIMULATOR, null);
        const child = spawn(BINARY, ['simulate', '--listen', '127.0.0.1:0', '--exchanges', exchanges.join(','), '--seed', '1'],
            { stdio: ['ignore', 'pipe', 'inherit'] });
        const ready = await new Promise((resolve, reject) => {
            let text = '';
            child.once('exit', (code) => reject(new Error(`the simulator ended with ${code}`)));
            child.stdout.on('data', (chunk) => {
                text += chunk;
                if (text.includes('\n')) resolve(JSON.parse(text.split('\n')[0]));
            });
        });
        return new Simulator(new URL(ready.admin).origin, child);
    }

    stop() {
        if (this.child) this.child.kill('SIGTERM');
    }

    base(exchange) {
        return `${this.origin}/${exchange}`;
    }

    async admin(method, call, body) {
        const reply = await fetch(`${this.origin}/admin/${call}`,
            { method, body: body === undefined ? undefined : JSON.stringify(body), headers: { 'Content-Type': 'application/json' } });
        const answer = await reply.json();
        if (!reply.ok) throw new Error(`admin ${call}: ${JSON.stringify(answer)}`);
        return answer;
    }

    key(exchange, options = {}) {
        return this.admin('POST', 'keys', { exchange, permissions: ['read', 'spot', 'futures'], balances: { USDT: '100000', BTC: '1' }, ...options });
    }

    price(exchange, symbol, price) {
        return this.admin('POST', 'price', { exchange, symbol, price: String(price) });
    }

    trade(exchange, symbol, side, price, quantity) {
        return this.admin('POST', 'trade', { exchange, symbol, side, price: String(price), quantity: String(quantity) });
    }
}

function mapStrings(value, change) {
    if (typeof value === 'string') return change(value);
    if (Array.isArray(value)) return value.map((one) => mapStrings(one, change));
    if (value && typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, mapStrings(one, change)]));
    return value;
}

/** Every address of a ccxt instance goes to the simulator; hosts that serve futures only under <prefix>/futures. Nothing else is touched. */
async function repoint(exchange, base, futuresHosts) {
    exchange.urls.api = mapStrings(exchange.urls.api, (url) => url.replace(/^(https?|wss?):\/\/([^/]+)/, (whole, scheme, host) => {
        const target = futuresHosts.includes(host) ? `${base}/futures` : base;
        return scheme.startsWith('ws') ? target.replace(/^http/, 'ws') : target;
    }));
    await exchange.loadHttpProxyAgent();  // Without it ccxt.pro refuses plain ws addresses.
    return exchange;
}

/** Resolves with the first value of `next()` that `good` accepts. */
async function until(next, good, tries = 50) {
    for (let i = 0; i < tries; ++i) {
        const value = await next();
        const found = good(value);
        if (found) return found;
    }
    throw new Error('the awaited event never came');
}

/** Until the simulator has acknowledged a ccxt.pro subscription: ccxt forgets its request's number then. `next` lets time pass;
 * `name` is what ccxt keeps the subscription under. */
function acknowledged(exchange, topic, next, name = topic) {
    return until(next, () => Object.values(exchange.clients).some(({ subscriptions }) =>
        subscriptions[name] !== undefined && !Object.entries(subscriptions).some(([other, value]) => other !== name && value === topic)) || undefined, 500);
}

function within(promise, ms, what) {
    let timer;
    const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error(`${what}: nothing within ${ms} ms`)), ms); });
    return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

module.exports = { Simulator, repoint, acknowledged, within };
