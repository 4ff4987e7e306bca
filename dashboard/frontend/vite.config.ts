import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'

// Django serves the page and links the files by manifest.json; so there is no index.html here.
export default defineConfig({
  base: '/static/dashboard/',
  plugins: [react()],
  build: {
    outDir: '../static/dashboard',
    emptyOutDir: true,
    manifest: 'manifest.json',
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: 'src/main.tsx' },
  },
  test: {
    include: ['tests/**/*.test.ts', 'tests/**/*.test.tsx'],
    environment: 'node',
    // Files share threads, and what these have imported: no test leaves anything behind that another could trip over.
    pool: 'threads',
    isolate: false,
  },
})
