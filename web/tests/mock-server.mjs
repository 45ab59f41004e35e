// A TEST DOUBLE of the BackFuture server, for developing the dashboard and proving the browser tests. It speaks
// docs/reference/rest.md, keeps everything in memory, talks to no exchange and is never shipped. It does open
// the sealed boxes, with tweetnacl and its own nonce, so that a page that seals wrongly fails here.
//   node tests/mock-server.mjs [--port 0] [--no-demo] [--step-ms 40] [--trading] [--still]
// --trading begins with connections, strategies, groups and signals (mock/scene.mjs); --still lets prices stand until they are
// set by POST /admin/price.
// Its ready line has the url and set_up_code of `backfuture serve --demo`, and the admin address of a simulator.
import { randomBytes } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import http from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { WebSocketServer } from 'ws';
import { Connections } from './mock/connections.mjs';
import { exchanges, makeKey } from './mock/exchanges.mjs';
import { Limits, limitsRoutes } from './mock/limits.mjs';
import { setScene } from './mock/scene.mjs';
import { openSealed, signer } from './mock/signer.mjs';
import { Trading } from './mock/trading.mjs';
import { tradingRoutes } from './mock/trading-routes.mjs';

const { values: flags } = parseArgs({
  options: { port: { type: 'string', default: '0' }, 'no-demo': { type: 'boolean' }, 'step-ms': { type: 'string', default: '40' }, trading: { type: 'boolean' }, still: { type: 'boolean' } },
});
const demo = !flags['no-demo'];
const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml' };

const setUpCode = randomBytes(5).toString('hex').toUpperCase();
let password = null;
let failures = 0;
const sessions = new Map();
const sockets = new Set();
const addresses = { v4: null, v6: null };
const faults = new Map();

const connections = new Connections({ demo, faults, stepMs: Number(flags['step-ms']), say });

const trading = new Trading({ connections, demo, still: flags.still, say });

function say(make) {
  for (const socket of sockets) socket.send(JSON.stringify(make(socket.lang)));
}

class Refusal extends Error {
  constructor(status, code, title, detail = '', field = null) {
    super(title);
    Object.assign(this, { status, code, title, detail, field });
  }
}

const languageOf = (request) => (/^nl/.test(request.headers['accept-language'] ?? '') ? 'nl' : 'en');
const sessionOf = (request) => sessions.get(/(?:^|; )bf_session=([0-9a-f]+)/.exec(request.headers.cookie ?? '')?.[1]);

function begin(response) {
  const id = randomBytes(16).toString('hex');
  sessions.set(id, { user: 'owner', role: 'owner', signed_in_at: Date.now(), expires_at: Date.now() + 43_200_000, demo, second_factor: true, stepped_up_until: Date.now() + 300_000, id });
  response.setHeader('Set-Cookie', `bf_session=${id}; HttpOnly; SameSite=Strict; Path=/`);
}

function credentials(sealed) {
  const opened = openSealed(sealed);
  if (!opened) throw new Refusal(422, 'seal_invalid', 'The sealed text can’t be opened', 'Paste the key again.', 'sealed');
  return opened;
}

