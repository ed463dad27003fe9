/**
 * `npm run bench:disk [-- ROUNDS [TARBALL]]`: what composing the full stack costs against the bare
 * tools, taken in turn so that a machine that gets slower meanwhile does so for both. Needs root,
 * mmdebstrap and 4 GiB of memory. Without a tarball, mkimage builds one. Prints a Markdown table;
 * quote ratios, not seconds.
 */
import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { AesXts } from '../../build-scripts/disk/space/aes-xts.ts';
import { median, output as run, printTable, stepSeconds as readSteps } from './measure.ts';

const project = path.resolve(import.meta.dirname, '..');
const [givenRounds = '3', givenTarball] = process.argv.slice(2);
const rounds = Number(givenRounds);
const GIB = 1024 ** 3;

/** Trees are in memory for both sides, images are in $TMPDIR for both. */
const memory = mkdtempSync('/dev/shm/disk-bench-');
const work = mkdtempSync(path.join(tmpdir(), 'disk-bench-'));
try {
  main();
} finally {
  for (const folder of [memory, work]) rmSync(folder, { recursive: true, force: true });
}

interface Composed {
  /** Step → seconds, as the summary says; without the configuring, most of which is the initramfs. */
  readonly steps: ReadonlyMap<string, number>;
  readonly configure: number;
  /** Bytes: of the Node process at its largest, and of the image on the disk. */
  readonly memory: number;
  readonly allocated: number;
}

function main(): void {
  const tarball = givenTarball === undefined ? buildRoot() : path.resolve(givenTarball);
  const layout = writeLayout();
  // Makes the tree of disk tools.
  if (cachedTools() === undefined) compose(tarball, layout, '10G');
  const tools = unpackTools();

  const all: { bare: Bare; small: Composed; large: Composed }[] = [];
  for (let round = 1; round <= rounds; round++) {
    const bare = bareTools(tarball, tools);
    const small = compose(tarball, layout, '10G');
    const large = compose(tarball, layout, '100G');
    all.push({ bare, small, large });
    const text = [bareSeconds(bare), total(small), total(large)].map((it) => it.toFixed(1));
    process.stderr.write(`round ${round}: bare, 10 GB, 100 GB: ${text.join(', ')} s\n`);
  }
  const of = (value: (round: (typeof all)[number]) => number): number => median(all.map(value));
  const bare = of((it) => bareSeconds(it.bare));
  const step = (name: RegExp): number => of(({ small }) => stepSeconds(small, name));
  const wide = encryption(4096);
  print([
    [
      'composing without initramfs, ratio to bare tools',
      of((it) => total(it.small) / bareSeconds(it.bare)),
      2,
      '≤ 2, aim 1.3',
    ],
    [
      '… before the image is published, without its checksums',
      of((it) => before(it.small) / bareSeconds(it.bare)),
      2,
      '',
    ],
    ['… bare: zstd -d and tar x, mkfs.btrfs --rootdir, s', bare, 1, ''],
    ['… check and tools tree, s', step(/tools/), 1, ''],
    ['… unpack, s', step(/unpack/), 1, ''],
    ['… write, s', step(/write/), 1, ''],
    ['… verify, s', step(/verify/), 1, ''],
    ['… publish, s', step(/publish/), 1, ''],
    ['configure, most of it the initramfs, s', of(({ small }) => small.configure), 1, ''],
    ['payload encryption, sectors of 4096, MB/s per core', wide, 0, '> 500'],
    ['… sectors of 512', encryption(512), 0, ''],
    ['memory of the Node process, 10 GB disk, MB', of((it) => it.small.memory / 1e6), 0, '< 300'],
    ['… 100 GB disk', of((it) => it.large.memory / 1e6), 0, '< 300'],
    ['100 GB disk, ratio to 10 GB', of((it) => total(it.large) / total(it.small)), 2, 'about 1'],
    ['… before it is published', of((it) => before(it.large) / before(it.small)), 2, ''],
    [
      '… room that the image takes, ratio',
      of((it) => it.large.allocated / it.small.allocated),
      2,
      '≤ 1',
    ],
  ]);
}

function total({ steps }: Composed): number {
  return [...steps.values()].reduce((sum, it) => sum + it, 0);
}

/** Without calculating checksums, which takes time by the size of the disk, holes and all. */
function before(composed: Composed): number {
  return total(composed) - stepSeconds(composed, /publish/);
}

function stepSeconds({ steps }: Composed, name: RegExp): number {
  const found = [...steps].find(([title]) => name.test(title));
  if (found === undefined) throw new Error(`no step is called like ${String(name)}`);
  return found[1];
}

