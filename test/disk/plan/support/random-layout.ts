import type { DiskFile, DiskNode } from '../../../../build-scripts/config/disk-schema.ts';

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A layout that makes sense, of any shape, with what it is to hold. */
export function randomLayout(seed: number): {
  disk: DiskFile;
  contents: Record<string, number>;
} {
  const random = randomNumbers(seed);
  const upTo = (limit: number): number => Math.floor(random() * limit);
  const pick = <T>(...choices: [T, ...T[]]): T => choices[upTo(choices.length)] as T;
  const chance = (probability: number): boolean => random() < probability;
  let names = 0;
  const name = (prefix: string): string => `${prefix}-${++names}`;
  const contents: Record<string, number> = {};
  const holds = (mount: string, most: number): string => {
    contents[mount] = upTo(most);
    return mount;
  };

  const fileSystem = (): DiskNode => {
    const mount = holds(`/srv/${name('data')}`, 5e8);
    const second = `${mount}/more`;
    return pick<() => DiskNode>(
      () => ({ type: 'ext4', mount }),
      () => ({ type: 'vfat', mount }),
      () => ({ type: 'btrfs', mount, compress: pick('lzo', 'zstd:3') }),
      () => ({ type: 'btrfs', subvolumes: { '@a': mount, '@b': holds(second, 1e8) } }),
    )();
  };
  const luks = (content: DiskNode): DiskNode => ({
    type: 'luks',
    name: name('crypt'),
    version: pick(1, 2),
    passphrase: { env: 'PASSPHRASE' },
    content,
  });
  /** A size that holds whatever these tests put in. */
  const ample = (): string => pick('auto', '2G', '2.3G', '2500.7M', `${2_100_000 + upTo(9999)}K`);
  const volumes = (): { name: string; size: string; content: DiskNode }[] => [
    ...Array.from({ length: 1 + upTo(4) }, () => {
      const content = fileSystem();
      return { name: name('lv'), size: ample(), content: chance(0.2) ? luks(content) : content };
    }),
    { name: name('swap'), size: `${1 + upTo(700)}M`, content: { type: 'swap' } as const },
    ...(chance(0.5) ? [{ name: name('rest'), size: 'rest', content: fileSystem() }] : []),
  ];
  const lvm = (): DiskNode => ({
    type: 'lvm',
    name: name('vg'),
    'extent-size': pick('1M', '4M', '32M'),
    volumes: volumes(),
  });
  const raid = (content: DiskNode): DiskNode => ({
    type: 'raid1',
    name: name('md'),
    metadata: pick('1.0', '1.2'),
    devices: 1 + upTo(3),
    content,
  });
  const stack = (): DiskNode => {
    const inner = chance(0.6) ? lvm() : fileSystem();
    const middle = chance(0.4) ? luks(inner) : inner;
    return chance(0.4) ? raid(middle) : middle;
  };

  const table = pick('gpt', 'gpt', 'mbr');
  const rootMount = holds('/', 1.2e9);
  const partitions: DiskFile['partitions'] = [
    {
      name: 'esp',
      size: pick('auto', '64M', '200.5M'),
      content: { type: 'vfat', mount: '/boot/efi' },
    },
    { name: 'root', size: ample(), content: { type: 'ext4', mount: rootMount } },
  ];
  const more = table === 'mbr' ? 1 + upTo(2) : 1 + upTo(5);
  const isAuto = chance(0.5);
  const rest = chance(0.6) ? upTo(more) : -1;
  for (let i = 0; i < more; i++)
    partitions.push({
      name: name('p'),
      size: i === rest ? 'rest' : isAuto || chance(0.6) ? 'auto' : '15%',
      content: stack(),
    });
  return {
    disk: {
      size: isAuto ? 'auto' : pick('400G', '512.0001G', '1T'),
      firmware: pick(['uefi'], ['bios'], ['uefi', 'bios']),
      table,
      partitions,
    },
    contents,
  };
}
