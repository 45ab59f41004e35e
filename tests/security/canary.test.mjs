// Secrets driven through every way of the real program, over every good and bad ending: adding, refusing, trading, replacing, freezing, a
// browser, crashes. Not one byte of them, in any spelling, may be found in a log, an answer, the traffic to the exchanges and to browsers, the
// data folder, a temporary file, what a browser keeps, or a forced image of any process, the signer's locked pages among them. What people sign in
// with is looked for where the server keeps, says and logs something; what was signed, everywhere but on the wire. Prints how much it looked
// through: at least 1,000 artefacts. Whoever finds one prints where, never the secret.
//
// The memory of a process is read through /proc, as root or as its ancestor. BF_BINARY names the binary; BF_IMAGES: images of every process at
// random moments while it trades (2); BF_ARTEFACTS: the least to look through (1,000).
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { button, ending, openWizard } from '../browser/journeys.mjs';
import { words } from '../browser/words.mjs';
import { appShows, wrongCode } from '../door/authenticator.mjs';
import { until } from '../door/support.mjs';
import { Hunt, Recorder, spellings } from './hunt.mjs';

const BINARY = process.env.BF_BINARY ?? fileURLToPath(new URL('../../build/release/backfuture', import.meta.url));
const IMAGES = Number(process.env.BF_IMAGES ?? 2), ARTEFACTS = Number(process.env.BF_ARTEFACTS ?? 1000);
const { chromium } = createRequire(new URL('../browser/', import.meta.url))('playwright-core');
const WebSocket = createRequire(new URL('../rest/', import.meta.url))('ws');
const document = JSON.parse(fs.readFileSync(fileURLToPath(new URL('../../docs/reference/openapi.json', import.meta.url)), 'utf8'));
const w = words.en;

function start(args, folder, name) {
    const log = fs.openSync(path.join(folder, `${name}.log`), 'w');
    const child = spawn(BINARY, args, { stdio: ['ignore', 'pipe', log], cwd: folder, env: { ...process.env, TMPDIR: folder } });
    const ready = new Promise((resolve, reject) => {
        let said = '';
        child.once('exit', (code) => reject(new Error(`${name} ended with ${code}`)));
        child.stdout.on('data', (chunk) => {
            said += chunk;
            if (said.includes('\n')) resolve(JSON.parse(said.split('\n')[0]));
        });
    });
    return { child, ready, gone: new Promise((resolve) => child.once('exit', resolve)) };
}

/** Runs a command of ours to its end; its output is kept to be searched. */
function run(args, input, folder, outputs) {
    return new Promise((resolve) => {
        const child = spawn(BINARY, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, TMPDIR: folder } });
        let out = '';
        for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => { out += chunk; });
        child.on('close', (code) => { outputs.push(`$ ${args.join(' ')}\n${out}`); resolve({ code, out, json: out.startsWith('{') ? JSON.parse(out.split('\n')[0]) : undefined }); });
        child.stdin.on('error', () => {});  // It may have ended before it read all.
        child.stdin.end(input);
    });
}