/** @returns the tarball of the root in docs/example, which has 760 MB */
function buildRoot(): string {
  const profile = path.join(project, 'docs/example/profiles/disk-root.yml');
  run([path.join(project, 'mkimage'), '--quiet', '-O', path.join(work, 'root'), profile]);
  return path.join(work, 'root/disk-root/disk-root_rootfs.tar.zst');
}

function writeLayout(): string {
  const file = path.join(work, 'disk.yml');
  const layout = readFileSync(path.join(project, 'docs/example/disks/full-stack.yml'), 'utf8');
  writeFileSync(file, layout);
  writeFileSync(path.join(work, 'luks.passphrase'), 'a passphrase', { mode: 0o600 });
  return file;
}

function compose(tarball: string, layout: string, size: string): Composed {
  const folder = mkdtempSync(path.join(work, 'image-'));
  const usage = path.join(work, 'usage.json');
  const hook = path.join(work, 'usage.cjs');
  writeFileSync(
    hook,
    `process.on('exit', () => require('fs').writeFileSync(${JSON.stringify(usage)}, JSON.stringify(process.resourceUsage())));`,
  );
  const printed = run(
    [
      path.join(project, 'tar-to-disk'),
      ...['-C', layout, '--size', size, '--name', 'bench', '--seed', 'bench', '-O', folder],
      ...['--plain', tarball],
    ],
    { NODE_OPTIONS: `--require ${hook}` },
  );
  const steps = readSteps(printed);
  const [title = '', configure = NaN] =
    [...steps].find(([name]) => name.includes('initramfs')) ?? [];
  steps.delete(title);
  const { maxRSS } = JSON.parse(readFileSync(usage, 'utf8')) as { maxRSS: number };
  const allocated = statSync(path.join(folder, 'bench_disk.raw')).blocks * 512;
  rmSync(folder, { recursive: true });
  return { steps, configure, memory: maxRSS * 1024, allocated };
}

/** The newest tree of Debian 13's tools that tar-to-disk has made. */
function cachedTools(): string | undefined {
  const cache = path.join(project, 'obj/tools');
  if (!existsSync(cache)) return undefined;
  const [newest] = readdirSync(cache)
    .filter((name) => name.endsWith('.tar.zst'))
    .map((name) => path.join(cache, name))
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  return newest;
}

function unpackTools(): string {
  const root = path.join(memory, 'tools');
  mkdirSync(root);
  run(['tar', '--extract', '--zstd', '--file', cachedTools() ?? '', '--directory', root]);
  return root;
}

interface Bare {
  /** Seconds. */
  readonly unpack: number;
  readonly mkfs: number;
}

function bareSeconds({ unpack, mkfs }: Bare): number {
  return unpack + mkfs;
}

/** The same tree by hand: unpacked, and as a btrfs with the compression of the layout. */
function bareTools(tarball: string, tools: string): Bare {
  const root = path.join(memory, 'root');
  const image = path.join(work, 'bare.img');
  mkdirSync(root);
  const unpack = seconds(() => {
    run([
      ...['tar', '--extract', '--use-compress-program', 'zstd -d', '--file', tarball],
      ...['--directory', root, '--numeric-owner', '--xattrs', '--xattrs-include=*', '--acls'],
    ]);
  });
  run(['truncate', '--size', String(4 * GIB), image]);
  // Without chroot: the tree's own loader and libraries.
  const libraries = path.join(
    tools,
    `usr/lib/${process.arch === 'x64' ? 'x86_64' : 'aarch64'}-linux-gnu`,
  );
  const [loader = ''] = readdirSync(libraries).filter((name) => name.startsWith('ld-linux'));
  const mkfs = seconds(() => {
    run([
      ...[path.join(libraries, loader), '--library-path', libraries],
      path.join(tools, 'usr/sbin/mkfs.btrfs'),
      ...['-q', '--nodiscard', '--rootdir', root, '--compress', 'zstd:1', image],
    ]);
  });
  rmSync(root, { recursive: true });
  rmSync(image);
  return { unpack, mkfs };
}

/** @returns MB per second of processor time */
function encryption(sectorSize: 512 | 4096): number {
  const cipher = new AesXts(randomBytes(64), sectorSize);
  const plain = randomBytes(1024 ** 2);
  const encrypted = Buffer.alloc(plain.length);
  const rates = Array.from({ length: 5 }, () => {
    const start = process.cpuUsage();
    for (let offset = 0; offset < GIB / 4; offset += plain.length) {
      cipher.encrypt(plain, offset, encrypted);
    }
    const { user, system } = process.cpuUsage(start);
    return GIB / 4 / (user + system);
  });
  return median(rates);
}

function print(rows: readonly (readonly [string, number, number, string])[]): void {
  printTable(rows.map(([what, value, digits, wanted]) => [what, value.toFixed(digits), wanted]));
}

function seconds(work: () => void): number {
  const start = performance.now();
  work();
  return (performance.now() - start) / 1000;
}
