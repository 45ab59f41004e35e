// The dashboard's build. The server sends a content policy without any inline script or style, so nothing
// here may inline: no small files as data addresses, no preload polyfill.
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

/** Where `npm run dev` finds the server; the built pages are served by BackFuture itself. */
const server = process.env.BACKFUTURE_URL ?? 'http://127.0.0.1:8420';

export default defineConfig({
  plugins: [svelte()],
  build: {
    target: 'es2022',
    outDir: 'dist',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // A tenth smaller on the wire than the default; the limits of `npm run size` are kept with it.
    minify: 'terser',
    terserOptions: { module: true, compress: { passes: 2, ecma: 2020 } },
  },
  server: { proxy: { '/api': { target: server, ws: true, changeOrigin: true } } },
});
