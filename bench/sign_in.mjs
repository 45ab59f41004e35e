// How long signing in takes while every core of the machine computes something else besides: from the request to the session, calm and busy.
// Prints lines as bench/support/measure.hpp does.
import { spawn } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { scratch, serve } from '../tests/door/support.mjs';
import { share } from '../tests/support/flood.mjs';

const TRIES = 40, GOAL_MS = 600, PASSWORD = 'purple tractor hums at noon';
const cleaning = [];
const server = serve({ after: (work) => cleaning.unshift(work) }, path.join(scratch({ after: (work) => cleaning.unshift(work) }), 'data'));
const { url, set_up_code: code } = await server.ready;
const post = (route, body) => fetch(`${url}/api/v1/${route}`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
if ((await post('set-up', { code, password: PASSWORD })).status !== 204) throw new Error('not set up');

async function signIns() {
  const times = [];
  for (let i = 0; i < TRIES; ++i) {
    const began = performance.now();
    const { status } = await post('sign-in', { password: PASSWORD });
    times.push(performance.now() - began);
    if (status !== 204) throw new Error(`sign-in answered ${status}`);
  }
  return times;
}
const calm = await signIns();
const busy = os.cpus().map(() => spawn(process.execPath, ['-e', 'for (;;);']));
cleaning.unshift(() => busy.forEach((one) => one.kill('SIGKILL')));
const crowded = await signIns();
for (const [name, times, part] of [['calm_p50', calm, 0.5], ['busy_p50', crowded, 0.5], ['busy_p95', crowded, 0.95]]) {
  const value = share(times, part), ratio = value / GOAL_MS;
  console.log(JSON.stringify({ bench: `sign_in_${name}`, value: Number(value.toPrecision(4)), unit: 'ms', baseline: GOAL_MS, ratio: Number(ratio.toPrecision(4)), goal: 'ratio <= 1', met: ratio <= 1 }));
}
for (const work of cleaning) await work();
process.exit(0);
