// The dashboard's build. The server sends a content policy without any inline script or style, so nothing
// here may inline: no small files as data addresses, no preload polyfill.
import { svelte, vitePreprocess } from '@sveltejs/vite-plugin-svelte';
import { execFileSync } from 'node:child_process';
import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig, type Plugin } from 'vite';
import { compact } from './plugins/compact';
import { libraries } from './plugins/libraries';
import { markTexts, texts } from './plugins/texts';
import { en } from './src/messages/en';
import { laterEn } from './src/messages/later.en';
import { laterNl } from './src/messages/later.nl';
import { nl } from './src/messages/nl';

/** Where `npm run dev` finds the server; the built pages are served by BackFuture itself. */
const server = process.env.BACKFUTURE_URL ?? 'http://127.0.0.1:8420';

/** Compressed twins beside the files, for the server to embed: it compresses nothing itself. By Debian's zopfli, a twenty-fifth smaller than zlib's best. */
const zipped: Plugin = {
  name: 'zipped',
  apply: 'build',
  writeBundle({ dir = '' }, bundle) {
    const files = Object.keys(bundle).map((name) => join(dir, name));
    try {
      execFileSync('zopfli', files, { stdio: 'inherit' });
    } catch (error) {
      throw new Error('The pages are compressed by zopfli, which did not run: apt-get install zopfli.', { cause: error });
    }
    for (const file of files) if (statSync(`${file}.gz`).size >= 0.9 * statSync(file).size) rmSync(`${file}.gz`);
  },
};

/** Pieces are loaded without a word about what they need besides: they need only what the first screen has loaded. */
const plainImports: Plugin = {
  name: 'plain-imports',
  apply: 'build',
  enforce: 'pre',
  load: (id) => (id === '\0vite/preload-helper.js' ? 'export const __vitePreload = (load) => load();' : null),
};

/** A component's class in styles and templates: as short as keeps them apart, and the same in every build. */
const components = readdirSync(join(import.meta.dirname, 'src'), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.svelte')).sort();
const short = (file: string): string => `s${components.findIndex((one) => file.endsWith(`/src/${one}`)).toString(36)}`;

const building = process.argv.includes('build');

export default defineConfig({
  plugins: [
    texts(import.meta.dirname, [
      { first: ['src/messages/en.ts', 'en', en], later: ['src/messages/later.en.ts', 'laterEn', laterEn] },
      { first: ['src/messages/nl.ts', 'nl', nl], later: ['src/messages/later.nl.ts', 'laterNl', laterNl] },
    ]),
    svelte({
      preprocess: [...(building ? [{ name: 'texts', markup: ({ content }: { content: string }) => ({ code: markTexts(content) }) }] : []), vitePreprocess()],
      compilerOptions: { discloseVersion: false, cssHash: ({ filename }) => short(`/${filename ?? ''}`) },
      onwarn: (warning, show) => /^a11y_(missing_content|consider_explicit_label)$/.test(warning.code) || show?.(warning),
    }),
    plainImports,
    libraries(import.meta.dirname),
    ...compact,
    zipped,
  ],
  resolve: { alias: { 'fancy-canvas': join(import.meta.dirname, 'src/lib/canvas.ts') } },
  build: {
    target: 'es2022',
    outDir: 'dist',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    modulePreload: false,
    reportCompressedSize: false,
    // Scripts are minified by plugins/compact.ts.
    minify: false,
    cssMinify: true,
  },
  server: { proxy: { '/api': { target: server, ws: true, changeOrigin: true } } },
});
