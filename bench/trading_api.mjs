// The interface of a server with ten thousand strategies: 200 requests a second of one page each, open loop, so that a late answer delays no
// question; and how long after a change a hundred live clients know of it, one of them reading nothing at all. Each figure from due to done.
// Prints lines as bench/support/measure.hpp does.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';

const { WebSocket } = createRequire(new URL('../tests/rest/package.json', import.meta.url))('ws');
const STRATEGIES = 10_000, RATE = 200, SECONDS = 10, CLIENTS = 100, CHANGES = 50;

const folder = fs.mkdtempSync(path.join(tmpdir(), 'backfuture-bench-'));
const server = spawn(process.env.BF_BINARY, ['serve', '--demo', '--json', '--data', path.join(folder, 'data'), '--listen', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'ignore'] });
const end = () => {
  server.kill('SIGTERM');
  server.once('exit', () => fs.rmSync(folder, { recursive: true, force: true }));
};
const ready = await new Promise((resolve) => {
  let text = '';
  server.stdout.on('data', (chunk) => {
    text += chunk;
    if (text.includes('\n')) resolve(JSON.parse(text.split('\n')[0]));
  });
});
const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
let cookie = '';
function ask(method, route, body) {
  return new Promise((resolve, reject) => {
    const request = http.request(ready.url + route, { method, agent, headers: { 'Content-Type': 'application/json', ...(cookie ? { Cookie: cookie } : {}) } }, (reply) => {
      let text = '';
      reply.on('data', (chunk) => { text += chunk; });
      reply.on('end', () => resolve({ status: reply.statusCode, headers: reply.headers, text }));
    });
    request.on('error', reject);
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

const signedIn = await ask('POST', '/api/v1/set-up', { code: ready.set_up_code, password: 'four grey herons waited' });
[cookie] = signedIn.headers['set-cookie'][0].split(';');
const ids = [];
for (let begin = 0; begin < STRATEGIES; begin += 32) {
  const wave = Array.from({ length: Math.min(32, STRATEGIES - begin) }, (_, i) => ask('POST', '/api/v1/strategies', { settings: {
    name: `S${begin + i}`, connection: 'Main', market: 'spot', pairs: ['ETH/USDT'], directions: ['long'], risk_level: 'low', margin: { group_limit: '2000' }, entry: { base_order: '300' } } }));
  for (const reply of await Promise.all(wave)) {
    if (reply.status !== 201) throw new Error(reply.text);
    ids.push(JSON.parse(reply.text).id);
  }
}
ids.sort();

function print(bench, value, unit, bound) {
  const ratio = value / bound;
  console.log(JSON.stringify({ bench, value: Number(value.toPrecision(4)), unit, baseline: bound, ratio: Number(ratio.toPrecision(4)), goal: 'ratio <= 1', met: ratio <= 1 }));
}
const share = (times, part) => times.sort((a, b) => a - b)[Math.floor(times.length * part)];

// Pages of 50, anywhere in the list, and single strategies.
async function requests(name, route, bound) {
  const { hostname, port } = new URL(ready.url);
  const client = spawn(path.join(process.env.BF_BENCH, 'bench_requests'), [hostname, port, String(RATE)], { stdio: ['pipe', 'pipe', 'inherit'] });
  let said = '';
  client.stdout.on('data', (chunk) => { said += chunk; });
  client.stdin.end([cookie, ...Array.from({ length: RATE * SECONDS }, (_, i) => route(i))].join('\n'));
  const code = await new Promise((resolve) => { client.once('close', resolve); });
  if (code !== 0) throw new Error(`the client of ${name} ended with ${code}`);
  const times = said.trim().split('\n').map(Number);
  print(`${name}_p50`, share(times, 0.5), 'ms', bound);
  print(`${name}_p99`, share(times, 0.99), 'ms', bound);
}
await requests('api_strategy', (i) => `/api/v1/strategies/${ids[(i * 7919) % ids.length]}`, 2);
await requests('api_strategies_page', (i) => `/api/v1/strategies?limit=50&after=${ids[(i * 7919) % (ids.length - 50)]}`, 2);
await requests('api_decisions_page', () => '/api/v1/decisions?limit=50', 2);

// One change, a hundred who hear of it; one more has stopped reading.
const heard = [];
let pending;
const clients = await Promise.all(Array.from({ length: CLIENTS + 1 }, (_, i) => new Promise((resolve, reject) => {
  const client = new WebSocket(`${ready.url.replace('http', 'ws')}/api/v1/live`, { headers: { Cookie: cookie, Origin: ready.url } });
  client.on('open', () => resolve(client));
  client.on('error', reject);
  if (i === CLIENTS) return;
  client.on('message', (data) => {
    const message = JSON.parse(data);
    if (pending && message.type === 'strategy' && message.strategy.id === pending.id && message.strategy.mode === pending.mode) pending.heard();
  });
})));
clients[CLIENTS]._socket.pause();
for (let change = 0; change < CHANGES; ++change) {
  const id = ids[change], mode = change % 2 === 0 ? 'exit_only' : 'no_new_groups';
  let answered;
  await new Promise((resolve) => {
    let missing = CLIENTS;
    const sent = performance.now();
    pending = { id, mode, heard: () => {
      heard.push(performance.now() - sent);
      if (--missing === 0) resolve();
    } };
    answered = ask('POST', `/api/v1/strategies/${id}/mode`, { mode });
  });
  await answered;
}
print('live_p50', share(heard, 0.5), 'ms', 20);
print('live_p99', share(heard, 0.99), 'ms', 20);
for (const client of clients) client.terminate();
agent.destroy();
end();
