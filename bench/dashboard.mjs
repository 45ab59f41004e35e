// What a browser downloads of the dashboard, compressed; web/scripts/size.mjs measures it. Prints lines as bench/support/measure.hpp does.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const run = spawnSync(process.execPath, [fileURLToPath(new URL('../web/scripts/size.mjs', import.meta.url))], { encoding: 'utf8' });
if (!run.stdout) {
  console.error(run.stderr);
  process.exit(1);
}
const sizes = JSON.parse(run.stdout);
for (const what of ['first_screen', 'everything']) {
  const value = sizes[`${what}_bytes`], bound = sizes[`${what}_bytes_max`];
  console.log(JSON.stringify({ bench: `dashboard_${what}`, value, unit: 'bytes gzip; baseline: the goal', baseline: bound,
    ratio: Number((value / bound).toPrecision(4)), goal: 'ratio <= 1', met: value <= bound }));
}
