// Trading as a script sees it: a strategy from its settings to a closed group, on the demo's exchanges. Every answer is judged by the
// document on its way (openapi.test.mjs hands in `ask` and `expects`); prices are moved through the simulator's admin interface.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { run, until } from '../door/support.mjs';

export const SPOT = 'ETH/USDT', FUTURES = 'ETH/USDT:USDT';

/** Settings that open at once and add in zones of 5 %. */
export const settingsOf = (name, connection, more = {}) => ({
    name, connection: connection.name, market: connection.market, pairs: [connection.market === 'spot' ? SPOT : FUTURES], directions: ['long'], risk_level: 'low',
    entry: { base_order: '300', max_spread_pct: '5' }, margin: { group_limit_pct: '30', connection_limit_pct: '60' }, add_on: { cooldown_s: 0 }, ...more,
});

export class Floor {
    constructor({ ask, expects, admin, told }) { Object.assign(this, { ask, expects, admin, told }); }

    async setPrice(exchange, symbol, price) {
        const answer = await fetch(`${this.admin}/price`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ exchange, symbol, price }) });
        assert.ok(answer.ok, await answer.text());
    }
    /** An exchange that takes its time while `work` goes on, so that what is asked meanwhile comes before the end. */
    async whileSlow(exchange, work) {
        const tell = (method, body) => fetch(`${this.admin}/faults`, { method, headers: { 'Content-Type': 'application/json' }, body });
        assert.ok((await tell('POST', JSON.stringify({ exchange, fault: 'slow', ms: 1000 }))).ok);
        try {
            return await work();
        } finally {
            assert.ok((await tell('DELETE')).ok);
        }
    }
    /** A key of a new account, or of `account`: its credentials and its account. */
    async keyOf(exchange, account) {
        const reply = await fetch(`${this.admin}/keys`, { method: 'POST', headers: { 'Content-Type': 'application/json' },
            body: JSON.stringify({ exchange, permissions: ['read', 'spot', 'futures'], balances: { USDT: '10000' }, account }) });
        const { account: its, ...credentials } = await reply.json();
        return { credentials, account: its };
    }
    async makeKey(exchange) { return (await this.keyOf(exchange)).credentials; }
    /** A signal through the strategy's own address; answers its number. */
    async signal(hook, more = {}) {
        const { id } = await this.expects(202, 'post', hook.path, { signedIn: false, body: { time: Date.now(), direction: 'long', kind: 'entry', ...more } });
        return id;
    }
    /** The decision that a signal ended with. */
    async decided(strategy, signal, outcome) {
        let found;
        await until(`signal ${signal} to be ${outcome}`, async () => {
            const { decisions } = await this.expects(200, 'get', `/api/v1/decisions?strategy=${strategy}`);
            found = decisions.find((one) => one.signal.id === signal);
            return found?.outcome === outcome;
        }, 20).catch((error) => { throw new Error(`${error.message}: ${JSON.stringify(found)}`); });
        return found;
    }
    async group(id) { return this.expects(200, 'get', `/api/v1/groups/${id}`); }
    async groupIs(id, what, holds, seconds = 30) {
        let group;
        await until(what, async () => holds(group = await this.group(id)), seconds).catch((error) => { throw new Error(`${error.message}: ${JSON.stringify(group)}`); });
        return group;
    }
    /** Sells futures by hand with the same key: what BackFuture holds and what is there then differ. */
    async sellByHand(credentials, quantity) {
        const url = this.admin.replace('/admin', '/kucoin'), folder = fs.mkdtempSync(path.join(tmpdir(), 'bf-hand-'));
        try {
            const instruments = path.join(folder, 'instruments.json');
            fs.writeFileSync(instruments, await (await fetch(`${url}/futures/api/v1/contracts/active`)).text());
            const args = { symbol: FUTURES, side: 'sell', type: 'market', quantity, client_order_id: `hand${Date.now()}`, margin_mode: 'isolated', leverage: 2, position_mode: 'one_way' };
            const wanted = await run(['wire', 'request', '--exchange', 'kucoin', '--market', 'futures', '--operation', 'place_order', '--timestamp-ms', String(Date.now()),
                '--base-url', url, '--instruments', instruments, '--args', JSON.stringify(args)], JSON.stringify(credentials));
            assert.equal(wanted.code, 0, wanted.out + wanted.err);
            const { method, url: address, headers, body } = wanted.json;
            const answer = await (await fetch(address, { method, headers, body })).text();
            assert.match(answer, /"code":"200000"/, answer);
        } finally {
            fs.rmSync(folder, { recursive: true, force: true });
        }
    }
}
