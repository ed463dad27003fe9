import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { cannotKeep, copyData, copySparse } from '../../build-scripts/cache/entry-data.ts';
import { CommandError, UserError } from '../../build-scripts/host/errors.ts';
import { whileFailing } from '../support/fake-program.ts';
import { temporaryFolder } from '../support/project.ts';

function someFile(): string {
  const file = path.join(temporaryFolder(), 'data');
  writeFileSync(file, 'content');
  return file;
}

// No device such as /dev/full: what fails to copy a file removes what it has begun.
test.each(['disk', 'image'] as const)(
  'a full file system has no room for a copy of %s',
  async (kind) => {
    const target = path.join(temporaryFolder(), 'copy');
    const copied = whileFailing(
      'cp',
      `cp: error writing '${target}': No space left on device`,
      () => copyData(kind, someFile(), target),
    );
    const error = await copied.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UserError);
    expect(error).toMatchObject({ message: `there is no space left for ${target}` });
    expect(cannotKeep(error)).toBe(true);
  },
);

test('cp says it in the language that is understood', async () => {
  const { LC_ALL } = process.env;
  process.env.LC_ALL = 'de_DE.UTF-8';
  try {
    const copied = whileFailing('cp', 'LC_ALL is $LC_ALL', () => copySparse(someFile(), 'unused'));
    await expect(copied).rejects.toThrow(/LC_ALL is C$/m);
  } finally {
    if (LC_ALL === undefined) delete process.env.LC_ALL;
    else process.env.LC_ALL = LC_ALL;
  }
});

describe('the cache can not keep something', () => {
  const cp = (line: string): Error =>
    new CommandError({ command: ['cp', 'a', 'b'], exitCode: 1, lastLines: [line] });

  test.each([
    "cp: error writing 'b': No space left on device",
    "cp: error writing 'b': Disk quota exceeded",
    "cp: cannot create regular file 'b': Permission denied",
    "cp: cannot create regular file 'b': Read-only file system",
    "cp: failed to extend 'b': File too large",
  ])('%s', (line) => {
    expect(cannotKeep(cp(line))).toBe(true);
  });

  test.each(['ENOSPC', 'EDQUOT', 'EACCES', 'EPERM', 'EROFS', 'EFBIG'])('%s', (code) => {
    expect(cannotKeep(Object.assign(new Error('write'), { code }))).toBe(true);
  });

  test('anything else is a failure', () => {
    expect(cannotKeep(cp("cp: cannot stat 'a': No such file or directory"))).toBe(false);
    expect(cannotKeep(Object.assign(new Error('read'), { code: 'ENOENT' }))).toBe(false);
    expect(cannotKeep(new TypeError('x is undefined'))).toBe(false);
  });
});
