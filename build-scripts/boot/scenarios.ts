import type { Guest } from './guest.ts';
import type { ImageUnderTest } from './image-under-test.ts';
import { fileSystemsOf, hasLayer, type BootImage } from './image.ts';
import { makeEmptyDisk, virtualSize } from './prepare-disk.ts';
import { ADD_SECOND_DISK } from './second-disk.ts';

/** Something that no single boot shows. */
export interface Scenario {
  readonly name: string;
  readonly description: string;
  /** Why it makes no sense for an image; undefined when it does. */
  readonly refuses: (image: BootImage) => string | undefined;
  readonly run: (image: ImageUnderTest) => Promise<void>;
}

const option = ({ manifest }: BootImage, name: string): unknown => manifest?.options[name]?.value;
const isDisk = ({ kind }: BootImage): string | undefined =>
  kind === 'disk' ? undefined : 'a container has no disk';

/** What every image has to stand: one boot, its tests, and an end in order. */
export const PLAIN: Scenario = {
  name: 'plain',
  description: 'one boot, with the tests of the collections',
  refuses: () => undefined,
  async run(image) {
    const guest = await image.boot('boot');
    if (guest === undefined) return;
    await image.runTests(guest);
    await image.check('power off', () => powerOff(guest));
  },
};

/** In the order in which they are run. */
export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'larger-disk',
    description: 'the disk is larger than the image, and the root grows to it',
    refuses: (image) =>
      isDisk(image) ??
      ([undefined, 'never'].includes(option(image, 'firstboot.grow') as string | undefined)
        ? 'its root does not grow (collection firstboot)'
        : undefined),
    async run(image) {
      const bytes = await virtualSize((await image.disk()).file);
      const size = bytes + 4 * 1024 ** 3;
      const guest = await image.boot('boot on a larger disk', {
        disks: [await image.disk(String(size))],
      });
      if (guest === undefined) return;
      await image.check('the last partition ends at the end of the disk', async () => {
        const { output } = await guest.attempt(
          'sfdisk --list-free --quiet --bytes --output Size /dev/vda | tail -n +2 | sort -n | tail -n 1',
        );
        return Number(output) < 4 * 1024 ** 2
          ? undefined
          : `${output} bytes of the disk belong to no partition`;
      });
      await image.runTests(guest);
      await image.check('power off', () => powerOff(guest));
    },
  },
  {
    name: 'wrong-passphrase',
    description: 'a wrong passphrase is refused, and the right one taken after it',
    refuses: (image) =>
      isDisk(image) ?? (hasLayer(image, 'luks') ? undefined : 'its disk is not encrypted'),
    async run(image) {
      const guest = await image.boot('boot with a wrong passphrase first', {
        passphrases: ['this is not the passphrase', ...image.passphrases],
      });
      if (guest === undefined) return;
      await image.check('the wrong passphrase was refused', () =>
        Promise.resolve(
          REFUSED.test(image.console)
            ? undefined
            : 'the console does not say so: is the disk opened by something else?',
        ),
      );
      await image.check('power off', () => powerOff(guest));
    },
  },
  {
    name: 'power-cut',
    description: 'the power fails at several moments of the first boot, then it boots',
    refuses: isDisk,
    async run(image) {
      const disk = await image.disk();
      for (const moment of momentsOf(image.image)) {
        const cut = await image.cutPower(disk, moment);
        if (!cut) return;
      }
      const guest = await image.boot('boot after the power cuts', { disks: [disk] });
      if (guest === undefined) return;
      await image.runTests(guest);
      await image.check('power off', () => powerOff(guest));
    },
  },
  {
    name: 'clones',
    description: 'two copies have different identities, and one boots with the other beside it',
    refuses: () => undefined,
    async run(image) {
      const isMachine = image.image.kind === 'disk';
      const disks = isMachine ? [await image.disk(), await image.disk()] : [];
      const seen: string[][] = [];
      for (const [index, name] of ['first', 'second'].entries()) {
        const disk = disks[index];
        const guest = await image.boot(`boot the ${name} copy`, disk && { disks: [disk] });
        if (guest === undefined) return;
        await image.check(`identities of the ${name} copy`, async () => {
          seen.push(await identities(guest, image.image));
          return seen[index]?.length === 0 ? 'it has none' : undefined;
        });
        await image.check(`power off the ${name} copy`, () => powerOff(guest));
      }
      await image.check('nothing is the same in both', () => {
        const shared = (seen[0] ?? []).filter((identity) => seen[1]?.includes(identity));
        return Promise.resolve(
          shared.length === 0 ? undefined : `both have ${shared.join('\nboth have ')}`,
        );
      });
      if (!isMachine || option(image.image, 'firstboot.new-identities') !== true) return;
      // Nobody can tell the two apart then.
      if (keptFileSystem(image.image) !== undefined) return;
      const guest = await image.boot('boot with the other disk beside it', { disks });
      if (guest === undefined) return;
      await image.check('it runs from its own disk', async () => {
        const { output } = await guest.attempt(
          "findmnt --noheadings --list --output SOURCE --real | grep -E '^/dev/vdb' || true",
        );
        return output === '' ? undefined : `these are those of the other: ${output}`;
      });
      await image.check('power off', () => powerOff(guest));
    },
  },
  {
    name: 'second-disk',
    description: 'RAID1 grows to a second disk, and the machine boots with each disk alone',
    refuses: (image) =>
      isDisk(image) ?? (hasLayer(image, 'raid1') ? undefined : 'its disk has no RAID1'),
    async run(image) {
      const first = await image.disk();
      const second = await makeEmptyDisk(image.fileName('qcow2'), await virtualSize(first.file));
      const guest = await image.boot('boot with an empty second disk', { disks: [first, second] });
      if (guest === undefined) return;
      const isComplete = await image.check('the second disk becomes a mirror', async () => {
        const { exitCode, output } = await guest.attempt(ADD_SECOND_DISK, 900);
        return exitCode === 0 ? undefined : output;
      });
      await image.check('power off', () => powerOff(guest));
      if (!isComplete) return;
      for (const [name, disk] of [
        ['second', second],
        ['first', first],
      ] as const) {
        const alone = await image.boot(`boot from the ${name} disk alone`, { disks: [disk] });
        if (alone === undefined) continue;
        await image.check(`power off, ${name} disk alone`, () => powerOff(alone));
      }
    },
  },
];

