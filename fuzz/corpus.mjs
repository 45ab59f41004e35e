// The kept inputs, a file for each target in fuzz/corpus: one input a line in base64, shortest first, all of it compressed (zcat shows it).
//   node corpus.mjs unpack FOLDER           each into FOLDER/TARGET/
//   node corpus.mjs pack TARGET FOLDER      the files of FOLDER become the kept inputs of TARGET
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';

const kept = path.join(path.dirname(fileURLToPath(import.meta.url)), 'corpus');
const [what, ...rest] = process.argv.slice(2);

if (what === 'unpack') {
  for (const file of fs.existsSync(kept) ? fs.readdirSync(kept) : []) {
    const folder = path.join(rest[0], path.basename(file, '.gz'));
    fs.rmSync(folder, { recursive: true, force: true });
    fs.mkdirSync(folder, { recursive: true });
    for (const line of zlib.gunzipSync(fs.readFileSync(path.join(kept, file))).toString().split('\n').filter(Boolean)) {
      const bytes = Buffer.from(line, 'base64');
      fs.writeFileSync(path.join(folder, createHash('sha1').update(bytes).digest('hex')), bytes);
    }
  }
} else if (what === 'pack') {
  const [target, folder] = rest;
  const lines = fs.readdirSync(folder).map((name) => fs.readFileSync(path.join(folder, name)).toString('base64')).filter(Boolean);
  lines.sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
  fs.mkdirSync(kept, { recursive: true });
  fs.writeFileSync(path.join(kept, `${target}.gz`), zlib.gzipSync(lines.map((line) => `${line}\n`).join(''), { level: 9 }));
  console.log(`${target.padEnd(18)} ${lines.length} inputs kept, ${Math.ceil(fs.statSync(path.join(kept, `${target}.gz`)).size / 1024)} kB`);
} else {
  console.error('node corpus.mjs unpack FOLDER | pack TARGET FOLDER');
  process.exit(64);
}
