// What the internet and other people's pages try on the dashboard: names that are not ours (DNS rebinding), requests of other sites (CSRF),
// addresses to be called for them (server-side request forgery), script in every text field, requests that are none. Each has its expected
// refusal; together they are some thousand requests to one running demo.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Running, scratch } from '../door/support.mjs';

const PASSWORD = 'correct horse battery';
const cleaning = [];
const context = { after: (work) => cleaning.unshift(work) };
const agent = new http.Agent({ keepAlive: true, maxSockets: 4 });
let origin, host, port, cookie, token, api;
/** Where nothing of ours may ever knock: a listener on both loopbacks. */
const knocks = [];
let trapPort;

function ask(method, target, { headers = {}, body, signedIn = true } = {}) {
    return new Promise((resolve, reject) => {
        const request = http.request({ host: '127.0.0.1', port, path: target, method, agent, setHost: headers.Host === undefined, timeout: 20_000,
            headers: { ...(signedIn ? { Cookie: cookie } : {}), ...(body === undefined ? {} : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }), ...headers } }, (reply) => {
            let text = '';
            reply.setEncoding('utf8').on('data', (chunk) => { text += chunk; }).on('end', () => resolve({ status: reply.statusCode, headers: reply.headers, text }));
        });
        request.on('error', reject).on('timeout', () => request.destroy(new Error(`no answer to ${method} ${target}`)));
        request.end(body);
    });
}
/** Bytes as they are, and all that comes back until the other side ends or falls silent. */
function raw(bytes, silence = 1500) {
    return new Promise((resolve) => {
        const socket = net.connect(port, '127.0.0.1', () => socket.write(bytes));
        let text = '';
        socket.setEncoding('latin1').setTimeout(silence, () => socket.destroy());
        socket.on('data', (chunk) => { text += chunk; }).on('error', () => {}).on('close', () => resolve(text));
    });
}
const statusOf = (text) => Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0);
const isHook = (template) => template.startsWith('/hooks/');

before(async () => {
    const trap = () => net.createServer((socket) => { knocks.push(socket.remotePort); socket.destroy(); });
    const four = trap(), six = trap();
    await new Promise((resolve) => four.listen(0, '127.0.0.1', resolve));
    trapPort = four.address().port;
    await new Promise((resolve) => six.once('error', resolve).listen(trapPort, '::1', resolve));
    cleaning.push(() => four.close(), () => six.close(), () => agent.destroy());
    const server = new Running(['serve', '--demo', '--data', path.join(scratch(context), 'data'), '--listen', '127.0.0.1:0']);
    cleaning.unshift(() => server.stop());
    const ready = await server.ready;
    origin = ready.url;
    ({ host, port } = new URL(origin));
    const answer = await ask('POST', '/api/v1/set-up', { body: JSON.stringify({ code: ready.set_up_code, password: PASSWORD }), signedIn: false });
    assert.equal(answer.status, 204, answer.text);
    [cookie] = answer.headers['set-cookie'][0].split(';');
    token = JSON.parse((await ask('GET', '/api/v1/request-token')).text).token;
    api = JSON.parse(fs.readFileSync(fileURLToPath(new URL('../../docs/reference/openapi.json', import.meta.url)), 'utf8'));
});
after(async () => { for (const work of cleaning) await work(); });

/** Every operation of the document but those that end the session or, unless `people` are meant too, are about who signs in and count failures: [{ method, route, fields }]. */
function* operations({ people = false } = {}) {
    for (const [template, methods] of Object.entries(api.paths))
        for (const [method, operation] of Object.entries(methods)) {
            if (/\/(sign-out|set-up|live)$/.test(template) || (!people && /\/api\/v1\/(sign-in|password|passkeys|people|sessions|tokens|second-factor|step-up)/.test(template))) continue;
            if (!['get', 'post', 'put', 'patch', 'delete'].includes(method)) continue;
            let schema = operation.requestBody?.content['application/json']?.schema;
            while (schema?.$ref) schema = schema.$ref.slice(2).split('/').reduce((at, name) => at[name], api);
            const fields = Object.entries(schema?.properties ?? {}).filter(([, one]) => [one.type].flat().includes('string') || !one.type).map(([name]) => name);
            const queries = (operation.parameters ?? []).filter((one) => one.in === 'query').map((one) => one.name);
            yield { method: method.toUpperCase(), template, fields, queries, schema };
        }
}