/** Method and path to [needs a session, action]. An action answers a body, or nothing for 204. */
const routes = [
  ['GET', /^\/set-up$/, false, () => ({ needed: password === null, demo, version: '0.1.0' })],
  ['POST', /^\/set-up$/, false, ({ body, response }) => {
    if (password !== null) throw new Refusal(409, 'already_set_up', 'Already set up');
    if (body.code !== setUpCode) throw new Refusal(403, 'wrong_code', 'Wrong code', 'The code does not match the one on the console.', 'code');
    if ([...body.password].length < 12) throw new Refusal(422, 'password_too_short', 'Password too short', '', 'password');
    password = body.password;
    begin(response);
  }],
  ['POST', /^\/sign-in$/, false, ({ body, response }) => {
    if (failures >= 5) { response.setHeader('Retry-After', '30'); throw new Refusal(429, 'too_many_attempts', 'Too many attempts'); }
    if (password === null || body.password !== password) { failures += 1; throw new Refusal(401, 'wrong_password', 'Wrong password'); }
    failures = 0;
    begin(response);
  }],
  ['POST', /^\/sign-out$/, true, ({ session }) => { sessions.delete(session.id); }],
  ['GET', /^\/session$/, true, ({ session: { id: _, ...rest } }) => rest],
  ['GET', /^\/request-token$/, false, () => ({ token: 'of-the-double' })],
  ['GET', /^\/exchanges$/, true, () => ({ exchanges: exchanges(demo) })],
  ['GET', /^\/signer$/, true, () => signer],
  ['GET', /^\/security\/findings$/, true, () => ({ at: Date.now(), critical: 0, warning: 0, info: 0, findings: [] })],
  ['GET', /^\/addresses$/, true, () => addresses],
  ['PUT', /^\/addresses$/, true, ({ body }) => {
    for (const family of ['v4', 'v6']) addresses[family] = body[family] ? { address: body[family], source: 'typed', exchange: null, confirmed_at: null } : null;
    return addresses;
  }],
  ['POST', /^\/addresses\/learn$/, true, ({ body }) => {
    if (faults.get(body.exchange)) throw new Refusal(502, 'exchange_unavailable', 'Exchange unavailable', 'It did not answer.');
    addresses.v4 = { address: '203.0.113.7', source: 'exchange', exchange: body.exchange, confirmed_at: Date.now() };
    return addresses;
  }],
  ['GET', /^\/connections$/, true, ({ lang }) => ({ connections: connections.all(lang), unreadable: [] })],
  ['POST', /^\/connections$/, true, ({ body, lang, response }) => {
    if (connections.named(body.name)) throw new Refusal(409, 'name_taken', 'Name taken', 'Another connection has this name.', 'name');
    response.statusCode = 201;
    const added = connections.add(body, credentials(body.sealed), lang);
    if (body.again) trading.takeUp(body.again);
    return added;
  }],
  ['GET', /^\/connections\/([^/]+)$/, true, ({ id, lang }) => connections.show(id, lang, true)],
  ['PATCH', /^\/connections\/([^/]+)$/, true, ({ id, body, lang }) => {
    const other = body.name && connections.named(body.name);
    if (other && other.id !== id) throw new Refusal(409, 'name_taken', 'Name taken', 'Another connection has this name.', 'name');
    if (body.family) return connections.setFamily(id, body.family, lang);
    return connections.rename(id, body.name, lang);
  }],
  ['DELETE', /^\/connections\/([^/]+)$/, true, ({ id, query }) => {
    const open = trading.openOn(id), leaving = (query.get('leaving') ?? '').split(',').map(Number);
    if (open.some((group) => !leaving.includes(group.id)))
      throw Object.assign(new Refusal(409, 'groups_open', 'Conflict', `Groups are open on this connection: ${open.map((group) => group.id).join(', ')}.`), { groups: open });
    trading.orphan(id);
    connections.remove(id);
  }],
  ['POST', /^\/connections\/([^/]+)\/test$/, true, ({ id, body, response }) => {
    response.statusCode = 202;
    return { test: connections.test(id, body.accept ?? []) };
  }],
  ['POST', /^\/connections\/([^/]+)\/(disable|enable)$/, true, ({ id, verb, lang }) => connections[verb](id, lang)],
  ['POST', /^\/connections\/([^/]+)\/rotate$/, true, ({ id, body, lang }) => connections.rotate(id, credentials(body.sealed), lang)],
  ['GET', /^\/connections\/([^/]+)\/history$/, true, ({ id, query, lang }) => connections.history(id, query, lang)],
  ...limitsRoutes(new Limits()),
  ...tradingRoutes(trading, Refusal),
  ...(demo ? [['POST', /^\/demo\/keys$/, true, ({ body }) => makeKey(body)]] : []),
];

async function readBody(request) {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text ? JSON.parse(text) : {};
}

