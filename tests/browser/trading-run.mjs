// Starts web/tests/mock-server.mjs with its trading scene, serving the built dashboard, and walks through the trading pages at
// desktop and phone width, in English and Dutch: what ctest runs.
//   node trading-run.mjs [--shots DIR] [--only TEXT]
import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startHarness } from './harness.mjs';
import { tradingTests } from './trading.mjs';
import { tradingWords } from './words.mjs';

const { values: flags } = parseArgs({ options: { shots: { type: 'string' }, only: { type: 'string' } } });
const mock = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../web/tests/mock-server.mjs');

async function startMock() {
  const server = spawn(process.execPath, [mock, '--trading', '--still'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const line = await new Promise((resolve, reject) => {
    server.stdout.once('data', (chunk) => resolve(String(chunk)));
    server.once('exit', (code) => reject(new Error(`the test double ended with ${code}`)));
  });
  return { server, ready: JSON.parse(line) };
}

/** Each walk has a scene of its own, so that one leaves nothing to the next. */
async function walk(kind) {
  const { server, ready } = await startMock();
  const harness = await startHarness({ url: ready.url, shots: flags.shots });
  try {
    const page = await harness.openPage();
    await page.goto('/');
    await page.evaluate((code) => fetch('/api/v1/set-up', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ code, password: 'purple tractor hums at noon' }) }), ready.set_up_code);
    await harness.keepSession(page);
    await page.context().close();
    const only = (name, work) => (!flags.only || name.includes(flags.only) ? harness.test(name, work) : undefined);
    await tradingTests({ ...harness, test: only, url: ready.url, admin: ready.admin, scene: ready.scene }, kind);
    await harness.test(`${kind.label}: nothing from elsewhere, no broken policy, no page error`, () => {
      if (harness.trouble.length > 0) throw new Error([...new Set(harness.trouble)].join('\n'));
    });
    return harness.count;
  } finally {
    await harness.close();
    server.kill();
  }
}

const { en, nl } = tradingWords;
const counts = [
  await walk({ label: 'English', language: 'en', w: en }),
  await walk({ label: 'Dutch', language: 'nl', w: { ...en, ...nl }, theme: 'dark' }),
  await walk({ label: 'phone', language: 'en', w: en, width: 360, height: 740 }),
  await walk({ label: 'Dutch phone', language: 'nl', w: { ...en, ...nl }, width: 360, height: 740, theme: 'dark' }),
];
const sum = (what) => counts.reduce((total, count) => total + count[what], 0);
console.log(`${sum('passed')} passed, ${sum('failed')} failed`);
process.exit(sum('failed') === 0 ? 0 : 1);
