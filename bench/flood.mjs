// How much later a decision comes while the dashboard is flooded: 10,000 idle sockets, slow headers, a storm of requests. From a signal at the
// engine to its decision, calm and flooded, on one machine with the flood's own cost in it. Prints lines as bench/support/measure.hpp does.
import { House, flood, share } from '../tests/support/flood.mjs';
import { until } from '../tests/door/support.mjs';

const cleaning = [];
const house = await House.open({ after: (work) => cleaning.unshift(work) });
const calm = await house.decisions(300);
const storm = flood(house.url, 10_000);
await until('the sockets', () => storm.counts().opened >= 10_000, 120);
const flooded = await house.decisions(300);
storm.end();
for (const [name, part] of [['p50', 0.5], ['p99', 0.99]]) {
  const value = share(flooded, part), baseline = share(calm, part), ratio = value / baseline;
  console.log(JSON.stringify({ bench: `flooded_decision_${name}`, value: Number(value.toPrecision(4)), unit: 'ms', baseline: Number(baseline.toPrecision(4)), ratio: Number(ratio.toPrecision(4)), goal: 'ratio <= 2', met: ratio <= 2 }));
}
for (const work of cleaning) await work();
process.exit(0);
