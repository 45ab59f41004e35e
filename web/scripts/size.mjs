// Measures what a browser downloads, compressed, and fails above the limits: the first screen is what
// index.html names, what those scripts import at once and its texts; the rest is loaded when it is asked for. Everything is all that one
// person may ever load: every page, in one language (the longer one); the other language's texts are never sent to them.
import { existsSync, readdirSync, statSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FIRST_SCREEN_BYTES_MAX = 60_000;
const EVERYTHING_BYTES_MAX = 180_000;

const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const sizes = new Map();
for (const name of readdirSync(dist, { recursive: true, withFileTypes: true })) {
  if (!name.isFile() || name.name.endsWith('.gz') || name.name === '.built') continue;
  const path = `${name.path ?? name.parentPath}/${name.name}`;
  // The compressed twin is what the server sends, where there is one.
  sizes.set(path.slice(dist.length).replace(/^\/+/, ''), statSync(existsSync(`${path}.gz`) ? `${path}.gz` : path).size);
}

const first = new Set(['index.html']);
const html = readFileSync(`${dist}index.html`, 'utf8');
for (const [, name] of html.matchAll(/(?:src|href)="\/([^"]+)"/g)) first.add(name);
for (const name of first) {
  if (!name.endsWith('.js')) continue;
  const text = readFileSync(dist + name, 'utf8');
  for (const [, target] of text.matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g)) first.add(`assets/${target}`);
}

// Texts are chunks of their own, "en-HASH.js" for the first screen and "later.en-HASH.js".
const language = (name) => /(?:^|[/.])(en|nl)-[\w-]+\.js$/.exec(name)?.[1];
const inLanguage = (names, wanted) => sum([...names].filter((name) => (language(name) ?? wanted) === wanted));
for (const name of sizes.keys()) if (/^assets\/(en|nl)-/.test(name)) first.add(name);
const sum = (names) => [...names].reduce((total, name) => total + (sizes.get(name) ?? 0), 0);
const result = {
  first_screen_bytes: Math.max(...['en', 'nl'].map((one) => inLanguage(first, one))),
  first_screen_bytes_max: FIRST_SCREEN_BYTES_MAX,
  everything_bytes: Math.max(...['en', 'nl'].map((one) => inLanguage(sizes.keys(), one))),
  everything_bytes_max: EVERYTHING_BYTES_MAX,
};
for (const [name, bytes] of [...sizes].sort((a, b) => b[1] - a[1])) {
  console.error(`${String(bytes).padStart(7)}  ${first.has(name) ? 'first' : '     '}  ${name}`);
}
console.log(JSON.stringify(result));
if (result.first_screen_bytes > FIRST_SCREEN_BYTES_MAX || result.everything_bytes > EVERYTHING_BYTES_MAX) process.exit(1);