async function answerApi(request, response, url) {
  const path = url.pathname.slice('/api/v1'.length);
  const session = sessionOf(request);
  const open = /^\/(set-up|sign-in)$/.test(path);
  if (!open && !session) throw new Refusal(401, 'not_signed_in', 'Not signed in', 'Sign in first.');
  const unsafe = request.method !== 'GET';
  if (unsafe && request.headers['content-type'] !== 'application/json') throw new Refusal(415, 'content_type', 'JSON only');
  if (unsafe && request.headers.origin && new URL(request.headers.origin).host !== request.headers.host) throw new Refusal(403, 'origin', 'Wrong origin');
  const body = unsafe ? await readBody(request) : {};
  for (const [method, pattern, , act] of routes) {
    const found = pattern.exec(path);
    if (!found || method !== request.method) continue;
    if (found[1] && /^\/(connections|accounts)\//.test(path) && !connections.has(found[1])) throw new Refusal(404, 'not_found', 'No such connection');
    const answer = act({ id: found[1], verb: found[2], body, session, response, query: url.searchParams, lang: languageOf(request) });
    if (answer === undefined) { response.statusCode = 204; response.end(); return; }
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify(answer));
    return;
  }
  throw new Refusal(404, 'not_found', 'Not found');
}

/** A signal, as TradingView or a script sends it. */
async function answerHook(request, response, token) {
  const strategy = trading.byToken(token);
  if (!strategy) throw new Refusal(401, 'SIGNAL_UNAUTHENTIC', 'Unknown token');
  response.writeHead(202, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify({ id: trading.signal(strategy, await readBody(request), 'hook') }));
}

async function answerPrice(request, response) {
  const { pair, price } = await readBody(request);
  trading.setPrice(pair, price);
  response.end('{}');
}

async function answerAdmin(request, response) {
  if (request.method === 'POST') {
    const { exchange, fault } = await readBody(request);
    faults.set(exchange, fault);
  } else faults.clear();
  response.setHeader('Content-Type', 'application/json');
  response.end('{}');
}

function answerFile(response, path) {
  const file = join(dist, normalize(path === '/' ? '/index.html' : path));
  if (!file.startsWith(dist) || !existsSync(file)) { response.statusCode = 404; response.end(); return; }
  response.setHeader('Content-Type', types[extname(file)] ?? 'application/octet-stream');
  response.setHeader('Cache-Control', path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-store');
  createReadStream(file).pipe(response);
}

const server = http.createServer(async (request, response) => {
  const url = new URL(request.url, 'http://mock');
  response.setHeader('Content-Security-Policy', policy);
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Referrer-Policy', 'no-referrer');
  try {
    if (url.pathname.startsWith('/api/v1/')) await answerApi(request, response, url);
    else if (url.pathname.startsWith('/hooks/')) await answerHook(request, response, url.pathname.slice('/hooks/'.length));
    else if (url.pathname === '/admin/price') await answerPrice(request, response);
    else if (url.pathname === '/admin/faults') await answerAdmin(request, response);
    else answerFile(response, url.pathname);
  } catch (error) {
    if (!(error instanceof Refusal)) console.error(error);
    const { status = 500, title = 'Internal', detail = '', code = 'internal', field = null } = error;
    response.writeHead(status, { 'Content-Type': 'application/problem+json' });
    response.end(JSON.stringify({ type: 'about:blank', status, title, detail, code, field, ...(error.groups && { groups: error.groups }) }));
  }
});

const live = new WebSocketServer({ noServer: true });
server.on('upgrade', (request, socket, head) => {
  const url = new URL(request.url, 'http://mock');
  if (url.pathname !== '/api/v1/live' || !sessionOf(request)) { socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n'); return; }
  live.handleUpgrade(request, socket, head, (client) => {
    client.lang = url.searchParams.get('lang') === 'nl' ? 'nl' : 'en';
    sockets.add(client);
    client.on('close', () => sockets.delete(client));
    client.send(JSON.stringify({ type: 'hello', now: Date.now(), engine: true }));
  });
});

const scene = flags.trading ? await setScene(connections, trading) : null;
server.listen(Number(flags.port), '127.0.0.1', () => {
  const url = `http://127.0.0.1:${server.address().port}`;
  console.log(JSON.stringify({ ready: true, url, set_up_code: setUpCode, admin: `${url}/admin`, scene }));
});
