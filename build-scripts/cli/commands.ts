/** Of `mkimage`. What is none of them is a profile to be built. */
export const COMMANDS: readonly string[] = [
  'build',
  'check',
  'plan',
  'explain',
  'list',
  'shell',
  'boot',
  'test',
  'diff',
  'clean',
  'cache',
  'import-reference',
];
