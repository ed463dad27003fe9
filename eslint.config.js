import js from '@eslint/js';
import jest from 'eslint-plugin-jest';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

export default defineConfig(
  globalIgnores(['dist/', 'obj/', 'coverage/', 'collections/local/', 'profiles/local/']),
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    linterOptions: { reportUnusedDisableDirectives: 'error', reportUnusedInlineConfigs: 'error' },
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      eqeqeq: 'error',
      // tsc checks names, in JavaScript files too.
      'no-undef': 'off',
      // What a program writes goes through the progress display or a command's output stream.
      'no-console': 'error',
      // No shell ever parses a command line of ours.
      'no-restricted-syntax': [
        'error',
        {
          selector: 'Property[key.name="shell"][value.value=true]',
          message: 'Commands are argv arrays; no shell parses them.',
        },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      // `${count} files` is what template literals are for; everything else needs a decision.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
    },
  },
  {
    // A JSDoc cast is how JavaScript types JSON.parse; tsc sees it, these rules do not.
    files: ['**/*.js'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
  {
    // Only host/ touches the machine: everything else runs commands through it.
    files: ['mkimage.ts', 'build-scripts/**/*.ts'],
    ignores: ['build-scripts/host/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: ['child_process', 'node:child_process', 'execa'].map((name) => ({
            name,
            message: 'Run commands through build-scripts/host/.',
          })),
        },
      ],
    },
  },
  {
    files: ['test/**/*.test.ts'],
    extends: [jest.configs['flat/recommended']],
    settings: { jest: { globalPackage: '@jest/globals' } },
    rules: {
      'jest/expect-expect': ['error', { assertFunctionNames: ['expect*', 'assert*'] }],
      'jest/no-standalone-expect': ['error', { additionalTestBlockFunctions: ['testUnless'] }],
      // A skipped test has to say why: see test/support/test-unless.ts.
      'jest/no-disabled-tests': 'error',
    },
  },
);
