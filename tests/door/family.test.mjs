// A connection's family of addresses as an operator meets it: simulated exchanges on both of this machine's own addresses, keys bound to one
// of them, real processes and sockets between.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import path from 'node:path';
import { Running, makeKey, run, scratch, serve, until } from './support.mjs';

const FOUR = '127.0.0.1', SIX = '::1';
const cleaning = [];
const outer = { after: (work) => cleaning.unshift(work) };
let urls, simulator, data, server;

const connections = (words, input = '') => run(['connections', ...words, '--data', data, '--json'], input);
const show = async (name) => (await connections(['show', name])).json;
const key = async (exchange, ...allowed) => JSON.stringify(await makeKey(simulator.admin, exchange, allowed.length > 0 ? { ip_allow_list: allowed } : {}));
const add = (name, exchange, credentials, ...more) => connections(['add', '--name', name, '--exchange', exchange, '--market', 'spot', ...more], credentials);
const isLive = (name) => until('the stream is live', async () => (await show(name)).stream === 'live', 20);

before(async () => {
    const running = new Running(['simulate', '--listen', 'localhost:0', '--limits', 'off']);
    cleaning.push(() => running.stop('SIGKILL'));
    simulator = await running.ready;
    urls = Object.entries(simulator.exchanges).flatMap(([id, url]) => ['--exchange-url', `${id}=${url}`]);
    data = path.join(scratch(outer), 'data');
    server = serve(outer, data, urls);
    await server.ready;
});
after(async () => { for (const work of cleaning) await work(); });

for (const exchange of ['kucoin', 'mexc'])
    test(`${exchange}: one connection over IPv4, one over IPv6, each with a key bound to its own address; streams too`, async () => {
        for (const [name, family, address] of [[`${exchange} four`, 'ipv4', FOUR], [`${exchange} six`, 'ipv6', SIX]]) {
            const added = await add(name, exchange, await key(exchange, address), '--family', family);
            assert.equal(added.code, 0, added.err);
            assert.equal(added.json.family, family);
            const tested = await connections(['test', name]);
            assert.equal(tested.json.verdict, 'connected', tested.out);
            await isLive(name);
            if (exchange === 'kucoin') assert.equal((await show(name)).proven_from, address);
        }
        // The refusal names the address that arrived.
        const wrong = await connections(['family', `${exchange} four`, 'ipv6']);
        assert.equal(wrong.code, 0, wrong.err);
        assert.equal(wrong.json.family, 'ipv6');
        const tested = await connections(['test', `${exchange} four`]);
        assert.equal(tested.json.problem.code, 'ip_not_allowed');
        assert.match(tested.json.problem.remedy, /::1/);
        assert.equal((await connections(['family', `${exchange} four`, 'ipv4'])).code, 0);
        assert.equal((await connections(['test', `${exchange} four`])).json.verdict, 'connected');
        await isLive(`${exchange} four`);
        const people = await run(['connections', 'list', '--data', data]);
        assert.match(people.out, new RegExp(`${exchange} six .*over IPv6`));
        assert.doesNotMatch(people.out, new RegExp(`${exchange} four .*over IPv6`));
    });

test('the family stands over a restart, and a family that is none is refused', async () => {
    assert.equal((await add('Kept', 'kucoin', await key('kucoin', SIX), '--family', 'ipv6')).code, 0);
    await server.stop();
    server = serve(outer, data, urls);
    await server.ready;
    assert.equal((await show('Kept')).family, 'ipv6');
    assert.equal((await connections(['test', 'Kept'])).json.verdict, 'connected');
    assert.equal((await connections(['family', 'Kept', 'ipv5'])).code, 64);
    assert.equal((await add('None', 'kucoin', await key('kucoin'), '--family', 'ipv5')).code, 64);
});

test('check without a server: over the family that is named, and told clearly where the exchange has none of it', async () => {
    const check = (url, credentials, family) => run(['check', '--exchange', 'kucoin', '--market', 'spot', '--base-url', url, '--family', family, '--json'], credentials);
    const six = await check(simulator.exchanges.kucoin, await key('kucoin', SIX), 'ipv6');
    assert.equal(six.code, 0, six.err);
    assert.equal(six.json.egress_ip.v6, SIX);
    assert.equal(six.json.egress_ip.v4, null);
    const only = simulator.exchanges.kucoin.replace('localhost', FOUR);
    const none = await check(only, await key('kucoin'), 'ipv6');
    assert.equal(none.code, 3);
    assert.equal(none.json.problem.code, 'ipv6_unreachable');
    assert.match(none.json.problem.cause, /no IPv6 address/);
    assert.match(none.json.problem.remedy, /Set the connection to IPv4/);
    assert.equal((await check(only, await key('kucoin'), 'ipv5')).code, 64);
});

test("a site is one of the exchange's own: MEXC has one, and no connection is of another", async () => {
    const refused = await add('Elsewhere', 'mexc', await key('mexc'), '--site', 'eu');
    assert.equal(refused.code, 64, refused.out);
    assert.match(refused.json.detail, /must be global: MEXC has no other/);
    assert.equal((await add('At home', 'mexc', await key('mexc'), '--site', 'global')).json.site, 'global');
    const moved = await connections(['test', 'At home', '--site', 'eu']);
    assert.equal(moved.code, 64, moved.out);
    assert.equal((await connections(['test', 'At home', '--accept', 'everything'])).code, 64);
    assert.equal((await show('At home')).site, 'global');
    const eu = await add('KuCoin EU', 'kucoin', await key('kucoin'), '--site', 'eu');
    assert.deepEqual([eu.code, eu.json.site], [0, 'eu']);
    // A test takes it, too, and one that names none leaves it.
    assert.equal((await add('KuCoin moves', 'kucoin', await key('kucoin'))).json.site, 'global');
    assert.equal((await connections(['test', 'KuCoin moves', '--site', 'eu'])).json.verdict, 'connected');
    assert.equal((await show('KuCoin moves')).site, 'eu');
    assert.equal((await connections(['test', 'KuCoin moves'])).json.verdict, 'connected');
    assert.equal((await show('KuCoin moves')).site, 'eu');
});
