// A flood on the dashboard while a strategy trades on a simulated exchange: idle sockets, headers that come a byte at a time, requests as fast
// as they go, bodies that lie about their size. Measured is what trading notices: from a signal at the engine to its decision.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { makeKey, run, scratch, serve, simulate, until } from '../door/support.mjs';

const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
export const share = (times, part) => [...times].sort((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * part))];

/** The engine as the command line asks it: messages of JSON behind their length. */
class Console {
    constructor(data) {
        this.waiting = new Map();
        this.number = 0;
        this.heard = () => {};
        let bytes = Buffer.alloc(0);
        this.socket = net.connect(path.join(data, 'run/engine.sock'));
        this.socket.on('data', (chunk) => {
            bytes = Buffer.concat([bytes, chunk]);
            while (bytes.length >= 4 && bytes.length >= 4 + bytes.readUInt32LE()) {
                const message = JSON.parse(bytes.subarray(4, 4 + bytes.readUInt32LE()));
                bytes = bytes.subarray(4 + bytes.readUInt32LE());
                if (message.event) this.heard(JSON.parse(message.event.en));
                else this.waiting.get(message.id)?.(message);
            }
        });
        this.send({ id: 0, events: true });
    }
    send(message) {
        const text = Buffer.from(JSON.stringify(message)), head = Buffer.alloc(4);
        head.writeUInt32LE(text.length);
        this.socket.write(Buffer.concat([head, text]));
    }
    ask(method, route, body = {}) {
        const id = ++this.number;
        return new Promise((resolve) => {
            this.waiting.set(id, resolve);
            this.send({ id, method, path: `/api/v1/${route}`, query: '', body: JSON.stringify(body), lang: 'en', actor: { account: 'console', role: 'owner', local: true, stepped_up_at: null } });
        });
    }
}

export class House {
    static async open(context) {
        const house = new House();
        house.data = path.join(scratch(context), 'data');
        const simulator = await simulate(context, ['--limits', 'off']);
        house.server = serve(context, house.data, simulator.urls);
        house.url = (await house.server.ready).url;
        const ask = (words, input) => run([...words, '--data', house.data, '--json'], input);
        const key = await makeKey(simulator.admin, 'kucoin', { balances: { USDT: '1000000' } });
        assert.equal((await ask(['connections', 'add', '--name', 'Main', '--exchange', 'kucoin', '--market', 'spot'], JSON.stringify(key))).code, 0);
        const file = path.join(house.data, '..', 'strategy.json');
        fs.writeFileSync(file, JSON.stringify({ name: 'Flooded', connection: 'Main', market: 'spot', pairs: ['BTC/USDT'], directions: ['long'], risk_level: 'high', margin: { group_limit: '2000', group_limit_pct: '30', connection_limit_pct: '90' },
            entry: { base_order: '200', max_open_groups: 10, max_lag_s: 20 }, add_on: { max: 3, zone_step_pct: '2', cooldown_s: 0 }, exit: { take_profit_pct: '0.5', allow_loss_exit: true }, brake: { drawdown_pct: '90' } }));
        const made = await ask(['strategies', 'add', '--file', file]);
        assert.equal(made.code, 0, made.err);
        house.strategy = made.json.id;
        await until('the strategy can be enabled', async () => (await ask(['strategies', 'enable', 'Flooded'])).code === 0, 30);
        house.console = new Console(house.data);
        context.after(() => house.console.socket.destroy());
        return house;
    }

    /** `count` signals, entries and exits by turns; from each signal to its decision, in ms. */
    async decisions(count) {
        const times = [];
        for (let i = 0; i < count; ++i) {
            const began = performance.now();
            const decided = new Promise((resolve) => { this.console.heard = (event) => { if (event.type === 'decision') resolve(event.decision); }; });
            const { status, body } = await this.console.ask('POST', `strategies/${this.strategy}/signal`, { pair: 'BTC/USDT', direction: 'long', kind: i % 2 === 0 ? 'entry' : 'exit' });
            assert.equal(status, 202, body);
            await Promise.race([decided, pause(20_000).then(() => { throw new Error('no decision within 20 s'); })]);
            times.push(performance.now() - began);
            await pause(20);
        }
        return times;
    }
    webMemory() {
        return Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${this.server.children()['bf-web']}/status`, 'utf8'))[1]) / 1024;
    }
}

/** Begins the flood; ends it when asked. `idle`: so many sockets are kept open or tried again. */
export function flood(url, idle) {
    const { hostname, port, host } = new URL(url);
    const sockets = new Set();
    let going = true, opened = 0, answered = 0;
    const agent = new http.Agent({ keepAlive: true, maxSockets: 16 });
    const open = (use) => {
        if (!going) return;
        const socket = net.connect(Number(port), hostname);
        sockets.add(socket);
        socket.once('connect', () => { ++opened; use(socket); });
        socket.on('error', () => {}).on('data', () => {}).once('close', () => {
            sockets.delete(socket);
            if (going) setTimeout(open, 500, use);
        });
    };
    const slowly = (text) => (socket) => {
        let at = 0;
        const timer = setInterval(() => (socket.destroyed ? clearInterval(timer) : socket.write(text[at++ % text.length])), 200);
        socket.once('close', () => clearInterval(timer));
    };
    // In waves: a thousand connects at once would only measure this side.
    const waves = (async () => {
        for (let i = 0; i < idle && going; ++i) {
            open(() => {});
            if (i % 50 === 49) await pause(5);
        }
    })();
    for (let i = 0; i < 200; ++i) open(slowly(`GET / HTTP/1.1\r\nHost: ${host}\r\nX-Slow: ${'a'.repeat(1000)}`));
    for (let i = 0; i < 50; ++i) open((socket) => { socket.write(`POST /api/v1/sign-in HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nContent-Length: 900000\r\n\r\n`); slowly('{"a":')(socket); });
    for (let i = 0; i < 20; ++i) open((socket) => socket.write(`POST /hooks/x HTTP/1.1\r\nHost: ${host}\r\nContent-Encoding: gzip\r\nContent-Type: application/json\r\nContent-Length: 8000\r\n\r\n${'\x1f\x8b\x08'.padEnd(8000, '\0')}`));
    const hammer = async (method, target, body) => {
        while (going)
            await new Promise((resolve) => {
                const request = http.request({ hostname, port, path: target, method, agent, headers: body ? { 'Content-Type': 'application/json' } : {} }, (reply) => reply.resume().on('end', () => { ++answered; resolve(); }).on('error', resolve));
                request.on('error', () => setTimeout(resolve, 20)).end(body);
            });
    };
    for (let i = 0; i < 4; ++i) {
        void hammer('GET', '/');
        void hammer('GET', '/api/v1/connections');
        void hammer('POST', '/hooks/0123456789', '{"kind":"entry"}');
    }
    return {
        waves,
        counts: () => ({ opened, answered, open: sockets.size }),
        end: () => {
            going = false;
            agent.destroy();
            for (const socket of sockets) socket.destroy();
        },
    };
}