// ---- Names that are not ours ----

function foreignHosts() {
    const evil = ['evil.example', 'attacker.test', 'rebind.network', 'a.b.c.d.example', 'xn--bckftr-9ua.example', 'localhost.evil.example', '127.0.0.1.evil.example', 'evil.example.localhost', 'www.localhost',
        'localhost.localdomain', 'localhost.', '127.0.0.1.', 'local', 'localtest.me', 'lvh.me', '127-0-0-1.nip.io', '127.0.0.1.nip.io', '7f000001.rbndr.us', 'make-127.0.0.1-rr.1u.ms', 'metadata.google.internal',
        'backfuture', 'backfuture.local', 'router.asus.com', 'wpad', 'ip6-localhost', 'localhost6', 'LOCALHOST.EVIL.EXAMPLE', 'localhost%00.evil.example', 'localhost%2eevil.example'];
    const addresses = ['0.0.0.0', '0', '127.1', '127.0.1', '2130706433', '0x7f000001', '0x7f.0.0.1', '0177.0.0.1', '017700000001', '127.0.0.2', '127.127.127.127', '127.255.255.254', '10.0.0.1', '172.16.0.1', '192.168.0.1',
        '192.168.1.1', '169.254.169.254', '100.64.0.1', '198.18.0.1', '203.0.113.7', '255.255.255.255', '[::]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[0:0:0:0:0:0:0:1]', '[fe80::1]', '[fd00::1]', '[::1%25lo]', '[64:ff9b::7f00:1]', '::1'];
    const hosts = [];
    for (const name of [...evil, ...addresses]) hosts.push(name, `${name}:${port}`);
    for (const ours of ['127.0.0.1', 'localhost', '[::1]']) {
        hosts.push(ours, `${ours}:80`, `${ours}:443`, `${ours}:0`, `${ours}:${Number(port) + 1}`, `${ours}:0${port}`, `${ours}:${port}0`, `${ours}:${port}:${port}`, `${ours}:`, `${ours}:${port}.`, `${ours}:+${port}`,
            `user@${ours}:${port}`, `${ours}:${port}@evil.example`, `evil.example@${ours}:${port}`, `${ours}:${port}/`, `${ours}:${port}#evil.example`, `${ours}:${port}?`, `${ours}:${port}, evil.example`, `evil.example, ${ours}:${port}`,
            `${ours}:${port} evil.example`, `http://${ours}:${port}`, `//${ours}:${port}`, `"${ours}:${port}"`, `${ours}:${port};`, `${ours}\\:${port}`, `${ours}:${port}\\`);
    }
    return [...new Set(hosts)];
}