/** A file of a process; nothing once the process ended, which it may while it is looked at. */
function ofProcess(file) {
    try {
        return fs.readFileSync(`/proc/${file}`, 'utf8').trim();
    } catch (error) {
        if (error.code !== 'ENOENT' && error.code !== 'ESRCH') throw error;
        return '';
    }
}
const descendants = (pid) => ofProcess(`${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number).flatMap((child) => [child, ...descendants(child)]);
const nameOf = (pid) => ofProcess(`${pid}/comm`);

/** With letters that other spellings change, and long enough to be nobody else's. */
const odd = (of) => `${of} "${randomBytes(9).toString('base64')}" <é/&%>\\`;

/** A house with everything in it: the simulated exchanges behind a recorder each, and a server. */
class House {
    outputs = [];
    answers = [];
    keys = new Hunt();        // Exchange secrets: nowhere at all.
    persons = new Hunt();     // Passwords, codes, tokens: not where the server keeps, says or logs something.
    signatures = new Hunt();  // What was signed with them: on the wire to the exchange, and nowhere else that stays.
    number = 0;

    async open(context) {
        this.scratch = fs.mkdtempSync(path.join(tmpdir(), 'bf-canary-'));
        this.data = path.join(this.scratch, 'data');
        this.simulator = start(['simulate', '--listen', '127.0.0.1:0', '--exchanges', 'mexc,kucoin', '--seed', '1', '--limits', 'off'], this.scratch, 'simulator');
        context.after(async () => {
            for (const one of [this.server, this.simulator]) one?.child.kill('SIGTERM');
            for (const recorder of Object.values(this.recorders ?? {})) recorder.stop();
            await Promise.all([this.server, this.simulator].map((one) => one?.gone));
            fs.rmSync(this.scratch, { recursive: true, force: true });
        });
        const { admin, exchanges } = await this.simulator.ready;
        Object.assign(this, { admin, exchanges, recorders: {} });
        for (const [id, url] of Object.entries(exchanges)) this.recorders[id] = await Recorder.before(url);
        // Whatever limit we have, a process that lets itself be dumped would leave a core.
        this.server = start(['serve', '--data', this.data, '--listen', '127.0.0.1:0', '--json-log', ...Object.entries(this.recorders).flatMap(([id, { url }]) => ['--exchange-url', `${id}=${url}`])], this.scratch, 'server');
        const { url, set_up_code: code } = await this.server.ready;
        Object.assign(this, { url, code });
    }
    command(args, input = '') { return run([...args, '--data', this.data, '--json'], input, this.scratch, this.outputs); }
    tell(what, body, method = 'POST') {
        return fetch(`${this.admin}/${what}`, { method, ...(body ? { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) } : {}) });
    }
    async key(exchange, options = {}) {
        const { account, ...made } = await (await this.tell('keys', { exchange, permissions: ['read', 'spot', 'futures'], balances: { USDT: '10000', ETH: '5' }, ...options })).json();
        this.account = account;
        return made;
    }
    hide(what, credentials) {
        this.keys.add(`the secret of ${what}`, credentials.secret.trim());
        if (credentials.passphrase?.length >= 16) this.keys.add(`the passphrase of ${what}`, credentials.passphrase);
    }
    /** Adds and tests a connection of these credentials, both through the command line; its name. */
    async tried(what, exchange, market, credentials, verdict) {
        this.hide(what, credentials);
        const name = `Canary ${++this.number}`, place = ['--exchange', exchange, '--market', market], paste = JSON.stringify(credentials);
        await run(['check', ...place, '--base-url', this.recorders[exchange].url, '--json'], paste, this.scratch, this.outputs);
        const added = await this.command(['connections', 'add', '--name', name, ...place], paste);
        if (verdict === 'not added') return assert.notEqual(added.code, 0, what);
        assert.equal(added.code, 0, `${what}: ${added.out}`);
        const report = await this.command(['connections', 'test', name]);
        assert.equal(report.json.verdict, verdict, what);
        return name;
    }
    rotate(name, credentials) {
        this.hide(`what ${name} changed to`, credentials);
        return this.command(['connections', 'rotate', name], JSON.stringify(credentials));
    }
    processes() { return [this.server.child.pid, ...descendants(this.server.child.pid)].map((pid) => ({ pid, name: nameOf(pid) })); }

    /** Every answer is looked through, with its headers. */
    async ask(method, route, { body, cookie, bearer, headers = {}, keeps = false } = {}) {
        const answer = await new Promise((resolve, reject) => {
            const asked = http.request(`${this.url}${route}`, { method, headers: { ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), ...(cookie ? { Cookie: cookie } : {}),
                ...(bearer ? { Authorization: `Bearer ${bearer}` } : {}), ...headers } }, (reply) => {
                const chunks = [];
                reply.on('data', (chunk) => chunks.push(chunk));
                reply.on('end', () => resolve({ status: reply.statusCode, headers: reply.headers, text: Buffer.concat(chunks).toString() }));
            });
            asked.on('error', reject);
            asked.end(body === undefined ? undefined : JSON.stringify(body));
        });
        const whole = `${answer.status} ${JSON.stringify(answer.headers)}\n${answer.text}`;
        this.answers.push([`${method} ${route}`, whole]);
        this.keys.look('answer', `${method} ${route}`, whole);
        // What is shown once is in the answer that shows it.
        if (!keeps) this.persons.look('answer', `${method} ${route}`, whole);
        return { ...answer, json: answer.text.startsWith('{') ? JSON.parse(answer.text) : undefined, cookie: answer.headers['set-cookie']?.[0].split(';')[0] };
    }

    /** Forced images of all processes, as they are in this moment. */
    images(hunted = this.processes()) {
        for (const { pid, name } of hunted) {
            this.keys.image(pid, name);
            // The web process hears passwords and codes, the signer knows what makes codes, the engine carries one between them.
            if (name !== 'bf-web' && name !== 'bf-signer' && name !== 'bf-engine') this.persons.image(pid, name);
        }
    }
    /** What the wire carried as proof of a key: whoever reads it in a log within seconds can use it. */
    learnSignatures() {
        let number = 0;
        for (const { streams } of Object.values(this.recorders))
            for (const { up } of streams)
                for (const [, , value] of Buffer.concat(up).toString('latin1').matchAll(/\b(signature=|signature: |kc-api-sign: |kc-api-passphrase: )([\w+/=-]{32,})/gi)) this.signatures.add(`signature ${number += 1}`, value);
        return number;
    }
    /** All that lies on the disk. */
    files(kind) {
        const skip = (file) => file === path.join(this.scratch, 'browser');
        this.keys.folder(kind, this.scratch, skip);
        this.persons.folder(kind, this.scratch, (file) => skip(file) || file.endsWith('simulator.log'));
    }
}

/** Adding, over every ending there is. */
async function connections(house) {
    const secretOf = { mexc: () => randomBytes(16).toString('hex'), kucoin: () => randomBytes(16).toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5') };
    for (const exchange of ['mexc', 'kucoin']) {
        for (const market of ['spot', 'futures']) await house.tried(`a good ${exchange} ${market} key`, exchange, market, await house.key(exchange), 'connected');
        const good = await house.key(exchange);
        await house.tried(`a ${exchange} key with a wrong secret`, exchange, 'spot', { ...good, secret: secretOf[exchange]() }, 'failed');
        await house.tried(`an unknown ${exchange} key`, exchange, 'spot', { ...good, key: good.key.slice(0, -2) + 'zz', secret: secretOf[exchange]() }, 'failed');
        await house.tried(`a withdrawing ${exchange} key`, exchange, 'spot', await house.key(exchange, { permissions: ['read', 'spot', 'withdraw'] }), 'refused');
        await house.tried(`a ${exchange} key bound elsewhere`, exchange, 'spot', await house.key(exchange, { ip_allow_list: ['203.0.113.7'], source_ip: '198.51.100.9' }), 'failed');
        await house.tried(`a ${exchange} key pasted with a space`, exchange, 'spot', { ...good, secret: ` ${secretOf[exchange]()}` }, 'not added');
        for (const fault of ['malformed', 'unavailable', 'reset']) {
            const made = await house.key(exchange);
            await house.tell('faults', { exchange, fault, count: 100 });
            await house.tried(`a ${exchange} key while the exchange is ${fault}`, exchange, 'spot', made, 'failed');
            await house.tell('faults', undefined, 'DELETE');
        }
        // Replaced, taken back, replaced for good, forgotten, removed.
        const first = await house.key(exchange), account = house.account;
        const kept = await house.tried(`a ${exchange} key to replace`, exchange, 'spot', first, 'connected');
        await house.rotate(kept, { ...good, secret: secretOf[exchange]() });
        assert.equal((await house.rotate(kept, await house.key(exchange, { account }))).code, 0);
        assert.equal((await house.command(['connections', 'roll-back', kept])).code, 0);
        assert.equal((await house.rotate(kept, await house.key(exchange, { account }))).code, 0);
        for (const act of ['ask-old-key', 'forget-old-key', 'disable', 'enable', 'show', 'remove']) await house.command(['connections', act, kept]);
    }
    await house.tried('a wrong KuCoin passphrase', 'kucoin', 'futures', { ...await house.key('kucoin'), passphrase: odd('wrong') }, 'failed');
    const broken = randomBytes(16).toString('hex');
    house.keys.add('a secret in text that is not JSON', broken);
    const refused = await house.command(['connections', 'add', '--name', 'Broken', '--exchange', 'mexc', '--market', 'spot'], `{"key":"mx0","secret":"${broken}"`);
    assert.equal(refused.code, 64);
    const strange = odd('no secret of an exchange');
    house.keys.add('a secret of a strange form', strange);
    await house.command(['connections', 'add', '--name', 'Strange', '--exchange', 'mexc', '--market', 'spot'], JSON.stringify({ key: 'mx0strange00000001', secret: strange }));
    await house.command(['connections', 'add', '--name', 'Twice', '--exchange', 'mexc', '--market', 'spot'], `{"key":"mx0","secret":${JSON.stringify(strange)},"secret":${JSON.stringify(strange)}}`);
}

/** People, their passwords and codes, right and wrong. Two are signed in at the end. */
async function people(house) {
    const password = odd('owner'), other = odd('viewer'), wrong = odd('wrong');
    for (const [name, text] of Object.entries({ 'the owner\'s password': password, 'the viewer\'s password': other, 'a wrong password': wrong })) house.persons.add(name, text);
    const token = (cookie) => house.ask('GET', '/api/v1/request-token', { cookie, keeps: true });
    const set = await house.ask('POST', '/api/v1/set-up', { body: { code: house.code, password }, keeps: true });
    assert.equal(set.status, 204, set.text);
    let owner = set.cookie;
    house.persons.add('a session', owner.split('=')[1]);
    await house.ask('POST', '/api/v1/sign-in', { body: { password: wrong } });
    await house.ask('POST', '/api/v1/sign-in', { body: { account: wrong, password: wrong } });
    assert.equal((await house.command(['accounts', 'add', 'vera', '--role', 'viewer'], other)).code, 0);
    const viewer = (await house.ask('POST', '/api/v1/sign-in', { body: { account: 'vera', password: other }, keeps: true })).cookie;
    house.persons.add('another session', viewer.split('=')[1]);
    const { secret } = (await house.ask('POST', '/api/v1/second-factor/begin', { cookie: owner, body: {}, keeps: true })).json;
    house.persons.add('what makes codes', secret);
    await house.ask('POST', '/api/v1/second-factor/confirm', { cookie: owner, body: { code: wrongCode(secret) } });
    const { codes } = (await house.ask('POST', '/api/v1/second-factor/confirm', { cookie: owner, body: { code: appShows(secret) }, keeps: true })).json;
    for (const one of codes) house.persons.add('a recovery code', one);
    await house.ask('POST', '/api/v1/sign-in', { body: { password } });
    await house.ask('POST', '/api/v1/sign-in', { body: { password, code: wrongCode(secret) } });
    const again = await house.ask('POST', '/api/v1/sign-in', { body: { password, code: codes[0] }, keeps: true });
    assert.equal(again.status, 204, again.text);
    owner = again.cookie;
    house.persons.add('a session with a code', owner.split('=')[1]);
    const made = await house.ask('POST', '/api/v1/tokens', { cookie: owner, body: { name: 'Script', scope: 'read', days: 1 }, keeps: true });
    const bearer = made.json.token;
    house.persons.add('an API token', bearer);
    await token(owner);
    return { owner, viewer, bearer, password, recovery: codes.slice(1) };
}

/** A browser that adds a key by hand, looks at every page and is closed; everything it kept, sent and heard is looked through. */
async function browser(house, { password, recovery: [recovery] }) {
    const profile = path.join(house.scratch, 'browser');
    const context = await chromium.launchPersistentContext(profile, { executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', baseURL: house.url, locale: 'en-GB',
        args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'] });
    const heard = [];
    try {
        const page = await context.newPage();
        page.setDefaultTimeout(20_000);
        page.on('request', (request) => heard.push(['traffic', `the browser's ${request.method()} ${new URL(request.url()).pathname}`, `${request.url()}\n${JSON.stringify(request.headers())}\n${request.postData() ?? ''}`]));
        page.on('response', async (response) => heard.push(['traffic', `the answer to ${new URL(response.url()).pathname}`, Buffer.concat([Buffer.from(JSON.stringify(response.headers())), await response.body().catch(() => Buffer.alloc(0))])]));
        page.on('console', (message) => heard.push(['console', 'the browser\'s console', message.text()]));
        page.on('websocket', (socket) => {
            for (const event of ['framesent', 'framereceived']) socket.on(event, ({ payload }) => heard.push(['frame', 'the live stream', payload]));
        });
        await page.goto('/');
        await page.evaluate((body) => fetch('/api/v1/sign-in', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }), { password, code: recovery });
        await page.reload();
        for (const [exchange, market, spoil] of [['KuCoin', 'spot', false], ['MEXC', 'futures', true]]) {
            const made = await house.key(exchange.toLowerCase());
            const credentials = spoil ? { ...made, secret: randomBytes(16).toString('hex') } : made;
            house.hide(`a key typed into the browser for ${exchange}`, credentials);
            await openWizard(page, w);
            await page.getByRole('radio', { name: exchange }).check();
            await page.getByRole('radio', { name: market === 'spot' ? 'Spot' : 'Futures' }).check();
            await button(page, w.next).click();
            await button(page, w.haveKey).click();
            for (const [field, text] of Object.entries(credentials)) await page.locator(`#credential-${field}`).fill(text);
            await button(page, w.test).click();
            assert.equal((await ending(page)).verdict, spoil ? 'failed' : 'connected');
            // What the page keeps: storage, caches, databases, its own text, and what stands in its fields.
            const kept = await page.evaluate(async () => {
                const databases = await indexedDB.databases?.() ?? [], cached = [];
                for (const name of await caches.keys().catch(() => [])) for (const request of await (await caches.open(name)).keys()) cached.push(request.url);
                return { local: JSON.stringify({ ...localStorage }), session: JSON.stringify({ ...sessionStorage }), cookie: document.cookie, cached: cached.join(), databases: JSON.stringify(databases),
                    text: document.documentElement.outerHTML, fields: [...document.querySelectorAll('input, textarea')].map((field) => field.value).join('\n'), history: JSON.stringify(history.state) };
            });
            for (const [what, text] of Object.entries(kept)) house.keys.look('storage', `the page's ${what}`, text ?? '');
        }
        const [{ id }] = (await page.evaluate(async () => (await fetch('/api/v1/connections')).json())).connections;
        const links = ['/#/', `/#/connections/${id}`, `/#/accounts/${id}`, '/#/strategies', '/#/groups', '/#/live', '/#/alarms', '/#/security', '/#/security/account', '/#/security/ledger', '/#/security/backup', '/#/backtests'];
        for (const link of links) {
            await page.goto(link);
            await page.getByRole('heading', { level: 1 }).waitFor();
            house.keys.look('storage', `the page ${link}`, await page.content());
        }
        const state = await context.storageState();
        house.keys.look('storage', 'the browser\'s cookies and storage', JSON.stringify(state));
    } finally {
        await context.close();
    }
    for (const [kind, where, bytes] of heard) house.keys.look(kind, where, bytes);
    house.keys.folder('profile', profile);
}

