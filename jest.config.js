/**
 * Unit tests: no root, no network, no image built. `npm test`.
 * @type {import('jest').Config}
 */
export default {
  rootDir: import.meta.dirname,
  testEnvironment: 'node',
  // Several start processes; a loaded machine takes its time with those.
  testTimeout: 60_000,
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/integration/'],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/obj/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.ts$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2023' },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
};
