// kill -9 of the server or of any of its processes while orders are on their way: strategies on the four simulated products over sockets,
// signals by their hooks, answers that come late or never. Afterwards, by the exchanges' own record: no order twice, and none that
// BackFuture knows nothing of: what its groups hold and rest is what is there, to the last unit.
//
// BF_KILLS: how many (in all); BF_KILL_SECONDS: after so long no more are begun, however many there were; BF_HOUSES: servers side by side.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { Running, dice, endAfter, makeKey, run, scratch, simulate, until } from '../door/support.mjs';

const KILLS = Number(process.env.BF_KILLS ?? 1000), SECONDS = Number(process.env.BF_KILL_SECONDS ?? 220), HOUSES = Number(process.env.BF_HOUSES ?? 4);
const VICTIMS = ['serve', 'serve', 'bf-engine', 'serve', 'bf-signer', 'serve', 'bf-web'];  // A new server also ends the pauses of the ones before.
const PRODUCTS = [['kucoin', 'spot'], ['mexc', 'spot'], ['kucoin', 'futures'], ['mexc', 'futures']];
const BASES = ['BTC', 'ETH', 'SOL'], DUST = { BTC: '0.00002', ETH: '0.0006', SOL: '0.02' };  // Less than two USDT.
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const pairOf = (base, market) => (market === 'spot' ? `${base}/USDT` : `${base}/USDT:USDT`);

/** Amounts of any size, exactly: units of 10^-18. */
function units(text) {
    const [, sign, whole, fraction = ''] = /^(-?)(\d+)(?:\.(\d{1,18}))?$/.exec(String(text));
    const value = BigInt(whole) * 10n ** 18n + BigInt(fraction.padEnd(18, '0'));
    return sign ? -value : value;
}

