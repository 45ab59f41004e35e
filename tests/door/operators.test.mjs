// What an operator sees of a running server: its log as JSON lines, /healthz and /metrics, while connections are made and a process dies.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { makeKey, orderByHand, run, scratch, serve, simulate, until } from './support.mjs';

class Log {
    lines = [];
    waiting = [];
    rest = '';

    take(chunk) {
        const parts = (this.rest + chunk).split('\n');
        this.rest = parts.pop();
        for (const part of parts) this.lines.push(part);
        this.waiting = this.waiting.filter(({ matches, resolve }) => {
            const line = this.find(matches);
            if (line) resolve(line);
            return !line;
        });
    }
    find(matches) {
        return this.lines.map((line) => JSON.parse(line)).find(matches);
    }
    until(matches) {
        const line = this.find(matches);
        return line ? Promise.resolve(line) : new Promise((resolve) => this.waiting.push({ matches, resolve }));
    }
}

/** Prometheus' text form, read strictly: every sample belongs to a family that was announced before it. */
function readMetrics(text) {
    const families = new Map(), samples = new Map();
    assert.ok(text.endsWith('\n'));
    for (const line of text.trimEnd().split('\n')) {
        const type = /^# TYPE ([a-z_]+) (gauge|counter|histogram)$/.exec(line);
        if (type) { families.set(type[1], type[2]); continue; }
        if (line.startsWith('# HELP ')) continue;
        const sample = /^([a-z_]+)(\{[^}]*\})? (\S+)$/.exec(line);
        assert.ok(sample, `not a sample: ${line}`);
        const family = families.has(sample[1]) ? sample[1] : sample[1].replace(/_(bucket|sum|count)$/, '');
        assert.ok(families.has(family), `no family announced for ${line}`);
        samples.set(sample[1] + (sample[2] ?? ''), Number(sample[3]));
    }
    return { families, samples };
}

test('a program of the operator is told of alarms, one at a time and whole; the log and the figures tell them too', { timeout: 90_000 }, async (context) => {
    const folder = scratch(context), told = path.join(folder, 'told'), command = path.join(folder, 'wake-me');
    fs.writeFileSync(command, `#!/bin/sh\ncat >> ${told}\n[ $# = 0 ] || echo arguments >> ${told}\n`, { mode: 0o755 });
    const { admin, exchanges, urls } = await simulate(context);
    const server = serve(context, path.join(folder, 'data'), [...urls, '--json-log', '--alarm-command', command]);
    const log = new Log();
    server.child.stderr.on('data', (chunk) => log.take(chunk));
    const { url } = await server.ready;
    const heard = () => (fs.existsSync(told) ? fs.readFileSync(told, 'utf8').split('\n').slice(0, -1).map((line) => JSON.parse(line)) : []);
    await until('it is told of the start', () => heard().some(({ code }) => code === 'STARTED'), 20);

    // An order that BackFuture did not place.
    const credentials = await makeKey(admin, 'mexc', { permissions: ['read', 'spot'], balances: { USDT: '10000' } });
    const does = async (words, input) => { const did = await run([...words, '--data', path.join(folder, 'data'), '--json'], input, { timeout: 40_000 }); assert.equal(did.code, 0, words.join(' ') + did.err); };
    await does(['connections', 'add', '--name', 'Watched', '--exchange', 'mexc', '--market', 'spot'], JSON.stringify(credentials));
    await does(['connections', 'test', 'Watched']);
    const settings = {
        name: 'Followed', connection: 'Watched', market: 'spot', pairs: ['ETH/USDT'], directions: ['long'], risk_level: 'low', margin: { group_limit: '1000' }, entry: { base_order: '80' },
    };
    await does(['strategies', 'add', '--file', '-'], JSON.stringify(settings));
    await does(['strategies', 'enable', 'Followed']);
    await orderByHand(exchanges.mexc, credentials, { symbol: 'ETHUSDT', side: 'BUY', type: 'LIMIT', quantity: '0.1', price: '10' });
    await until('it is told of the order', () => heard().some(({ code }) => code === 'FOREIGN_ORDER'), 40);
    const alarm = heard().find(({ code }) => code === 'FOREIGN_ORDER');
    assert.ok(alarm.id > 0 && alarm.at > 0 && alarm.severity && alarm.text_en && alarm.text_nl && alarm.connection, JSON.stringify(alarm));
    assert.equal((await log.until(({ event, code }) => event === 'alarm' && code === 'FOREIGN_ORDER')).message, alarm.text_en);
    const { samples } = readMetrics(await (await fetch(`${url}/metrics`)).text());
    assert.ok(samples.get(`backfuture_alarms_unseen{severity="${alarm.severity}"}`) >= 1);

    process.kill(server.children()['bf-engine'], 'SIGKILL');
    await until('it is told that a process ended', () => heard().some(({ code, text_en }) => code === 'PROCESS_ENDED' && text_en.includes('engine')), 20);
});

