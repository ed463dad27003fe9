import unit from '../../jest.config.js';

const minutes = 60_000;

/**
 * Integration tests: build real images and start them, one after the other.
 * `npm run test:integration`.
 * @type {import('jest').Config}
 */
export default {
  ...unit,
  testMatch: ['<rootDir>/test/integration/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 10 * minutes,
  maxWorkers: 1,
};
