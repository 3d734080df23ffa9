import { join } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { PROJECT_ROOT } from '../dev/project.ts';
import { shadesOf } from './brand.ts';

/** Where `npm run dev` has the service, for `npm run web`. */
const SERVICE = `http://localhost:${process.env.PORT || '8787'}`;

/** What a deployment may call its own; see docs/web.md. An empty variable counts as not set. */
const { VITE_APP_NAME, VITE_APP_COLOR, VITE_APP_LOGO, VITE_API_URL } = process.env;

const color = VITE_APP_COLOR || '#3b5bdb';
shadesOf(color); // fails here and not in a reader's browser

export default defineConfig({
  root: join(PROJECT_ROOT, 'web'),
  base: '/app/',
  envDir: false,
  cacheDir: join(PROJECT_ROOT, 'node_modules/.vite/web'),
  logLevel: 'warn',
  plugins: [
    react(),
    {
      name: 'title',
      transformIndexHtml: (html) => html.replace('%TITLE%', escapeHtml(VITE_APP_NAME || 'Tollgate')),
    },
  ],
  resolve: { alias: { 'tollgate/client': join(PROJECT_ROOT, 'src/client.ts') } },
  define: {
    __CONFIG__: JSON.stringify({
      name: VITE_APP_NAME || 'Tollgate',
      logo: VITE_APP_LOGO || null,
      color,
      apiUrl: VITE_API_URL || null,
    }),
  },
  build: { target: 'es2022', emptyOutDir: true, manifest: true, modulePreload: { polyfill: false } },
  server: {
    port: 5173,
    // The service takes requests of its own origin alone.
    proxy: { '^/(?!app/)': { target: SERVICE, changeOrigin: true, headers: { Origin: SERVICE } } },
  },
});

const escapeHtml = (text: string) => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
