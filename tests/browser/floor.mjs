// The demo of a real server for the trading journeys: started in a folder of its own, prices moved and accounts made through the
// simulator's admin interface, signals sent to a strategy's own address.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { check } from './harness.mjs';

const binary = process.env.BF_BINARY ?? path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../build/release/backfuture');
export const PASSWORD = 'purple tractor hums at noon';

export class Floor {
  /** Starts `serve --demo`; `stop` ends it and takes its folder away. */
  static async start() {
    const data = mkdtempSync(path.join(tmpdir(), 'bf-trading-'));
    const server = spawn(binary, ['serve', '--demo', '--data', data, '--listen', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'pipe'] });
    const floor = new Floor();
    floor.said = '';
    server.stderr.on('data', (chunk) => { floor.said += chunk; });
    floor.stop = () => new Promise((resolve) => {
      server.once('exit', () => { rmSync(data, { recursive: true, force: true }); resolve(); });
      server.kill('SIGTERM');
    });
    let line = '';
    await new Promise((resolve, reject) => {
      server.stdout.on('data', (chunk) => { line += chunk; if (line.includes('\n')) resolve(); });
      server.once('exit', (code) => reject(new Error(`the server ended with ${code}: ${floor.said}`)));
    });
    const ready = JSON.parse(line);
    return Object.assign(floor, { url: ready.url, code: ready.set_up_code, admin: ready.simulator_admin });
  }

  async #ask(what, body) {
    const answer = await fetch(`${this.admin}/${what}`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
    check(answer.ok, `${what}: ${answer.status}`);
    return answer.json().catch(() => ({}));
  }
  setPrice = (exchange, symbol, price) => this.#ask('price', { exchange, symbol, price });
  /** A new account at the exchange: { key, secret, passphrase? }. */
  async makeAccount(exchange) {
    const { account, ...credentials } = await this.#ask('keys', { exchange, permissions: ['read', 'spot', 'futures'], balances: { USDT: '10000' } });
    return credentials;
  }
  /** As TradingView or a script sends it: with what the page says to paste, braces filled in. */
  async signal(address, alert, more = {}) {
    const body = { ...JSON.parse(alert), ...more };
    for (const name of ['time', 'bar_time']) if (/^\{\{/.test(body[name])) body[name] = new Date().toISOString();
    const answer = await fetch(address, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
    check(answer.status === 202, `the signal was answered ${answer.status}: ${await answer.text()}`);
  }
}