test('an operator reads the log as JSON and the figures as Prometheus does', { timeout: 60_000 }, async (context) => {
    const data = scratch(context);
    const server = serve(context, data, ['--demo', '--json-log']);
    const log = new Log();
    server.child.stderr.on('data', (chunk) => log.take(chunk));
    const ready = await server.ready;

    const health = await fetch(`${ready.url}/healthz`);
    assert.equal(health.status, 200);

    const credentials = await makeKey(ready.simulator_admin, 'mexc', { permissions: ['read', 'spot'] });
    const added = await run(['connections', 'add', '--name', 'Watched', '--exchange', 'mexc', '--market', 'spot', '--data', data, '--json'], JSON.stringify(credentials));
    assert.equal(added.code, 0, added.out);
    const tested = await run(['connections', 'test', 'Watched', '--data', data, '--json']);
    assert.equal(JSON.parse(tested.out).verdict, 'connected');
    const line = await log.until(({ event }) => event === 'test_ended');
    assert.equal(line.process, 'engine');
    assert.equal(line.kind, 'full');
    assert.equal(line.verdict, 'connected');

    const reply = await fetch(`${ready.url}/metrics`);
    assert.match(reply.headers.get('content-type'), /^text\/plain; version=0\.0\.4/);
    const body = await reply.text();
    const { families, samples } = readMetrics(body);
    assert.equal(samples.get('backfuture_engine_reachable'), 1);
    assert.equal(samples.get('backfuture_connections{status="connected"}'), 1);
    assert.equal(samples.get('backfuture_connections{status="error"}'), 0);
    assert.ok(samples.get('backfuture_tests_total{exchange="mexc",kind="full",result="connected"}') >= 1);
    assert.ok(samples.get('backfuture_exchange_calls_total{exchange="mexc",outcome="answered"}') >= 5);
    assert.equal(families.get('backfuture_exchange_call_seconds'), 'histogram');
    assert.ok(samples.get('backfuture_exchange_call_seconds_bucket{exchange="mexc",le="+Inf"}') >= 5);
    for (const secret of [credentials.key, credentials.secret, 'Watched', ready.set_up_code]) assert.ok(!body.includes(secret), 'the figures name something of a user');

    process.kill(server.children()['bf-engine'], 'SIGKILL');
    const told = await log.until(({ event }) => event === 'process_ended');
    assert.equal(told.level, 'warning');
    assert.equal(told.child, 'engine');
    assert.equal(told.signal, 9);

    await server.stop();
    assert.equal(log.rest, '');
    for (const text of log.lines) {
        const entry = JSON.parse(text);
        assert.deepEqual(Object.keys(entry).slice(0, 5), ['time', 'level', 'process', 'event', 'message'], text);
        for (const secret of [credentials.key, credentials.secret, ready.set_up_code]) assert.ok(!text.includes(secret), 'the log holds a secret');
    }
});

test('a process that hangs is ended and started again; one that was held up for a moment goes on', { timeout: 120_000 }, async (context) => {
    const data = path.join(scratch(context), 'data');
    const server = serve(context, data, ['--json-log', '--hung-after', '10']);
    const log = new Log();
    server.child.stderr.on('data', (chunk) => log.take(String(chunk)));
    await server.ready;
    const answers = { engine: ['connections', 'list'], web: ['accounts', 'list'] };
    const slow = server.children()['bf-web'];
    process.kill(slow, 'SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    process.kill(slow, 'SIGCONT');
    for (const name of Object.keys(answers)) {
        const before = server.children()[`bf-${name}`];
        process.kill(before, 'SIGSTOP');
        assert.equal((await log.until(({ event, child }) => event === 'process_hangs' && child === name)).level, 'error');
        await until(`another ${name} answers`, async () => (server.children()[`bf-${name}`] ?? before) !== before && (await run([...answers[name], '--data', data, '--json'])).code === 0, 30);
    }
    assert.deepEqual(log.lines.map((line) => JSON.parse(line)).filter(({ event }) => event === 'process_hangs').map(({ child }) => child), Object.keys(answers));
});