/** So many keys were tested that the exchange's limits may leave no room for an entry for a while: as a trader would, it is tried again. */
async function enter(house, strategy, signal, opened) {
    const decisions = async () => (await house.command(['strategies', 'decisions'])).json.decisions.filter((one) => one.strategy?.name === strategy);
    for (const end = Date.now() + 90_000; Date.now() < end;) {
        const before = (await decisions()).length;
        assert.equal((await signal()).status, 202);
        let latest;
        await until('the signal to be decided', async () => {
            const all = await decisions();
            latest = all.find(({ id }) => id === Math.max(...all.map((one) => one.id)));
            return await opened() || (all.length > before && latest.outcome === 'BLOCKED');
        }, 30);
        if (await opened()) return;
        assert.match(latest.sentence, /limits left no room/, JSON.stringify(latest));
    }
    assert.fail('no room for an entry in 90 s');
}

/** A key of each exchange trades; images of all processes at random moments of it. */
async function trading(house) {
    for (const exchange of ['kucoin', 'mexc']) {
        const name = await house.tried(`a ${exchange} key that trades`, exchange, 'spot', await house.key(exchange), 'connected'), pair = 'ETH/USDT';
        await house.tell('price', { exchange, symbol: pair, price: '3000' });
        const { json: strategy } = await house.command(['strategies', 'add', '--file', '-'], JSON.stringify({
            name: `Ladder ${exchange}`, connection: name, market: 'spot', pairs: [pair], directions: ['long'], risk_level: 'low', margin: { group_limit: '2000', group_limit_pct: '20', connection_limit_pct: '100' },
            entry: { base_order: '300', max_slippage_pct: '0.20', max_spread_pct: '5' }, add_on: { max: 3, zone_step_pct: '5', size_multiplier: '1.0', cooldown_s: 0 }, exit: { take_profit_pct: '1.0', allow_loss_exit: true } }));
        // Told this once.
        house.outputs.pop();
        house.persons.add(`the token for signals of ${strategy.name}`, strategy.hook.path.split('/').pop());
        await until('the strategy can be enabled', async () => (await house.command(['strategies', 'enable', strategy.name])).code === 0, 30);
        const signal = (kind, more) => house.ask('POST', strategy.hook.path, { body: { time: Date.now(), strategy: strategy.name, pair, direction: 'long', kind, ...more }, keeps: true });
        const groups = async () => (await house.command(['strategies', 'groups'])).json.groups.filter((one) => one.connection?.name === name && one.state !== 'CLOSED');
        await enter(house, strategy.name, () => signal('entry'), async () => (await groups())[0]?.state === 'ACTIVE');
        for (let i = 0; i < IMAGES; i += 1) {
            await new Promise((resolve) => setTimeout(resolve, Math.random() * 200));
            house.images();
        }
        await signal('entry', { strategy: 'nobody' });
        await signal('exit');
        await until('the group to close', async () => (await groups()).length === 0, 30);
        const limits = (await house.command(['connections', 'limits', name, 'show'])).json;
        await house.command(['connections', 'limits', name, 'set'], JSON.stringify({ ...limits.limits, values: { USDT: { order: '10', market_order: '0', hour: '100', day: '100', exposure: '100' } } }));
        await signal('entry');
        await house.command(['connections', 'freeze', name, '--everything']);
        await signal('entry');
        await house.command(['strategies', 'decisions']);
    }
}

