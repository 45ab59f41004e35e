// Starts `backfuture serve --demo` in a folder of its own and lets run.mjs use it as a newcomer would: what ctest runs.
//   BF_BINARY=build/release/backfuture node demo.mjs [--shots DIR] [--guide DIR]
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const data = mkdtempSync(path.join(tmpdir(), 'bf-demo-'));
const server = spawn(process.env.BF_BINARY ?? path.resolve(here, '../../build/release/backfuture'),
  ['serve', '--demo', '--data', data, '--listen', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'inherit'] });

function end(status) {
  server.once('exit', () => { rmSync(data, { recursive: true, force: true }); process.exit(status); });
  if (!server.kill('SIGTERM')) process.exit(status);
}

let said = '';
server.stdout.on('data', (chunk) => {
  said += chunk;
  if (!said.includes('\n')) return;
  server.stdout.removeAllListeners('data');
  const ready = JSON.parse(said);
  const run = spawn(process.execPath, [path.join(here, 'run.mjs'), '--url', ready.url, '--set-up-code', ready.set_up_code,
    '--admin', ready.simulator_admin, ...process.argv.slice(2)], { stdio: 'inherit' });
  run.on('exit', (code) => end(code ?? 1));
});
server.on('exit', (code) => { if (!said.includes('\n')) { console.error(`the server ended with ${code} before it was ready`); process.exit(1); } });
