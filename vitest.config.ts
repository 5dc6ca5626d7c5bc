import { defineConfig } from 'vitest/config';
import { ClosingLine } from './server/test/closing-line.ts';

export default defineConfig({
  test: {
    include: ['server/**/*.test.ts'],
    setupFiles: ['server/test/setup.ts'],
    globalSetup: ['server/test/global-setup.ts'],
    reporters: ['default', new ClosingLine()],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
