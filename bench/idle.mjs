// `serve` with 100 connections and their private streams, over TLS, while nothing happens: memory of all its processes (PSS: what is
// shared counts by its share), what each further connection costs, and processor time. Prints lines as bench/support/measure.hpp does.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import https from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';

const BINARY = process.env.BF_BINARY;
const FIRST = 100, FURTHER = 100, IDLE_S = 60;

function start(args) {
  const child = spawn(BINARY, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  return new Promise((resolve, reject) => {
    let text = '';
    child.once('exit', (code) => reject(new Error(`${args[0]} ended with ${code}: ${text}`)));
    child.stdout.on('data', (chunk) => {
      text += chunk;
      if (text.includes('\n')) resolve({ child, ready: JSON.parse(text.split('\n')[0]) });
    });
  });
}

function command(args, input) {
  return new Promise((resolve, reject) => {
    const child = spawn(BINARY, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    let out = '';
    child.stdout.on('data', (chunk) => { out += chunk; });
    child.on('close', (code) => (code === 0 ? resolve(out) : reject(new Error(`${args.join(' ')}: ${code} ${out}`))));
    child.stdin.end(input);
  });
}

function post(url, body, ca) {
  return new Promise((resolve, reject) => {
    const request = https.request(url, { method: 'POST', ca, headers: { 'Content-Type': 'application/json' } }, (reply) => {
      let text = '';
      reply.on('data', (chunk) => { text += chunk; });
      reply.on('end', () => resolve(JSON.parse(text)));
    });
    request.on('error', reject);
    request.end(JSON.stringify(body));
  });
}

/** The processes of a server: itself and all below it. */
function processes(root) {
  const parents = new Map();
  for (const pid of fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      parents.set(Number(pid), Number(/\) . (\d+)/.exec(fs.readFileSync(`/proc/${pid}/stat`, 'utf8'))[1]));
    } catch { /* It ended in between. */ }
  }
  const all = [root];
  for (const pid of all) for (const [child, parent] of parents) if (parent === pid) all.push(child);
  return all;
}
const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);
const pss = (pids) => sum(pids.map((pid) => Number(/^Pss:\s+(\d+) kB/m.exec(fs.readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))[1]) * 1024));
const seconds = (pids) => sum(pids.map((pid) => {
  const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/.*\) /, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;  // utime and stime, in hundredths of a second on every Linux.
}));

const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

async function streamsLive(url, wanted) {
  for (let tries = 0; tries < 600; ++tries) {
    const metrics = await (await fetch(`${url}/metrics`)).text();
    const live = Number(/backfuture_private_streams\{state="live"\} (\d+)/.exec(metrics)?.[1] ?? 0);
    if (live >= wanted) return;
    await pause(500);
  }
  throw new Error(`fewer than ${wanted} private streams came up`);
}

function print(bench, value, unit, bound) {
  const ratio = value / bound;
  console.log(JSON.stringify({ bench, value: Number(value.toPrecision(4)), unit, baseline: bound, ratio: Number(ratio.toPrecision(4)), goal: 'ratio <= 1', met: ratio <= 1 }));
}

const data = fs.mkdtempSync(path.join(tmpdir(), 'backfuture-bench-'));
const children = [];
try {
  const simulator = await start(['simulate', '--listen', '127.0.0.1:0', '--exchanges', 'kucoin', '--tls']);
  children.push(simulator.child);
  const ca = fs.readFileSync(simulator.ready.ca_file);
  const server = await start(['serve', '--data', data, '--listen', '127.0.0.1:0', '--exchange-url', `kucoin=${simulator.ready.exchanges.kucoin}`,
    '--exchange-ca', simulator.ready.ca_file]);
  children.push(server.child);
  const add = async (from, to) => {
    for (let i = from; i < to; ++i) {
      const { key, secret, passphrase } = await post(`${simulator.ready.admin}/keys`, { exchange: 'kucoin', permissions: ['read', 'spot'], balances: { USDT: '1000' } }, ca);
      await command(['connections', 'add', '--name', `Connection ${i}`, '--exchange', 'kucoin', '--market', 'spot', '--data', data, '--json'], JSON.stringify({ key, secret, passphrase }));
    }
    await streamsLive(server.ready.url, to);
    await pause(30_000);  // Connections kept for further requests are closed by then.
  };
  await add(0, FIRST);
  const pids = processes(server.child.pid);
  const usedBefore = seconds(pids);
  await pause(IDLE_S * 1000);
  const core = (seconds(pids) - usedBefore) / IDLE_S;
  const first = pss(pids);
  const detail = () => {
    if (process.env.BF_BENCH_DETAIL) for (const pid of pids) console.error(fs.readFileSync(`/proc/${pid}/comm`, 'utf8').trim(), pss([pid]) / 1e6, 'MB', seconds([pid]), 's');
  };
  detail();
  await add(FIRST, FIRST + FURTHER);
  detail();
  const further = (pss(pids) - first) / FURTHER;
  print('idle_memory', first / 1e6, `MB of all processes with ${FIRST} connections and their streams; baseline: the goal`, 100);
  print('idle_memory_further', further / 1024, 'KiB a further connection over TLS; baseline: the goal', 64);
  print('idle_processor', core * 100, '% of a core; baseline: the goal', 1);
} finally {
  for (const child of children.reverse()) {
    child.removeAllListeners('exit');
    const ended = new Promise((resolve) => { child.once('exit', resolve); });
    child.kill('SIGTERM');
    await ended;
  }
  fs.rmSync(data, { recursive: true, force: true });
}
