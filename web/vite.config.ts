// The dashboard's build. The server sends a content policy without any inline script or style, so nothing
// here may inline: no small files as data addresses, no preload polyfill.
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';
import { accountEn } from './src/messages/account.en';
import { backtestEn } from './src/messages/backtest.en';
import { backupEn } from './src/messages/backup.en';
import { en } from './src/messages/en';
import { limitsEn } from './src/messages/limits.en';
import { ledgerEn } from './src/messages/ledger.en';
import { nl } from './src/messages/nl';
import { passkeyEn } from './src/messages/passkey.en';
import { securityEn } from './src/messages/security.en';
import { sweepEn } from './src/messages/sweep.en';
import { tradingEn } from './src/messages/trading.en';

/** Where `npm run dev` finds the server; the built pages are served by BackFuture itself. */
const server = process.env.BACKFUTURE_URL ?? 'http://127.0.0.1:8420';

/** Every English catalogue, its name in its file and what it says. */
const english: [name: string, file: string, catalogue: Record<string, string>][] = [
  ['en', 'en', en], ['tradingEn', 'trading.en', tradingEn], ['accountEn', 'account.en', accountEn], ['passkeyEn', 'passkey.en', passkeyEn], ['limitsEn', 'limits.en', limitsEn],
  ['backtestEn', 'backtest.en', backtestEn], ['securityEn', 'security.en', securityEn],
  ['ledgerEn', 'ledger.en', ledgerEn], ['backupEn', 'backup.en', backupEn], ['sweepEn', 'sweep.en', sweepEn],
];

/** The Dutch texts in the order of the English ones, whose keys then need not be sent a second time: a third of the catalogue. */
const shortDutch: Plugin = {
  name: 'short-dutch',
  apply: 'build',
  load(id) {
    if (!id.endsWith('/src/messages/nl.ts')) return null;
    const texts = english.flatMap(([, , catalogue]) => Object.keys(catalogue).map((key) => nl[key as keyof typeof nl]));
    return `${english.map(([name, file]) => `import { ${name} } from './${file}';`).join('')}
      const texts = ${JSON.stringify(texts)};
      export const nl = Object.fromEntries([${english.map(([name]) => name)}].flatMap(Object.keys).map((key, at) => [key, texts[at]]));`;
  },
};

/** Compressed twins beside the files, for the server to embed: it compresses nothing itself. */
const zipped: Plugin = {
  name: 'zipped',
  apply: 'build',
  writeBundle({ dir = '' }, bundle) {
    for (const [name, file] of Object.entries(bundle)) {
      const bytes = Buffer.from(file.type === 'chunk' ? file.code : file.source), smaller = gzipSync(bytes, { level: 9 });
      if (smaller.length < 0.9 * bytes.length) writeFileSync(join(dir, `${name}.gz`), smaller);
    }
  },
};

export default defineConfig({
  plugins: [shortDutch, svelte(), zipped],
  build: {
    target: 'es2022',
    outDir: 'dist',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // A chunk of its own: the Dutch texts import it while the entry still waits for them.
    rollupOptions: { output: { manualChunks: { en: ['./src/messages/en.ts'] } } },
    // A tenth smaller on the wire than the default; the limits of `npm run size` are kept with it.
    minify: 'terser',
    terserOptions: { module: true, compress: { passes: 2, ecma: 2020 } },
  },
  server: { proxy: { '/api': { target: server, ws: true, changeOrigin: true } } },
});
