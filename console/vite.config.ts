import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

/** Writes each file a second and third time, compressed: the server only has to choose. */
function compressed(): Plugin {
  return {
    name: 'compressed',
    apply: 'build',
    generateBundle: {
      order: 'post',
      handler(_, bundle) {
        for (const file of Object.values(bundle)) {
          if (file.fileName.endsWith('.html')) continue; // its nonce changes with every answer
          const source = Buffer.from(file.type === 'chunk' ? file.code : file.source);
          if (source.length < 1024) continue;
          const params = { [constants.BROTLI_PARAM_QUALITY]: 9 };
          const br = brotliCompressSync(source, { params });
          this.emitFile({ type: 'asset', fileName: `${file.fileName}.br`, source: br });
          this.emitFile({
            type: 'asset',
            fileName: `${file.fileName}.gz`,
            source: gzipSync(source, { level: 9 }),
          });
        }
      },
    },
  };
}

export default defineConfig({
  root: import.meta.dirname,
  base: './', // relative addresses: the page works behind any path prefix
  plugins: [react(), compressed()],
  // The server puts a fresh nonce in its place with every answer.
  html: { cspNonce: 'CSP_NONCE' },
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
  },
  server: {
    port: 5173,
    proxy: Object.fromEntries(
      [
        '/api',
        '/docs',
        '/admin',
        '/health',
        '/installApp',
        '/uninstallApp',
        '/uninstallAllApp',
        '/getAppInfo',
        '/getAllAppInfo',
        '/searchServer',
      ].map((path) => [path, process.env['STACKSCAPE_URL'] ?? 'http://localhost:3000']),
    ),
  },
});
