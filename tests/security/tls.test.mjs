// The dashboard's own TLS: when it must be there, a certificate made here, one of the user's that is taken anew, what is never spoken.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import path from 'node:path';
import tls from 'node:tls';
import { run, scratch, serve, until } from '../door/support.mjs';

/** One request over TLS: { status, headers, body, certificate, protocol }. */
function ask(url, options = {}) {
    return new Promise((resolve, reject) => {
        const request = https.request(url, { agent: false, ...options }, (reply) => {
            const certificate = reply.socket.getPeerX509Certificate(), protocol = reply.socket.getProtocol();
            let body = '';
            reply.on('data', (chunk) => { body += chunk; }).on('end', () => resolve({ status: reply.statusCode, headers: reply.headers, body, certificate, protocol }));
        });
        request.on('error', reject);
        request.end(options.body);
    });
}
function makeCertificate(folder, name, subject, days = 30) {
    const made = spawnSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', `${days}`, '-subj', `/CN=${subject}`,
        '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-keyout', path.join(folder, `${name}-key.pem`), '-out', path.join(folder, `${name}.pem`)]);
    assert.equal(made.status, 0, String(made.stderr));
}

test('without TLS other machines are not served, and what contradicts itself is said', async (context) => {
    const data = path.join(scratch(context), 'data');
    const rows = [
        [['--listen', '0.0.0.0:0'], /Without TLS the dashboard is only served on 127\.0\.0\.1/], [['--listen', '[::]:0'], /--tls self-signed/], [['--listen', '192.0.2.1:0'], /passwords would cross the network/],
        [['--tls-cert', 'a.pem'], /go together/], [['--tls-key', 'a.pem'], /go together/], [['--tls', 'none'], /self-signed/],
        [['--tls', 'self-signed', '--tls-cert', 'a', '--tls-key', 'b'], /not both/], [['--tls', 'self-signed', '--behind-tls-proxy'], /does not go with/],
    ];
    for (const [args, sentence] of rows) {
        const { code, err } = await run(['serve', '--data', data, ...args]);
        assert.equal(code, 64, args.join(' '));
        assert.match(err, sentence);
    }
    const { code, err } = await run(['serve', '--data', data, '--listen', '127.0.0.1:0', '--tls-cert', '/nowhere.pem', '--tls-key', '/nowhere.pem']);
    assert.equal(code, 3);
    assert.match(err, /\/nowhere\.pem/);
});