class House {
    constructor(context, roll, number) {
        Object.assign(this, { context, roll, number, strategies: [], kills: 0, signals: 0, recoveries: [], data: path.join(scratch(context), 'data') });
        endAfter(context, () => this.server);
    }
    async start() {
        this.server = new Running(['serve', '--data', this.data, '--listen', '127.0.0.1:0', ...this.simulator.urls]);
        this.url = (await this.server.ready).url;
    }
    ask(words, input) { return run([...words, '--data', this.data, '--json'], input); }
    admin(what, body) {
        return fetch(`${this.simulator.admin}/${what}`, body === undefined ? {} : { method: body === null ? 'DELETE' : 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body ?? {}) });
    }
    /** A connection and a strategy for each product. */
    async furnish() {
        this.simulator = await simulate(this.context, ['--limits', 'off']);
        await this.start();
        for (const [exchange, market] of PRODUCTS) {
            const name = `${exchange} ${market}`;
            const key = await makeKey(this.simulator.admin, exchange, { balances: { USDT: '100000' } });
            const added = await this.ask(['connections', 'add', '--name', name, '--exchange', exchange, '--market', market], JSON.stringify(key));
            assert.equal(added.code, 0, added.err);
            const file = path.join(this.data, '..', `${exchange}-${market}.json`);
            fs.writeFileSync(file, JSON.stringify({ name, connection: name, market, pairs: BASES.map((base) => pairOf(base, market)), directions: ['long'], risk_level: 'high',
                margin: { group_limit: '2000', group_limit_pct: '30', connection_limit_pct: '90' }, entry: { base_order: '200', max_open_groups: 10, max_lag_s: 20 },
                add_on: { max: 3, zone_step_pct: '2', cooldown_s: 0 }, exit: { take_profit_pct: '0.5', allow_loss_exit: true }, brake: { drawdown_pct: '90' }, futures: { leverage: '3' } }));
            const made = await this.ask(['strategies', 'add', '--file', file]);
            assert.equal(made.code, 0, made.err);
            await until(`${name} can be enabled`, async () => (await this.ask(['strategies', 'enable', name])).code === 0, 30);
            this.strategies.push({ exchange, market, name, hook: made.json.hook.path });
        }
    }
    /** Signals for some pairs: the groups there are closed, others opened. Unanswered ones are sent once more, as any sender would. */
    async signal() {
        const { hook, market, name } = this.strategies[this.roll(this.strategies.length)];
        const body = JSON.stringify({ id: `k${this.number}-${++this.signals}`, strategy: name, pair: pairOf(BASES[this.roll(BASES.length)], market), direction: 'long', kind: this.roll(5) < 3 ? 'entry' : 'exit', time: Date.now() });
        for (let tries = 0; tries < 2; ++tries) {
            const sent = await fetch(this.url + hook, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body, signal: AbortSignal.timeout(2000) }).catch(() => null);
            if (sent?.status === 202) return;
            await pause(50);
        }
    }
    async trouble() {
        const exchange = ['kucoin', 'mexc'][this.roll(2)];
        if (this.roll(3) === 0) await this.admin('faults', null);
        else await this.admin('faults', { exchange, fault: ['slow', 'lost_reply', 'slow', 'timeout', 'reset', 'drop_stream', 'late_event', 'duplicate_event'][this.roll(8)], count: 1 + this.roll(4), ms: 50 + this.roll(700) });
    }
    async kill() {
        const victim = VICTIMS[this.roll(VICTIMS.length)];
        const began = performance.now();
        if (victim === 'serve') {
            this.server.child.kill('SIGKILL');
            await this.server.ended;
            await this.start();
            this.recoveries.push(performance.now() - began);
        } else {
            const pid = this.server.children()[victim];
            if (!pid) return;
            try { process.kill(pid, 'SIGKILL'); } catch { return; }
        }
        this.kills += 1;
    }
    /** Until `enough` says so. */
    async storm(enough) {
        while (!enough()) {
            for (let left = 3 + this.roll(8); left > 0; --left) void this.signal();
            if (this.roll(4) === 0) await this.trouble();
            await pause(this.roll(this.roll(5) === 0 ? 1800 : 250));
            await this.kill();
        }
    }
    /** What is not as the exchanges' record has it. */
    async differences() {
        const listed = await this.ask(['strategies', 'groups']), connections = await this.ask(['connections', 'list']);
        if (listed.code !== 0 || connections.code !== 0) return ['there is no answer'];
        const get = async (what) => (await (await this.admin(what)).json())[what];
        const orders = await get('orders'), positions = await get('positions'), balances = await get('balances');
        const found = [], seen = new Set();
        for (const order of orders) {
            const name = `${order.account} ${order.market} ${order.client_order_id}`;
            if (seen.has(name)) found.push(`two orders of one name: ${name}`);
            seen.add(name);
        }
        const accountOf = new Map(connections.json.connections.map((one) => [one.name, one.account_id]));
        for (const { exchange, market, name } of this.strategies) {
            const id = connections.json.connections.find((one) => one.name === name).id;
            const groups = listed.json.groups.filter((one) => one.connection === id || one.connection?.id === id);
            const mine = orders.filter((one) => one.exchange === exchange && one.market === market && (!accountOf.get(name) || one.account === accountOf.get(name)));
            for (const base of BASES) {
                const pair = pairOf(base, market);
                const group = groups.find((one) => one.pair === pair), held = units(group?.quantity ?? '0');
                const open = mine.filter((one) => one.symbol === pair && ['open', 'partially_filled'].includes(one.status));
                if (open.length > 1) found.push(`${name} ${pair}: ${open.length} open orders`);
                if (open.length === 1 && !group) found.push(`${name} ${pair}: an order rests that no group has`);
                if (group && group.state !== 'CLOSING' && open.length === 0) found.push(`${name} ${pair}: ${group.state} and no exit rests`);
                if (market === 'futures') {
                    const there = positions.filter((one) => one.exchange === exchange && one.symbol === pair).reduce((sum, one) => sum + units(one.quantity), 0n);
                    if (there !== held) found.push(`${name} ${pair}: the group holds ${group?.quantity ?? 0}, the exchange has ${there}e-18`);
                } else {
                    // What no order can carry stays in the account when a group has ended.
                    const there = balances.filter((one) => one.exchange === exchange && one.market === 'spot' && one.asset === base).reduce((sum, one) => sum + units(one.total), 0n);
                    const dust = there - held;
                    if (dust < 0n || dust > units(DUST[base])) found.push(`${name} ${pair}: the group holds ${group?.quantity ?? 0}, the wallet ${there}e-18`);
                }
                if (group?.desync) found.push(`${name} ${pair}: DESYNC ${JSON.stringify(group.desync)}`);
            }
        }
        this.orders = orders.length;
        return found;
    }
}

test('killed with orders under way, none is lost and none is doubled', { timeout: (SECONDS + 420) * 1000 }, async (context) => {
    const roll = dice();
    const houses = Array.from({ length: HOUSES }, (_, i) => new House(context, roll, i + 1));
    for (const house of houses) await house.furnish();
    const end = Date.now() + SECONDS * 1000, killed = () => houses.reduce((sum, house) => sum + house.kills, 0);
    await Promise.all(houses.map((house) => house.storm(() => killed() >= KILLS || Date.now() > end)));
    for (const house of houses) {
        await house.admin('faults', null);
        await house.server.stop('SIGKILL');
        await house.start();
    }
    for (const house of houses) {
        let left = [];
        await until('the groups agree with the exchanges', async () => {
            left = await house.differences();
            if (left.length > 0) await pause(1000);
            return left.length === 0;
        }, 150).catch(() => assert.fail(`house ${house.number}: ${left.join('; ')}\n${house.server.err.slice(-2000)}`));
    }
    const times = houses.flatMap((house) => house.recoveries).sort((a, b) => a - b), at = (share) => Math.round(times[Math.min(times.length - 1, Math.floor(times.length * share))]);
    context.diagnostic(`${killed()} kills, ${houses.reduce((sum, house) => sum + house.signals, 0)} signals, ${houses.reduce((sum, house) => sum + house.orders, 0)} orders; from the kill of a server to ready: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms (goal: 1000) of ${times.length}`);
    assert.ok(killed() >= Math.min(KILLS, 20), `only ${killed()} kills`);
    assert.ok(houses.every((house) => house.orders > 5), 'next to nothing was ordered');
});
