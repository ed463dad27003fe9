import { expect, test } from '@jest/globals';
import { linkName, parsePublishedName, publishedName } from '../../build-scripts/publish/names.ts';

const rootfs = { name: 'rootfs', extension: '.tar.zst' };

test('the date is UTC, the stamp seconds since 1970', () => {
  expect(publishedName('deb12-amd64-lxc', rootfs, 1_795_129_200)).toBe(
    'deb12-amd64-lxc_rootfs_2026-11-19_1795129200.tar.zst',
  );
  expect(publishedName('p', rootfs, 0)).toBe('p_rootfs_1970-01-01_0.tar.zst');
  expect(publishedName('p', rootfs, 1_795_132_799)).toContain('_2026-11-19_');
  expect(publishedName('p', rootfs, 1_795_132_800)).toContain('_2026-11-20_');
});

test('the link has neither', () => {
  expect(linkName('deb12-amd64-lxc', rootfs)).toBe('deb12-amd64-lxc_rootfs.tar.zst');
});

test.each(['web', 'deb12-amd64-lxc', 'with_underscore', 'with.dot', 'a+b'])(
  'the names of profile %s can be read back',
  (profile) => {
    const file = publishedName(profile, rootfs, 1_795_129_200);
    expect(parsePublishedName(profile, file)).toEqual({
      file,
      artifact: 'rootfs',
      epoch: 1_795_129_200,
    });
  },
);

test.each([
  'web_rootfs.tar.zst',
  'web_rootfs_2026-11-19.tar.zst',
  'web_rootfs_2026-11-19_1795129200-1',
  'web_rootfs_2026-11-19_1795129200.tar.zst\n',
  'web_rootfs_2026-11-19_x.tar.zst',
  'web-2_rootfs_2026-11-19_1795129200.tar.zst',
  'my_web_rootfs_2026-11-19_1795129200.tar.zst',
  'web_notes_about_2026-11-19_1795129200.txt',
  'SHA256SUMS',
  'build.log',
  '',
])('%j is not a published file of web', (file) => {
  expect(parsePublishedName('web', file)).toBeUndefined();
});
