/**
 * `npm run bench:rebuild [-- ROUNDS]`: the second build against the first one, and six profiles of
 * one suite against the largest alone. Needs root, mmdebstrap and 10 GiB of memory. Prints a Markdown
 * table; quote ratios, not seconds.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { median, printTable, seconds } from './measure.ts';

const project = path.resolve(import.meta.dirname, '..');
const mkimage = path.join(project, 'mkimage');
const rounds = Number(process.argv[2] ?? 3);
const MATRIX = ['lxc', 'kvm', 'hyper-v', 'esxi', 'hardware-bios', 'hardware-uefi'];

const work = mkdtempSync('/dev/shm/rebuild-bench-');
try {
  main();
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** Writes a profile with a collection of one file, and gives the commands that build it. */
function site(base: string, output: string) {
  const folder = path.join(work, base);
  const file = path.join(folder, 'collections/site/files/etc/site.conf');
  const profile = path.join(folder, 'site.yml');
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(path.join(folder, 'collections/site/collection.yml'), 'summary: Site\n');
  const write = (packages: string): void => {
    writeFileSync(
      profile,
      `extends: ${base}\ncollections: [site]\npackages: [${packages}]\noutputs: [${output}]\n`,
    );
  };
  let count = 0;
  const change = (): void => {
    writeFileSync(file, `${(count += 1)}\n`);
  };
  const argv = [
    ...[mkimage, 'build', profile, '--quiet', '--output-dir', path.join(folder, 'obj')],
    ...['--collections', path.join(folder, 'collections')],
    ...['--cache-dir', path.join(folder, 'cache')],
  ];
  change();
  write('');
  return {
    change,
    write,
    build: (): number => seconds(argv),
    cold: (): number => {
      rmSync(path.join(folder, 'cache'), { recursive: true, force: true });
      return seconds(argv);
    },
  };
}

function main(): void {
  const container: Record<'cold' | 'file' | 'package' | 'nothing', number>[] = [];
  const lxc = site('deb12-amd64-lxc', 'lxc');
  for (let round = 0; round < rounds; round++) {
    lxc.write('');
    const cold = lxc.cold();
    lxc.change();
    lxc.build();
    lxc.change();
    const file = lxc.build();
    const nothing = lxc.build();
    lxc.write('bc');
    container.push({ cold, file, nothing, package: lxc.build() });
  }
  const kvm = site('deb12-amd64-kvm', 'qcow2');
  // Makes the tree of disk tools.
  kvm.build();
  const machine = Array.from({ length: rounds }, () => {
    const cold = kvm.cold();
    kvm.change();
    kvm.build();
    kvm.change();
    return { cold, file: kvm.build() };
  });
  const together = matrix(MATRIX);
  const largest = matrix(['esxi']);

  const ratio = (values: readonly number[]): string => `${(100 * median(values)).toFixed(1)} %`;
  const row = (
    what: string,
    name: 'file' | 'package' | 'nothing',
    [wantedRatio = '', wantedSeconds = '']: string[],
  ): string[][] => [
    [
      `${what}, of the cold build`,
      ratio(container.map((one) => one[name] / one.cold)),
      wantedRatio,
    ],
    ['… seconds', median(container.map((one) => one[name])).toFixed(2), wantedSeconds],
  ];
  printTable([
    ['LXC, cold, seconds', median(container.map(({ cold }) => cold)).toFixed(1), ''],
    ...row('LXC, one file changed', 'file', ['< 10 %']),
    ...row('LXC, one package more', 'package', ['< 40 %']),
    ...row('LXC, nothing changed', 'nothing', ['', '< 0.5']),
    ['KVM to qcow2, cold, seconds', median(machine.map(({ cold }) => cold)).toFixed(1), ''],
    [
      'KVM to qcow2, one file changed, of the cold build',
      ratio(machine.map(({ file, cold }) => file / cold)),
      '< 20 %',
    ],
    ['… seconds', median(machine.map(({ file }) => file)).toFixed(2), ''],
    ['six profiles of one suite, of the largest alone', (together / largest).toFixed(2), '≤ 2.5'],
    ['… seconds', together.toFixed(1), ''],
  ]);
}

/** Seconds to build profiles together, with an empty cache. */
function matrix(names: readonly string[]): number {
  const folder = path.join(work, `matrix-${names.length}`);
  mkdirSync(folder);
  const profiles = names.map((name) => `deb12-amd64-${name}`);
  const places = [
    '--output-dir',
    path.join(folder, 'obj'),
    '--cache-dir',
    path.join(folder, 'cache'),
  ];
  const taken = seconds([mkimage, 'build', ...profiles, '--quiet', ...places]);
  rmSync(folder, { recursive: true });
  return taken;
}
