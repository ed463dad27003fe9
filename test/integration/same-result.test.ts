import path from 'node:path';
import { afterAll, beforeAll, expect } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { firstReason, needsOrdinaryUser, needsPrograms } from '../support/needs.ts';
import { makeScratch, removeScratch } from '../support/scratch.ts';
import { describeUnless } from '../support/test-unless.ts';
import { test } from '@jest/globals';
import { hashes, listing, unpack } from '../support/unpack.ts';
import { readManifest } from '../support/mkimage.ts';
import { webImage, type BuiltImage } from '../support/web-image.ts';

describeUnless(
  firstReason(needsOrdinaryUser(), needsPrograms('zstd', 'ssh-keygen')),
  'root and an ordinary user build the same image',
  () => {
    let scratch: string;
    let byRoot: BuiltImage;
    let byUser: BuiltImage;

    beforeAll(async () => {
      scratch = await makeScratch('same');
      [byRoot, byUser] = await Promise.all([webImage('root'), webImage('ordinary user')]);
    });
    afterAll(() => removeScratch(scratch));

    test('names, types, modes, owners, times, attributes', async () => {
      expect(await listing(byUser.rootfs)).toEqual(await listing(byRoot.rootfs));
    });

    test('content', async () => {
      const [root, user] = [path.join(scratch, 'root'), path.join(scratch, 'user')];
      await unpack(byRoot.rootfs, root);
      await unpack(byUser.rootfs, user);
      expect(await hashes(user)).toEqual(await hashes(root));
    });

    test('the published files, to the byte', () => {
      expect(readManifest(byUser).files).toEqual(readManifest(byRoot).files);
      expect(readFileSync(byUser.metadata).equals(readFileSync(byRoot.metadata))).toBe(true);
    });
  },
);