/** Of cryptsetup, and of the initramfs that calls it. */
const REFUSED = /No key available with this passphrase|bad password/;

/**
 * Where the ext4 that keeps its UUID is mounted: GRUB of Debian 11 could not read it with a new one, see
 * the README of the collection firstboot.
 */
export function keptFileSystem(image: BootImage): string | undefined {
  if (image.manifest?.settings.suite !== 'bullseye') return undefined;
  const all = fileSystemsOf(image);
  const place = all.some(({ mounts }) => mounts.includes('/boot')) ? '/boot' : '/';
  const boot = all.find(({ mounts }) => mounts.includes(place));
  return boot?.type === 'ext4' ? place : undefined;
}

/** When the power is cut, one after the other. */
export function momentsOf(image: BootImage): RegExp[] {
  if (option(image, 'firstboot.new-identities') !== true) return UP;
  const kept = keptFileSystem(image);
  // Said for all but the root, which comes last.
  const others = fileSystemsOf(image).filter(
    ({ mounts }) => mounts.length > 0 && !mounts.some((place) => place === '/' || place === kept),
  );
  return [...IDENTITIES.filter((moment) => moment !== ONE_IS_CHANGED || others.length > 0), ...UP];
}

const ONE_IS_CHANGED = /firstboot: step 2: \S+ has its new UUID/;
/** What the collection firstboot says in the initramfs when each of its steps is done. */
const IDENTITIES = [
  /firstboot: step 1 is done/,
  ONE_IS_CHANGED,
  /firstboot: step 2 is done/,
  /firstboot: step 3: fstab/,
  /firstboot: step 3 is done/,
  /firstboot: step 4 is done/,
];
/** What systemd says on its way. */
const UP = [
  /Reached target .*(Local File Systems|local-fs\.target)/,
  /Reached target .*Basic System/,
];

async function powerOff(guest: Guest): Promise<undefined> {
  await guest.powerOff();
  return undefined;
}

/** Every identity that copies of an image must not share. */
async function identities(guest: Guest, image: BootImage): Promise<string[]> {
  const kept = keptFileSystem(image);
  const but = kept === undefined ? '' : ` | grep -v "$(findmnt -n -o UUID ${kept})"`;
  const commands = [
    'sed "s/^/machine-id /" /etc/machine-id',
    // Made when the system is up already: a search for primes takes its time.
    'for i in $(seq 60); do if systemctl is-active --quiet ssh.service && [ ! -e /etc/ssh/ssh_host_rsa_key ]; then sleep 1; fi; done',
    'for key in /etc/ssh/ssh_host_*_key.pub; do if [ -e "$key" ]; then echo "host key $(cut -d " " -f 2 "$key")"; fi; done',
    ...(option(image, 'firstboot.new-identities') === true
      ? [
          `sed -n 's/^UUID=\\([^[:space:]]*\\).*/file system \\1/p' /etc/fstab | sort -u${but}`,
          "sfdisk --dump /dev/vda | sed -n 's/^label-id: /disk /p; s/.*uuid=\\([^,]*\\).*/partition \\1/p'",
        ]
      : []),
  ];
  const { output } = await guest.attempt(commands.join('; '), 180);
  return output.split('\n').filter((line) => line !== '');
}