/** All that can be read over REST, by everybody, in both languages. */
async function readAll(house, { owner, viewer, bearer }) {
    const list = async (route, of) => ((await house.ask('GET', `/api/v1/${route}`, { cookie: owner, keeps: true })).json?.[of] ?? []).map(({ id }) => id).filter((id) => id !== undefined);
    const ids = { connections: await list('connections', 'connections'), strategies: await list('strategies', 'strategies'), groups: await list('groups', 'groups'), decisions: await list('decisions', 'decisions') };
    ids.accounts = ids.connections;
    for (const [template, item] of Object.entries(document.paths)) {
        if (!item.get) continue;
        const of = /^\/api\/v1\/([a-z-]+)\/\{/.exec(template)?.[1];
        const routes = of ? (ids[of] ?? []).slice(0, 6).concat('x1').map((id) => template.replace(/\{[^}]+\}/, id).replaceAll(/\{[^}]+\}/g, 'x1')) : [template];
        for (const route of routes)
            for (const [who, lang] of [[{ cookie: owner }, 'en'], [{ cookie: viewer }, 'nl'], [{ bearer }, 'en'], [{}, 'en']])
                // Addresses of hooks, and tokens that a page sends, are shown to those they belong to.
                await house.ask('GET', `${route}?lang=${lang}`, { ...who, keeps: /request-token|strategies/.test(route) });
    }
    await house.ask('GET', '/metrics');
    await house.ask('GET', '/');
    await house.ask('POST', '/api/v1/connections', { cookie: owner, body: { name: 'No box', exchange: 'mexc', market: 'spot', sealed: 'bm90IGEgYm94' } });
}

