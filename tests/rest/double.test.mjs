// The dashboard's test double (web/tests) speaks as the server does: what it answers about trading fits the document, so that a page which
// works with it works with the program.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import WebSocket from 'ws';
import { until } from '../door/support.mjs';
import { Described, exchange } from './described.mjs';

const source = (name) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const described = new Described(JSON.parse(fs.readFileSync(source('docs/reference/openapi.json'), 'utf8')));
let double, ready, cookie;
const told = [];

async function ask(method, route, body) {
    const answer = await exchange(ready.url, method, route, { headers: { Cookie: cookie ?? '', ...(method === 'get' ? {} : { 'Content-Type': 'application/json' }) },
        body: method === 'get' ? undefined : JSON.stringify(body ?? {}) });
    const found = described.find(method, route.split('?')[0]);
    const content = found.operation.responses[answer.status]?.content;
    const schema = (content?.['application/json'] ?? content?.['application/problem+json'])?.schema;
    if (schema) described.check(schema, answer.json(), `${method} ${route}`);
    return answer.text === '' ? undefined : answer.json();
}

before(async () => {
    double = spawn(process.execPath, [source('web/tests/mock-server.mjs'), '--trading', '--still'], { stdio: ['ignore', 'pipe', 'inherit'] });
    ready = JSON.parse(await new Promise((resolve) => double.stdout.once('data', resolve)));
    const answer = await exchange(ready.url, 'post', '/api/v1/set-up', { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ code: ready.set_up_code, password: 'four grey herons waited' }) });
    [cookie] = answer.headers['set-cookie'][0].split(';');
    const socket = new WebSocket(`${ready.url.replace('http', 'ws')}/api/v1/live`, { headers: { Cookie: cookie, Origin: ready.url } });
    socket.on('message', (data) => told.push(JSON.parse(data)));
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
});
after(() => double.kill());

test('what it answers about trading fits the document', async () => {
    const { strategies } = await ask('get', '/api/v1/strategies');
    const { groups } = await ask('get', '/api/v1/groups?state=open');
    await ask('get', '/api/v1/groups?state=closed');
    for (const { id } of groups) await ask('get', `/api/v1/groups/${id}`);
    const { decisions } = await ask('get', '/api/v1/decisions?limit=5');
    for (const { id } of decisions) await ask('get', `/api/v1/decisions/${id}`);
    await ask('get', `/api/v1/accounts/${ready.scene.spot}`);
    for (const method of ['get', 'put']) {
        const { limits } = await ask('get', `/api/v1/connections/${ready.scene.spot}/limits`);
        await ask(method, `/api/v1/connections/${ready.scene.spot}/limits`, { limits });
    }
    await ask('post', `/api/v1/connections/${ready.scene.spot}/freeze`, { level: 'everything' });
    await ask('post', `/api/v1/connections/${ready.scene.spot}/unfreeze`);
    await ask('get', '/api/v1/alarms');
    await ask('get', '/api/v1/mode');
    await ask('get', `/api/v1/instruments?connection=${ready.scene.spot}&search=`);
    await ask('get', `/api/v1/candles?connection=${ready.scene.spot}&pair=ETH/USDT&interval=1m&limit=10`);
    const { settings } = strategies[0];
    await ask('post', '/api/v1/ladder', { settings, pair: 'ETH/USDT', price: '3000' });
    await ask('post', '/api/v1/ladder', { settings: {}, pair: null });
});

test('and what it tells live', async () => {
    const before = told.length;
    await ask('post', `/api/v1/strategies/${ready.scene.eth}/signal`, { pair: 'SOL/USDT', direction: 'long', kind: 'entry' });
    await fetch(`${ready.admin}/price`, { method: 'POST', body: JSON.stringify({ pair: 'SOL/USDT', price: 180 }) });
    await until('the news', () => ['decision', 'group', 'strategy', 'price', 'candle', 'account'].every((type) => told.slice(before).some((one) => one.type === type)));
    for (const message of told) described.check({ $ref: '#/components/schemas/LiveMessage' }, message, message.type);
});

test('and what it says of a connection that is removed under open groups', async () => {
    const route = `/api/v1/connections/${ready.scene.spot}`;
    const refused = await ask('delete', route);
    assert.equal(refused.code, 'groups_open');
    await ask('delete', `${route}?leaving=${refused.groups.map(({ id }) => id)}`);
    const [{ id }] = refused.groups;
    assert.deepEqual((({ connection, orphaned }) => [connection, orphaned.connection])(await ask('get', `/api/v1/groups/${id}`)), [null, 'KuCoin Spot Main']);
    assert.equal((await ask('post', `/api/v1/groups/${id}/let-go`)).close_reason, 'let_go');
    await ask('get', `/api/v1/groups/${id}`);
});
