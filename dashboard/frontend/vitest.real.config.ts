import { defineConfig } from 'vitest/config'

// Against a running server, which tests/integration/test_sdk.py starts; its address and token come in the environment.
export default defineConfig({
  // The manual's examples name the package.
  resolve: { alias: { 'presence-client': `${import.meta.dirname}/src/client/index.ts` } },
  test: { include: ['tests/real/*.real.ts'], environment: 'node', testTimeout: 60_000, hookTimeout: 60_000 },
})
