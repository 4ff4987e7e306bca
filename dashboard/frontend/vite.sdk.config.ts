import { defineConfig } from 'vite'

// The SDK as a package: `npm run build:sdk` writes sdk/dist, `npm pack ./sdk` packs it.
export default defineConfig({
  publicDir: false,
  build: {
    outDir: 'sdk/dist',
    emptyOutDir: true,
    target: 'es2022',
    minify: false,
    sourcemap: true,
    lib: {
      entry: {
        index: 'src/client/index.ts',
        react: 'src/client/react/index.ts',
        collaboration: 'src/client/react/collaboration.ts',
      },
      formats: ['es'],
    },
    rolldownOptions: {
      external: [/^react($|\/)/, /^zustand($|\/)/, /^yjs($|\/)/, /^y-protocols($|\/)/],
      output: { chunkFileNames: 'chunks/[name]-[hash].js' },
    },
  },
})
