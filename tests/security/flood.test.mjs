// Trading goes on while the dashboard is flooded, the dashboard answers whoever asks, and neither grows without bound. How much slower a
// decision becomes is measured by bench/flood.mjs; here it must come at all.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { House, flood, share } from '../support/flood.mjs';
import { until } from '../door/support.mjs';

/** How long the flood lasts at least. */
const SECONDS = Number(process.env.BF_FLOOD_SECONDS ?? 0);

test('ten thousand idle sockets, slow headers and a storm of requests: decisions are made, people are served, memory is bounded', { timeout: 240_000 + SECONDS * 1000 }, async (context) => {
    // Both ends of a socket count, but not in one process.
    const limit = Number(execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }));
    const idle = Math.min(10_000, Number.isFinite(limit) ? limit - 1000 : 10_000);
    const house = await House.open(context);
    const calm = await house.decisions(40);
    const storm = flood(house.url, idle);
    context.after(() => storm.end());
    await until('the sockets', () => storm.counts().opened >= idle, 90);
    const flooded = await house.decisions(40);
    for (const until = performance.now() + SECONDS * 1000; performance.now() < until;) flooded.push(...await house.decisions(40));
    // Somebody who asks is answered although all places are taken.
    const began = performance.now();
    await until('a page under the flood', async () => (await fetch(`${house.url}/`, { signal: AbortSignal.timeout(5000) }).catch(() => null))?.status === 200, 30);
    const waited = performance.now() - began;
    const memory = house.webMemory(), { opened, answered } = storm.counts();
    storm.end();
    console.log(`# ${opened} sockets opened, ${answered} requests answered, web process ${memory.toFixed(0)} MiB; a page after ${waited.toFixed(0)} ms; ` +
        `decision p50/p99 calm ${share(calm, 0.5).toFixed(1)}/${share(calm, 0.99).toFixed(1)} ms, flooded ${share(flooded, 0.5).toFixed(1)}/${share(flooded, 0.99).toFixed(1)} ms`);
    assert.ok(memory < 400, `${memory} MiB`);
    assert.equal((await fetch(`${house.url}/healthz`)).status, 200);
    const after = await house.decisions(4);
    assert.equal(after.length, 4);
});