/** What can be carried out of the house: also a backup with the keys, and what is restored from it. */
async function exportAll(house, { recovery: [, code] }) {
    const passphrase = odd('a backup\'s'), file = path.join(house.scratch, 'one.bfbackup');
    house.persons.add('the passphrase of a backup', passphrase);
    for (const [args, input] of [[['backup', 'create', '--to', file, '--account', 'owner', '--data', house.data], `${passphrase}\n${code}\n`], [['backup', 'verify', file, '--data', house.data], passphrase],
        [['restore', file, '--data', path.join(house.scratch, 'restored')], passphrase], [['backup', 'verify', file], odd('no passphrase of a backup')]]) {
        const ended = await run([...args, '--json'], input, house.scratch, house.outputs);
        assert.equal(ended.code, input.startsWith('no ') ? 3 : 0, ended.out);
    }
    for (const args of [['connections', 'list'], ['security'], ['ledger', 'verify'], ['ledger', 'show'], ['ledger', 'export'], ['ledger', 'head'], ['accounts', 'list'], ['strategies', 'list'], ['strategies', 'decisions'], ['strategies', 'groups'], ['backtest', 'list']]) {
        await house.command(args);
        await run([...args, '--data', house.data], '', house.scratch, house.outputs);
    }
}

/** Each process dies as badly as it can, with its core allowed where it allows that itself. */
async function crash(house) {
    for (const name of ['bf-engine', 'bf-web', 'bf-signer']) {
        for (const signal of ['SIGSEGV', 'SIGABRT', 'SIGKILL']) {
            const { pid } = house.processes().find((one) => one.name === name);
            process.kill(pid, signal);
            await until(`${name} is there again`, () => house.processes().some((one) => one.name === name && one.pid !== pid), 20);
            await until('the server answers', async () => (await house.command(['connections', 'list'])).code === 0, 20);
        }
    }
}