test('a certificate made here: its fingerprint on the console, kept over restarts, no promise that would lock its owner out', async (context) => {
    const data = path.join(scratch(context), 'data');
    let server = serve(context, data, ['--tls', 'self-signed', '--host', 'trader.example']);
    const { url, tls_fingerprint: fingerprint } = await server.ready;
    assert.match(url, /^https:\/\/127\.0\.0\.1:\d+$/);
    const port = new URL(url).port;
    await until('the fingerprint on the console', () => server.err.includes(fingerprint));
    const ca = fs.readFileSync(path.join(data, 'tls/certificate.pem'));
    assert.equal(fs.statSync(path.join(data, 'tls/key.pem')).mode & 0o777, 0o600);
    for (const host of ['localhost', '127.0.0.1', 'trader.example']) {
        const answer = await ask(`https://127.0.0.1:${port}/`, { ca, servername: host === '127.0.0.1' ? '' : host, headers: { Host: `${host}:${port}` },
            checkServerIdentity: (_, certificate) => tls.checkServerIdentity(host, certificate) });
        assert.equal(answer.status, 200, host);
        assert.equal(answer.certificate.fingerprint256, fingerprint);
        assert.equal(answer.headers['strict-transport-security'], undefined);
    }
    assert.ok(new X509Certificate(ca).checkHost('trader.example'));
    // Its cookie is bound to this host and to https.
    const { set_up_code: code } = await server.ready;
    const signedIn = await ask(`${url}/api/v1/set-up`, { ca, method: 'POST', headers: { 'Content-Type': 'application/json', Origin: url }, body: JSON.stringify({ code, password: 'correct horse battery' }) });
    assert.equal(signedIn.status, 204, signedIn.body);
    assert.match(signedIn.headers['set-cookie'][0], /^__Host-bf_session=[^;]+; HttpOnly; SameSite=Strict; Path=\/; Secure/);
    // What is not TLS, or not new enough, gets no answer.
    await assert.rejects(new Promise((resolve, reject) => { http.get(url.replace('https', 'http'), resolve).on('error', reject); }));
    await assert.rejects(ask(url, { ca, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' }));
    for (const version of ['TLSv1.2', 'TLSv1.3']) assert.equal((await ask(url, { ca, minVersion: version, maxVersion: version })).protocol, version);
    await server.stop();

    server = serve(context, data, ['--tls', 'self-signed', '--host', 'trader.example']);
    assert.equal((await server.ready).tls_fingerprint, fingerprint, 'a restart made a new certificate');
    await server.stop();
    server = serve(context, data, ['--tls', 'self-signed', '--host', 'another.example']);
    assert.notEqual((await server.ready).tls_fingerprint, fingerprint, 'a new name needs a new certificate');
});

test("the user's certificate: taken anew when the files change, the former one stays when they are spoilt", { timeout: 90_000 }, async (context) => {
    const place = scratch(context), data = path.join(place, 'data'), live = path.join(place, 'live');
    fs.mkdirSync(live);
    makeCertificate(place, 'first', 'first');
    makeCertificate(place, 'second', 'second');
    // As certbot keeps them: links into an archive, which are set anew.
    const put = (name) => {
        for (const [link, file] of [['cert.pem', `${name}.pem`], ['key.pem', `${name}-key.pem`]]) {
            fs.symlinkSync(path.join(place, file), path.join(live, `${link}.new`));
            fs.renameSync(path.join(live, `${link}.new`), path.join(live, link));
        }
    };
    put('first');
    const server = serve(context, data, ['--tls-cert', path.join(live, 'cert.pem'), '--tls-key', path.join(live, 'key.pem'), '--json-log']);
    const { url } = await server.ready;
    const ca = ['first', 'second'].map((name) => fs.readFileSync(path.join(place, `${name}.pem`)));
    const who = async () => (await ask(url, { ca })).certificate.subject;
    assert.match(await who(), /first/);
    assert.match((await ask(url, { ca })).headers['strict-transport-security'], /max-age=31536000/);
    put('second');
    await until('the second certificate', async () => /second/.test(await who()), 20);
    assert.match(server.err, /certificate_renewed/);
    fs.rmSync(path.join(live, 'cert.pem'));
    fs.writeFileSync(path.join(live, 'cert.pem'), 'nonsense');
    await until('a word about it', () => server.err.includes('certificate_refused'), 20);
    assert.match(await who(), /second/);
    put('first');
    await until('the first certificate again', async () => /first/.test(await who()), 20);
});

test('behind a proxy that speaks TLS: other addresses, and cookies for https only', async (context) => {
    const data = path.join(scratch(context), 'data');
    const server = serve(context, data, ['--behind-tls-proxy', '--host', 'trader.example']);
    const { url, set_up_code: code } = await server.ready;
    const answer = await new Promise((resolve, reject) => {
        const request = http.request(`${url}/api/v1/set-up`, { method: 'POST', headers: { Host: 'trader.example', Origin: 'https://trader.example', 'Content-Type': 'application/json' } }, resolve);
        request.on('error', reject).end(JSON.stringify({ code, password: 'correct horse battery' }));
    });
    assert.equal(answer.statusCode, 204);
    assert.match(answer.headers['set-cookie'][0], /^__Host-.*Secure/);
    assert.match(answer.headers['strict-transport-security'], /max-age/);
});

test('a certificate that ends soon is told: among the findings, as an alarm, until another one is used', async (context) => {
    const data = path.join(scratch(context), 'data'), folder = scratch(context);
    makeCertificate(folder, 'used', 'trader', 5);
    const server = serve(context, data, ['--json-log', '--tls-cert', path.join(folder, 'used.pem'), '--tls-key', path.join(folder, 'used-key.pem')]);
    await server.ready;
    const findings = async () => (await run(['security', '--data', data, '--json'])).json.findings.filter(({ code }) => code === 'certificate_expires');
    await until('the finding', async () => (await findings()).length === 1);
    assert.match((await findings())[0].cause, /certificate ends at \d{4}-\d\d-\d\d/);
    await until('the alarm', () => server.err.includes('"CERTIFICATE_EXPIRES"'));
    makeCertificate(folder, 'used', 'trader', 30);
    await until('no finding any more', async () => (await findings()).length === 0, 20);
    assert.equal(server.err.split('"CERTIFICATE_EXPIRES"').length, 2);
});