test('a name that is not ours is never served: DNS rebinding', async () => {
    const hosts = foreignHosts();
    assert.ok(hosts.length >= 150, `${hosts.length} forms`);
    for (const name of hosts)
        for (const [method, target] of [['GET', '/api/v1/connections'], ['GET', '/'], ['GET', '/metrics'], ['POST', '/hooks/abc']]) {
            const { status, text } = await ask(method, target, { headers: { Host: name }, body: method === 'POST' ? '{}' : undefined });
            assert.ok(status === 421 || status === 400, `${target} was served under the name ${name}: ${status} ${text}`);
        }
    // Whatever a proxy would say about the name counts for nothing.
    for (const header of ['X-Forwarded-Host', 'X-Host', 'Forwarded', 'X-Original-Host', 'X-HTTP-Host-Override', 'X-Forwarded-Server', 'X-Rewrite-URL', 'X-Original-URL'])
        assert.equal((await ask('GET', '/', { headers: { Host: `evil.example:${port}`, [header]: header === 'Forwarded' ? `host=${host}` : host } })).status, 421, header);
    for (const ours of [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`, `LOCALHOST:${port}`]) assert.equal((await ask('GET', '/api/v1/session', { headers: { Host: ours } })).status, 200, ours);
});

test('the live stream opens under our name and from our page only', async () => {
    const upgrade = (headers) => raw(`GET /api/v1/live HTTP/1.1\r\n${Object.entries({ Host: host, Cookie: cookie, Origin: origin, Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==', ...headers })
        .filter(([, value]) => value !== null).map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`, 300);
    assert.equal(statusOf(await upgrade({})), 101);
    for (const Host of foreignHosts().slice(0, 60)) assert.notEqual(statusOf(await upgrade({ Host })), 101, Host);
    for (const Origin of foreignOrigins()) assert.notEqual(statusOf(await upgrade({ Origin })), 101, Origin);
    assert.equal(statusOf(await upgrade({ Cookie: null })), 401);
    assert.equal(statusOf(await upgrade({ 'Sec-Fetch-Site': 'cross-site' })), 403);
});

// ---- Requests of other sites ----

function foreignOrigins() {
    const at = (name) => [`http://${name}`, `https://${name}`, `http://${name}:${port}`, `https://${name}:${port}`];
    return [...new Set(['null', '', 'file://', 'about:blank', 'chrome-extension://abcdef', 'moz-extension://abcdef', 'data:', 'blob:null', `https://${host}`, `ftp://${host}`, `ws://${host}`, `//${host}`, host, 'http://', 'http:', '*',
        `${origin}/`, `${origin}.evil.example`, `${origin}@evil.example`, `http://user@${host}`, `${origin} http://evil.example`, `http://evil.example ${origin}`, `${origin},http://evil.example`, `http://evil.example,${origin}`, `${origin}%00.evil.example`,
        `http://127.0.0.1`, 'http://localhost', `http://127.0.0.1:${Number(port) + 1}`, `http://127.0.0.1:${port}0`, `http://localhost:${port}`, `http://[::1]:${port}`, `http://127.1:${port}`, `http://2130706433:${port}`, `http://0x7f000001:${port}`,
        ...['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', 'evil-localhost', 'sub.localhost', 'xn--80ak6aa92e.example', '10.0.0.1', '169.254.169.254', '[::ffff:127.0.0.1]', '0.0.0.0'].flatMap(at)])];
}

test('a change that another site asks for is refused: CSRF', async () => {
    const origins = foreignOrigins();
    assert.ok(origins.length >= 60, `${origins.length} forms`);
    const change = (headers, body = '{"v6":null}') => ask('PUT', '/api/v1/addresses', { headers: { 'Content-Type': 'application/json', 'X-BF-Token': token, ...headers }, body });
    for (const Origin of origins) {
        const { status, text } = await change({ Origin });
        assert.equal(status, 403, `${Origin}: ${text}`);
    }
    // The right origin with a wrong token, and the other way round.
    for (const wrong of ['', 'x', token.slice(1), `${token}0`, token.toUpperCase() === token ? 'f'.repeat(48) : token.toUpperCase(), '0'.repeat(token.length), cookie.split('=')[1], `${token},${token}`, `"${token}"`, encodeURIComponent(`${token} `), token.split('').reverse().join('')])
        assert.equal((await change({ Origin: origin, 'X-BF-Token': wrong })).status, 403, wrong);
    for (const site of ['cross-site', 'same-site', 'Same-Origin', 'same-origin, cross-site', 'x', '']) assert.equal((await change({ Origin: origin, 'Sec-Fetch-Site': site })).status, 403, site);
    // What a form or a beacon can send is not JSON.
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/plain; application/json', 'text/json', 'application/jsonp', ' ', 'application/csp-report', 'text/xml'].filter((one) => !one.startsWith('application/jsonp')))
        assert.equal((await change({ Origin: origin, 'Content-Type': type })).status, 415, type);
    assert.equal((await change({ Origin: origin })).status, 200);
    // No path forgets it.
    let paths = 0;
    for (const { method, template } of operations({ people: true })) {
        if (method === 'GET' || isHook(template) || template.endsWith('/sign-in')) continue;
        ++paths;
        const target = template.replace(/\{[^}]+\}/g, 'x1');
        for (const headers of [{ Origin: 'http://evil.example', 'X-BF-Token': token }, { Origin: origin }, { 'Sec-Fetch-Site': 'cross-site', 'X-BF-Token': token }, { Origin: 'null' }])
            assert.equal((await ask(method, target, { headers, body: '{}' })).status, 403, `${method} ${target} ${JSON.stringify(headers)}`);
        assert.equal((await ask(method, target, { headers: { Origin: origin, 'X-BF-Token': token }, body: '{}', signedIn: false })).status, 401, `${method} ${target}`);
    }
    assert.ok(paths > 60, `${paths} paths`);
    // Nor does signing in or out: nobody is somebody else by another site's doing.
    for (const [name, signedIn] of [['sign-in', false], ['set-up', false], ['sign-out', true]])
        for (const headers of [{ Origin: 'http://evil.example' }, { Origin: 'null' }, { 'Sec-Fetch-Site': 'cross-site' }])
            assert.equal((await ask('POST', `/api/v1/${name}`, { headers, body: '{}', signedIn })).status, 403, `${name} ${JSON.stringify(headers)}`);
    // Nothing is allowed to other origins, asked or not.
    for (const method of ['OPTIONS', 'GET']) {
        const { headers } = await ask(method, '/api/v1/connections', { headers: { Origin: 'http://evil.example', 'Access-Control-Request-Method': 'DELETE', 'Access-Control-Request-Headers': 'x-bf-token' } });
        assert.deepEqual(Object.keys(headers).filter((name) => name.startsWith('access-control')), []);
    }
    // And what a browser is told to send back with other sites' requests is nothing.
    const { headers } = await ask('POST', '/api/v1/sign-in', { body: JSON.stringify({ password: PASSWORD, name: 'owner' }), signedIn: false });
    for (const one of headers['set-cookie'] ?? []) assert.match(one, /HttpOnly; SameSite=Strict/);
});

// ---- Addresses to be called for somebody ----

function urls() {
    const places = ['127.0.0.1', 'localhost', '[::1]', '0.0.0.0', '0', '127.1', '127.0.1', '2130706433', '0x7f000001', '0x7f.0.0.1', '0x7F.1', '0177.0.0.1', '017700000001', '0177.1', '127.000.000.001', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[0:0:0:0:0:0:0:1]', '[::]',
        '[::127.0.0.1]', '[64:ff9b::7f00:1]', 'localtest.me', '127.0.0.1.nip.io', '①②⑦.⓪.⓪.①', 'ⓛⓞⓒⓐⓛⓗⓞⓢⓣ', 'localhost%00', 'LOCALHOST', 'localhost.', '169.254.169.254', 'metadata.google.internal', '[fd00:ec2::254]', '100.100.100.200', '10.0.0.1', '192.168.0.1', '172.16.0.1', 'host.docker.internal', '[fe80::1]'];
    const schemes = ['http', 'https', 'ws', 'wss', 'ftp', 'gopher', 'file', 'dict', 'ldap', 'tftp', 'unix', 'jar:http', 'netdoc', 'data'];
    const forms = [];
    for (const place of places) for (const scheme of ['http', 'https', 'ws']) forms.push(`${scheme}://${place}:${trapPort}/`);
    for (const place of places) forms.push(`${place}:${trapPort}`, `//${place}:${trapPort}/`, `http://api.mexc.com@${place}:${trapPort}/`, `http://${place}:${trapPort}#api.kucoin.com`, `http://${place}:${trapPort}?api.mexc.com`);
    for (const scheme of schemes) forms.push(`${scheme}://127.0.0.1:${trapPort}/`, `${scheme}://localhost:${trapPort}/x`);
    forms.push('file:///etc/passwd', 'file://localhost/etc/passwd', 'unix:///run/signer.sock', `http://127.0.0.1:${trapPort}\\@api.mexc.com/`, `http:\\\\127.0.0.1:${trapPort}\\`, `http:/127.0.0.1:${trapPort}`, `http:127.0.0.1:${trapPort}`, `http://[::1]:${trapPort}/%2e%2e/`,
        `http://127.0.0.1:${trapPort}/\r\nHost: api.mexc.com`, `http://127.0.0.1:${trapPort}%0d%0aX: y`, `hTTp://127.0.0.1:${trapPort}`, ` http://127.0.0.1:${trapPort}`, `http://127.0.0.1:${trapPort} `, `http://user:pass@127.0.0.1:${trapPort}/`, `mexc=http://127.0.0.1:${trapPort}`,
        `kucoin=http://127.0.0.1:${trapPort}`, `--exchange-url=mexc=http://127.0.0.1:${trapPort}`, `http://127。0。0。1:${trapPort}/`);
    return [...new Set(forms)];
}

test('no field of any request makes it call an address: server-side request forgery', { timeout: 300_000 }, async () => {
    const forms = urls();
    assert.ok(forms.length >= 300, `${forms.length} forms`);
    const spots = [];
    for (const { method, template, fields, queries } of operations()) {
        if (method === 'DELETE' || isHook(template)) continue;
        const target = template.replace(/\{[^}]+\}/g, 'x1');
        if (template.includes('{')) spots.push((form) => [method, template.replace(/\{[^}]+\}/g, encodeURIComponent(form)), method === 'GET' ? undefined : '{}']);
        for (const name of queries) spots.push((form) => [method, `${target}?${name}=${encodeURIComponent(form)}`, method === 'GET' ? undefined : '{}']);
        for (const name of fields) spots.push((form) => [method, target, JSON.stringify({ [name]: form })]);
        // Fields that nobody documented.
        if (method !== 'GET') spots.push((form) => [method, target, JSON.stringify(Object.fromEntries(['base_url', 'exchange_url', 'url', 'host', 'proxy', 'webhook', 'callback', 'site', 'exchange', 'redirect'].map((name) => [name, form])))]);
    }
    assert.ok(spots.length > 40, `${spots.length} places`);
    // Every form in some places, every place with some forms.
    let asked = 0;
    for (let i = 0; i < forms.length; ++i)
        for (let step = 0; step < 6; ++step) {
            const [method, target, body] = spots[(i * 6 + step) % spots.length](forms[i]);
            const { status, text } = await ask(method, target, { body });
            ++asked;
            assert.ok(status < 500, `${method} ${target} ${body}: ${status} ${text}`);
            assert.ok(status < 300 || status >= 400, `${method} ${target} is redirected`);
        }
    for (const spot of spots) {
        const [method, target, body] = spot(`http://127.0.0.1:${trapPort}/`);
        assert.ok((await ask(method, target, { body })).status < 500, `${method} ${target}`);
    }
    // As a proxy would be asked.
    for (const form of forms.slice(0, 120)) {
        const answer = await raw(`GET ${form.replace(/[\s\u0080-\uffff]/g, '')} HTTP/1.1\r\nHost: ${host}\r\nCookie: ${cookie}\r\nConnection: close\r\n\r\n`, 800);
        assert.ok([0, 400, 401, 404, 405].includes(statusOf(answer)), `${form}: ${answer.slice(0, 60)}`);
    }
    for (const target of [`127.0.0.1:${trapPort}`, `localhost:${trapPort}`]) assert.ok([0, 400, 405].includes(statusOf(await raw(`CONNECT ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`, 800))));
    assert.ok(asked >= 1800);
    assert.deepEqual(knocks, [], 'somebody knocked where nothing of ours may go');
    for (const place of ['127.0.0.1', '::1']) await new Promise((resolve) => net.connect(trapPort, place).on('error', resolve).on('close', resolve));
    assert.equal(knocks.length, 2, 'the trap itself hears nothing');
});

// ---- Script in every text field ----

const SCRIPTS = ['<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', "'-alert(1)-'", '</script><svg/onload=alert(1)>', 'javascript:alert(1)', '{{constructor.constructor("alert(1)")()}}', '${alert(1)}', '<iframe srcdoc="<script>alert(1)</script>">',
    '\u003cimg src=x onerror=alert(1)\u003e', '<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>', '\\u003cscript\\u003e', '<a href="jav\tascript:alert(1)">x</a>', '\u2028alert(1)//', '<!--<script>', '";alert(1);//', '\u202Egnp.exe'];

test('script in every text field is text: never a page, never unescaped, never believed to be another type', { timeout: 300_000 }, async () => {
    let asked = 0;
    const judge = ({ status, headers, text }, what) => {
        ++asked;
        assert.ok(status < 500, `${what}: ${status} ${text}`);
        if (text === '') return;
        assert.match(headers['content-type'], /^(application\/(problem\+)?json|text\/plain)/, what);
        assert.equal(headers['x-content-type-options'], 'nosniff', `${what}: ${status} ${text}`);
        assert.match(headers['content-security-policy'], /default-src 'none'; script-src 'self'.*frame-ancestors 'none'.*require-trusted-types-for 'script'/, what);
        assert.doesNotMatch(headers['content-security-policy'], /unsafe|\*|https?:/, what);
        if (headers['content-type'].includes('json')) JSON.parse(text);
        else assert.ok(!/<script|onerror|onload/i.test(text), `${what}: ${text}`);
    };
    for (const { method, template, fields, queries } of operations({ people: true })) {
        if (isHook(template)) continue;
        const target = template.replace(/\{[^}]+\}/g, 'x1');
        for (const [i, script] of SCRIPTS.entries()) {
            for (const name of fields) judge(await ask(method, target, { body: JSON.stringify({ [name]: script }) }), `${method} ${target} ${name}`);
            for (const name of queries) judge(await ask(method, `${target}?${name}=${encodeURIComponent(script)}`, { body: method === 'GET' ? undefined : '{}' }), `${method} ${target}?${name}`);
            if (template.includes('{') && i < 6) judge(await ask(method, template.replace(/\{[^}]+\}/g, encodeURIComponent(script)), { body: method === 'GET' ? undefined : '{}' }), `${method} ${template}`);
        }
    }
    // What is kept and shown again: a strategy's name, an address, a signal's words.
    for (const script of SCRIPTS) {
        judge(await ask('PUT', '/api/v1/addresses', { body: JSON.stringify({ v4: script }) }), 'address');
        judge(await ask('POST', '/api/v1/strategies', { body: JSON.stringify({ settings: { name: script } }) }), 'strategy');
        judge(await ask('GET', `/${encodeURIComponent(script)}`, {}), 'page');
        judge(await ask('GET', `/api/v1/${encodeURIComponent(script)}`, {}), 'path');
    }
    judge(await ask('GET', '/api/v1/strategies'), 'strategies');
    assert.ok(asked > 500, `${asked} answers`);
});

test('every page says what it is, and is framed, sniffed and opened by nobody', async () => {
    for (const target of ['/', '/healthz', '/metrics', '/nothing', '/api/v1/session', '/api/v1/nothing', '/api/v1/openapi.json', '/api/v1/set-up']) {
        const { headers } = await ask('GET', target);
        for (const [name, value] of [['x-content-type-options', /^nosniff$/], ['referrer-policy', /^no-referrer$/], ['cross-origin-opener-policy', /^same-origin$/], ['cross-origin-resource-policy', /^same-origin$/],
            ['content-security-policy', /frame-ancestors 'none'.*base-uri 'none'.*form-action 'none'/], ['permissions-policy', /geolocation=\(\)/]]) assert.match(headers[name] ?? '', value, `${target}: ${name}`);
        assert.equal(headers['strict-transport-security'], undefined, 'a promise of TLS without TLS');
        assert.equal(headers.server, undefined);
        if (target.startsWith('/api/v1/')) assert.equal(headers['cache-control'], 'no-store', target);
    }
    // No page has code in it.
    const { text } = await ask('GET', '/');
    assert.doesNotMatch(text, /<script(?![^>]*\ssrc=)|\son[a-z]+=|javascript:|<style/i);
});

// ---- Requests that are none ----

test('what is malformed, too large or smuggled is refused, and the server goes on', { timeout: 120_000 }, async () => {
    const head = `Host: ${host}\r\nCookie: ${cookie}\r\n`;
    const rows = [
        ['two lengths', `POST /hooks/x HTTP/1.1\r\n${head}Content-Length: 5\r\nContent-Length: 6\r\n\r\n{}xxxx`], ['length and chunks', `POST /hooks/x HTTP/1.1\r\n${head}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n`],
        ['chunks twice', `POST /hooks/x HTTP/1.1\r\n${head}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n`], ['a length that is none', `POST /hooks/x HTTP/1.1\r\n${head}Content-Length: -1\r\n\r\n`],
        ['a length with a plus', `POST /hooks/x HTTP/1.1\r\n${head}Content-Length: +2\r\n\r\n{}`], ['a huge length', `POST /hooks/x HTTP/1.1\r\n${head}Content-Length: 99999999999999999999\r\n\r\n`], ['a large body', `POST /api/v1/connections HTTP/1.1\r\n${head}Content-Type: application/json\r\nContent-Length: 2000000\r\n\r\n`],
        ['a bad chunk', `POST /hooks/x HTTP/1.1\r\n${head}Transfer-Encoding: chunked\r\n\r\nZZ\r\n`], ['no host', 'GET / HTTP/1.1\r\n\r\n'], ['two hosts', `GET / HTTP/1.1\r\nHost: ${host}\r\nHost: evil.example\r\n\r\n`], ['a header without a name', `GET / HTTP/1.1\r\n${head}: x\r\n\r\n`],
        ['a blank before the colon', `GET / HTTP/1.1\r\nHost : ${host}\r\n\r\n`], ['a folded header', `GET / HTTP/1.1\r\nX: a\r\n b\r\nHost: evil.example\r\n\r\n`], ['many headers', `GET / HTTP/1.1\r\n${head}${'X-Y: z\r\n'.repeat(4000)}\r\n`], ['a long header', `GET / HTTP/1.1\r\n${head}X: ${'y'.repeat(40_000)}\r\n\r\n`],
        ['a long path', `GET /${'y'.repeat(40_000)} HTTP/1.1\r\n${head}\r\n`], ['an old version', `GET / HTTP/0.9\r\n${head}\r\n`], ['a new version', `GET / HTTP/2.0\r\n${head}\r\n`], ['another protocol', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'], ['TLS', Buffer.from('160301020001000001fc0303', 'hex')], ['noise', Buffer.alloc(300, 0xa5)],
        ['zeros', Buffer.alloc(300)], ['a zero in a header', `GET / HTTP/1.1\r\nHost: ${host}\r\nX: a\0b\r\n\r\n`], ['a method with a blank', `GE T / HTTP/1.1\r\n${head}\r\n`], ['an unknown method', `BREW / HTTP/1.1\r\n${head}\r\n`], ['TRACE', `TRACE / HTTP/1.1\r\n${head}\r\n`], ['a line feed alone', `GET / HTTP/1.1\nHost: ${host}\n\n`],
    ];
    for (const [what, bytes] of rows) {
        const answer = await raw(bytes, 700);
        const status = statusOf(answer);
        assert.ok(status === 0 || (status >= 400 && status < 500), `${what}: ${answer.slice(0, 80)}`);
        assert.ok((answer.match(/HTTP\/1\.1 /g) ?? []).length <= 1, `${what}: one request was taken for two`);
    }
    assert.equal((await ask('GET', '/healthz')).status, 200);
});
