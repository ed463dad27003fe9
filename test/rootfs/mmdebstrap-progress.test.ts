import { expect, test } from '@jest/globals';
import { formatBytes } from '../../build-scripts/host/format.ts';
import { bootstrapProgress } from '../../build-scripts/rootfs/mmdebstrap-progress.ts';

/** The details that these lines lead to; lines that say nothing new are left out. */
function detailsOf(lines: string): string[] {
  const progress = bootstrapProgress(formatBytes);
  return lines
    .split('\n')
    .map((line) => progress.detail(line))
    .filter((detail) => detail !== undefined);
}

test('from the lists to the last package', () => {
  expect(
    detailsOf(`I: automatically chosen format: directory
I: running apt-get update...
Get:1 http://mirror.example.net/debian bookworm InRelease [151 kB]
Get:2 http://mirror.example.net/debian bookworm/main amd64 Packages [8,792 kB]
Fetched 8943 kB in 1s (8943 kB/s)
I: downloading packages with apt...
Get:3 http://mirror.example.net/debian bookworm/main amd64 gcc-12-base amd64 12.2.0-14 [37.5 kB]
Get:4 http://mirror.example.net/debian bookworm/main amd64 tiny all 1 [812 B]
Get:5 http://mirror.example.net/debian bookworm/main amd64 huge all 1 [1.5 GB]
I: extracting archives...
I: installing essential packages...
Unpacking libc6:amd64 (2.36-9+deb12u10) ...
Unpacking base-files (12.4) ...
Setting up libc6:amd64 (2.36-9+deb12u10) ...
I: installing remaining packages inside the chroot...
0 upgraded, 3 newly installed, 0 to remove and 0 not upgraded.
Unpacking less (590-2) ...
Unpacking less (590-2) over (590-1) ...
Setting up less (590-2) ...
I: cleaning package lists and apt cache...
I: success in 12.3456 seconds`),
  ).toEqual([
    'package lists',
    'downloading 1 files, 151.0 kB',
    'downloading 2 files, 8.9 MB',
    'downloading',
    'downloading 3 files, 9.0 MB',
    'downloading 4 files, 9.0 MB',
    'downloading 5 files, 1.5 GB',
    'extracting',
    'essential packages',
    'unpacking 1/1 packages',
    'unpacking 2/2 packages',
    'configuring 1/2 packages',
    'remaining packages',
    'unpacking 1/3 packages',
    'unpacking 1/3 packages',
    'configuring 1/3 packages',
    'cleaning',
  ]);
});

test.each([
  ['a hook that talks', 'Setting up'],
  ['a repeated index', 'Hit:1 http://mirror.example.net/debian bookworm InRelease'],
  ['an ignored index', 'Ign:1 http://mirror.example.net/debian bookworm InRelease'],
  ['a download without a size', 'Get:1 http://mirror.example.net/debian bookworm InRelease'],
  ['nothing', ''],
])('%s says nothing', (_, line) => {
  expect(detailsOf(line)).toEqual([]);
});