test('no secret is anywhere but sealed in the vault, whatever became of it', { timeout: 180_000 + IMAGES * 10_000 }, async (context) => {
    const house = new House();
    await house.open(context);
    const { keys, persons } = house;
    const stream = [];

    await connections(house);
    house.images();
    house.files('file');
    const who = await people(house);
    const live = new WebSocket(`${house.url.replace('http', 'ws')}/api/v1/live`, { headers: { Cookie: who.owner, Origin: house.url } });
    live.on('message', (message) => stream.push(message));
    live.on('error', () => {});
    await trading(house);
    await browser(house, who);
    house.files('file');
    await readAll(house, who);
    await exportAll(house, who);
    house.images();
    await crash(house);
    house.images();
    live.terminate();

    // The hunter can find what is there: the simulator knows the secrets it made, and what is planted in a log is found in every spelling.
    const dog = new Hunt(), planted = odd('planted');
    dog.add('planted', planted);
    for (const { how, bytes } of spellings(planted)) assert.ok(dog.hits(Buffer.concat([Buffer.from('{"sentence":"'), bytes, Buffer.from('"}\n')])).includes(`planted (${how})`), how);
    assert.deepEqual(dog.hits(Buffer.from(JSON.stringify(odd('planted')))), []);
    const made = keys.found.length;
    keys.image(house.simulator.child.pid, 'the simulator');
    assert.ok(keys.found.length > made, 'the search itself finds nothing');
    keys.found.splice(made);

    for (const output of house.outputs) {
        keys.look('output', output.split('\n')[0], output);
        persons.look('output', output.split('\n')[0], output);
    }
    for (const message of stream) keys.look('frame', 'the live stream', message);
    assert.ok(house.learnSignatures() > 100, 'no signature was seen on the wire');
    for (const output of house.outputs) house.signatures.look('output', output.split('\n')[0], output);
    for (const [where, answer] of house.answers) house.signatures.look('answer', where, answer);
    for (const message of stream) house.signatures.look('frame', 'the live stream', message);
    house.signatures.folder('file', house.scratch, (file) => file === path.join(house.scratch, 'browser') || file.endsWith('simulator.log'));
    for (const [exchange, recorder] of Object.entries(house.recorders)) recorder.giveTo(keys, `the traffic with ${exchange}`);
    house.files('file');
    console.log(`# exchange secrets: ${keys.report()}`);
    console.log(`# people's secrets: ${persons.report()}`);
    console.log(`# signatures: ${house.signatures.report()}`);
    assert.deepEqual([...new Set([...keys.found, ...persons.found, ...house.signatures.found])].slice(0, 20), []);
    assert.ok(keys.count() >= ARTEFACTS, `${keys.count()} artefacts`);
    assert.deepEqual(house.processes().map(({ name }) => name).filter((name) => name.startsWith('bf-')).sort(), ['bf-engine', 'bf-signer', 'bf-web']);
    assert.deepEqual(fs.readdirSync(house.scratch).sort(), ['browser', 'data', 'one.bfbackup', 'restored', 'server.log', 'simulator.log'], 'something else was written: a core, a temporary file');
});
