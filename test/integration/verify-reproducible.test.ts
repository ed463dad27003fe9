import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkimage } from '../support/mkimage.ts';
import { needsPrograms } from '../support/needs.ts';
import { makeScratch, removeScratch } from '../support/scratch.ts';
import { describeUnless } from '../support/test-unless.ts';

describeUnless(needsPrograms('mmdebstrap', 'zstd'), '--verify-reproducible', () => {
  let scratch: string;
  const inScratch = (name: string): string => path.join(scratch, name);

  beforeAll(async () => {
    scratch = await makeScratch('again');
    const site = inScratch('collections/site');
    mkdirSync(path.join(site, 'hooks/customize'), { recursive: true });
    writeFileSync(path.join(site, 'collection.yml'), 'summary: Site\n');
    // Where it is built shows: the ids that there are, the folder, the name of the user.
    writeFileSync(
      path.join(site, 'hooks/customize/50-here'),
      '#!/bin/sh\nset -eu\n{ cat /proc/self/uid_map; echo "$TMPDIR ${USER-} $HOME"; } >"$1/etc/here"\n',
      { mode: 0o755 },
    );
  });
  afterAll(() => removeScratch(scratch));

  const verify = (name: string, profile: string) => {
    writeFileSync(inScratch(`${name}.yml`), profile);
    return mkimage([
      ...['build', inScratch(`${name}.yml`), '--plain', '--verify-reproducible'],
      ...['-O', inScratch('obj'), '--cache-dir', inScratch('cache')],
      ...['--collections', inScratch('collections')],
    ]);
  };

  test('says so when another place, user and environment make no difference', async () => {
    const { exitCode, stderr } = await verify('sound', 'extends: examples/lxc-minimal\n');
    expect(stderr).toMatch(/sound: the same +sound_rootfs_/);
    expect(stderr).not.toContain('DIFFERENT');
    expect(exitCode).toBe(0);
  });

  test('names the file that differs', async () => {
    const { exitCode, stdout, stderr } = await verify(
      'unsound',
      'extends: examples/lxc-minimal\ncollections: [site]\n',
    );
    expect(stderr).toMatch(/unsound: DIFFERENT +unsound_rootfs_/);
    expect(stdout).toContain('/etc/here');
    expect(exitCode).toBe(1);
  });
});
