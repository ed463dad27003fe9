import unit from '../../jest.config.js';

const minutes = 60_000;

/**
 * Integration tests: build real images and start them. `npm run test:integration`.
 * @type {import('jest').Config}
 */
export default {
  ...unit,
  testMatch: ['<rootDir>/test/integration/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  globalSetup: './test/integration/global-setup.js',
  globalTeardown: './test/integration/global-teardown.js',
  testTimeout: 10 * minutes,
  // One build waits for the network or for dpkg most of the time. More than two fight for memory.
  maxWorkers: 2,
};
