/**
 * `npm run bench:machine [-- ROUNDS]`: a virtual machine from nothing to qcow2 against bare mmdebstrap
 * with the same packages, which makes one initramfs as well; and several formats of one disk against
 * the slowest alone. Needs root, mmdebstrap and 6 GiB of memory. Prints a Markdown table; quote
 * ratios, not seconds.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { bareCommand, median, output, printTable, seconds, stepSeconds } from './measure.ts';

const project = path.resolve(import.meta.dirname, '..');
const mkimage = path.join(project, 'mkimage');
const profile = 'deb12-amd64-kvm';
const rounds = Number(process.argv[2] ?? 3);
const FORMATS = ['qcow2', 'vhdx', 'vmdk'];

const work = mkdtempSync('/dev/shm/machine-bench-');
try {
  main();
} finally {
  rmSync(work, { recursive: true, force: true });
}

function main(): void {
  const bare = bareCommand(mkimage, profile, path.join(work, 'bare.tar.zst'));
  const folder = path.join(work, 'obj');
  const cache = path.join(work, 'cache');
  const build = [
    ...[mkimage, 'build', profile, '--plain', '--output-dir', folder, '--cache-dir', cache],
  ];
  // Makes the tree of disk tools.
  output([...build, '--output', 'raw']);

  const pairs: { bare: number; ours: number }[] = [];
  for (let round = 1; round <= rounds; round++) {
    rmSync(cache, { recursive: true, force: true });
    const pair = { bare: seconds(bare, { TMPDIR: work }), ours: seconds(build) };
    pairs.push(pair);
    process.stderr.write(
      `round ${round}: bare ${pair.bare.toFixed(1)} s, mkimage ${pair.ours.toFixed(1)} s\n`,
    );
  }
  const qcow2 = statSync(path.join(folder, profile, `${profile}_disk.qcow2`)).size;

  const convert = (formats: readonly string[]): number => {
    const printed = output([
      ...[path.join(project, 'tar-to-disk'), '--plain', '--name', 'formats', '-O', folder],
      ...['-C', path.join(folder, profile, `${profile}_disk.yml`), '--format', formats.join(',')],
      path.join(folder, profile, `${profile}_rootfs.tar.zst`),
    ]);
    return stepSeconds(printed).get(`verify, make ${formats.join(', ')}`) ?? NaN;
  };
  const alone = FORMATS.map((format) => convert([format]));
  const together = convert(FORMATS);

  printTable([
    [
      'KVM profile from nothing to qcow2, ratio to bare mmdebstrap with one initramfs',
      median(pairs.map((pair) => pair.ours / pair.bare)).toFixed(2),
      '≤ 1.3',
    ],
    ['… mkimage, median seconds', median(pairs.map((pair) => pair.ours)).toFixed(1), ''],
    ['… bare mmdebstrap, median seconds', median(pairs.map((pair) => pair.bare)).toFixed(1), ''],
    ['qcow2, MB', (qcow2 / 1e6).toFixed(1), '≤ 350'],
    [
      `${FORMATS.join(', ')} together, ratio to the slowest alone`,
      (together / Math.max(...alone)).toFixed(2),
      '≤ 1.5',
    ],
    ...FORMATS.map((format, index) => [
      `… ${format} alone, s`,
      (alone[index] ?? NaN).toFixed(1),
      '',
    ]),
  ]);
}
