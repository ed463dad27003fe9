/**
 * `npm run bench:rootfs [-- ROUNDS]`: a cold build and its tarball against the bare tools, in turn, so
 * that a machine that gets slower meanwhile does so for both. Needs root, mmdebstrap, systemd-nspawn
 * and 4 GiB of memory. Prints a Markdown table; quote ratios, not seconds.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { bareCommand, median, output, printTable, seconds } from './measure.ts';

const project = path.resolve(import.meta.dirname, '..');
const mkimage = path.join(project, 'mkimage');
const profile = 'deb12-amd64-lxc';
const rounds = Number(process.argv[2] ?? 3);

const work = mkdtempSync('/dev/shm/mkimage-bench-');
try {
  main();
} finally {
  rmSync(work, { recursive: true, force: true });
}

function main(): void {
  const bareTarball = path.join(work, 'bare.tar.zst');
  const bare = bareCommand(mkimage, profile, bareTarball);
  const usage = path.join(work, 'usage.json');
  const hook = path.join(work, 'usage.cjs');
  writeFileSync(
    hook,
    `process.on('exit', () => require('fs').writeFileSync(${JSON.stringify(usage)}, JSON.stringify(process.resourceUsage())));`,
  );
  const cache = path.join(work, 'cache');
  const ours = [
    ...[mkimage, 'build', profile, '--quiet', '--output-dir', path.join(work, 'obj')],
    ...['--cache-dir', cache],
  ];

  const pairs: { bare: number; ours: number }[] = [];
  let memory = 0;
  for (let round = 0; round < rounds; round++) {
    const bareSeconds = seconds(bare, { TMPDIR: work });
    rmSync(cache, { recursive: true, force: true });
    const oursSeconds = seconds(ours, { NODE_OPTIONS: `--require ${hook}` });
    const { maxRSS } = JSON.parse(readFileSync(usage, 'utf8')) as { maxRSS: number };
    memory = Math.max(memory, maxRSS * 1024);
    pairs.push({ bare: bareSeconds, ours: oursSeconds });
    process.stderr.write(
      `round ${round + 1}: bare ${bareSeconds.toFixed(1)} s, mkimage ${oursSeconds.toFixed(1)} s\n`,
    );
  }
  const tarball = path.join(work, 'obj', profile, `${profile}_rootfs.tar.zst`);
  const help = Array.from({ length: 11 }, () => seconds([mkimage, '--help']));
  const boots = Array.from({ length: 3 }, () => bootSeconds(tarball));

  const ratio = median(pairs.map((pair) => pair.ours / pair.bare));
  const rows = [
    ['cold build, ratio to bare mmdebstrap with the same packages', ratio.toFixed(2), '≤ 1.1'],
    ['… mkimage, median seconds', median(pairs.map((pair) => pair.ours)).toFixed(1), ''],
    ['… bare mmdebstrap, median seconds', median(pairs.map((pair) => pair.bare)).toFixed(1), ''],
    ['image, MB', (statSync(tarball).size / 1e6).toFixed(1), '≤ 100'],
    ['… tarball of bare mmdebstrap, MB', (statSync(bareTarball).size / 1e6).toFixed(1), ''],
    ['memory of the Node process, MB', (memory / 1e6).toFixed(0), '< 200'],
    ['boot to multi-user.target in systemd-nspawn, seconds', median(boots).toFixed(2), 'about 0.5'],
    ['mkimage --help, seconds', median(help).toFixed(2), '< 0.25'],
  ];
  printTable(rows);
}

/** Seconds from the start of the container's systemd until it has reached multi-user.target. */
function bootSeconds(tarball: string): number {
  const root = mkdtempSync(path.join(work, 'root-'));
  output(['tar', '--extract', '--zstd', '--xattrs', '--file', tarball, '--directory', root]);
  const units = path.join(root, 'etc/systemd/system');
  writeFileSync(
    path.join(units, 'bench.service'),
    [
      '[Unit]\nAfter=multi-user.target\n[Service]\nType=oneshot',
      'ExecStart=/bin/sh -c "systemctl show --property=UserspaceTimestampMonotonic --value >/bench.txt"',
      'ExecStart=/bin/sh -c "systemctl show multi-user.target --property=ActiveEnterTimestampMonotonic --value >>/bench.txt"',
      'ExecStart=systemctl poweroff --force\n',
    ].join('\n'),
  );
  mkdirSync(path.join(units, 'multi-user.target.wants'), { recursive: true });
  output(['ln', '-s', '../bench.service', path.join(units, 'multi-user.target.wants')]);
  output([
    ...['systemd-nspawn', '--quiet', '--boot', '--register=no', '--keep-unit'],
    ...['--private-network', '--directory', root],
  ]);
  const [start = NaN, end = NaN] = readFileSync(path.join(root, 'bench.txt'), 'utf8')
    .trim()
    .split('\n')
    .map(Number);
  rmSync(root, { recursive: true });
  return (end - start) / 1e6;
}
