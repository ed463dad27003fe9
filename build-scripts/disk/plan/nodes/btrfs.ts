import { MIB } from '../sizes.ts';
import { defaultMountOptions } from '../mount-options.ts';
import { subvolumesOf } from './btrfs-subvolumes.ts';
import { autoSize, checkCapacity, checkLabel, checkOptions, type SpaceUse } from './file-system.ts';
import type { NodeKind, NodeOf } from './node-kind.ts';

/** First MiB and the two copies of the 8 MiB system chunk. */
const FIXED = 17 * MIB;
/** A metadata chunk is a tenth of the device, at most this; there are two copies of it. */
const METADATA_CHUNK_MOST = 256 * MIB;

export const BTRFS_USE: SpaceUse = {
  title: 'a btrfs',
  // btrfs_min_dev_size() with two copies of metadata, in btrfs-progs: 114294784 bytes.
  smallest: 109 * MIB,
  usable: (size) => size - FIXED - 2 * Math.min(METADATA_CHUNK_MOST, size / 10),
};

/** A Debian root was seen to shrink to 0.38 with zstd:3: less than a third is not to be hoped for. */
const COMPRESSES_TO = 1 / 3;

const spaceUse = (node: NodeOf<'btrfs'>): SpaceUse =>
  node.compress === undefined ? BTRFS_USE : { ...BTRFS_USE, compressesTo: COMPRESSES_TO };

export const btrfs: NodeKind<'btrfs'> = {
  type: 'btrfs',
  check(node, here, context) {
    checkLabel(node.label, 255, here, context);
    checkOptions(node.options, here, context);
    checkSubvolumes(node, (key, message, hint) => {
      context.mistake([...here.path, ...key], message, hint, 'key');
    });
  },
  // The room for metadata does not shrink with compression.
  needs: (node, _here, context) => autoSize(context.contentOf(mountsOf(node)), BTRFS_USE),
  place(node, here, range, context) {
    checkCapacity(mountsOf(node), spaceUse(node), here, range, context);
    const origin = context.origin(here.path);
    const subvolumes = subvolumesOf(node);
    return {
      type: 'btrfs',
      ...origin,
      ...range,
      label: node.label,
      mount: subvolumes.length === 0 ? node.mount : undefined,
      options: optionsAt(node, node.mount ?? ''),
      uuid: node.uuid ?? context.identities.uuid(origin.path, 'uuid'),
      deviceUuid: context.identities.uuid(origin.path, 'device'),
      compress: node.compress,
      subvolumes: subvolumes.map(({ name, mount }) => ({
        name,
        mount,
        options: optionsAt(node, mount, name),
        isDefault: mount === '/',
      })),
      snapper: node.snapper ?? false,
    };
  },
};

function optionsAt(node: NodeOf<'btrfs'>, mount: string, subvolume?: string): string {
  const options = node.options ?? defaultMountOptions(mount, 'btrfs');
  const compress = node.compress === undefined ? [] : [`compress=${node.compress}`];
  return [options, ...(subvolume === undefined ? [] : [`subvol=${subvolume}`]), ...compress].join(
    ',',
  );
}

function mountsOf(node: NodeOf<'btrfs'>): string[] {
  const subvolumes = subvolumesOf(node);
  if (subvolumes.length > 0) return subvolumes.map(({ mount }) => mount);
  return node.mount === undefined ? [] : [node.mount];
}

/** Deepest levels that the kernel knows; lzo has none. */
const LEVELS: Readonly<Record<string, number>> = { zlib: 9, zstd: 15 };

function checkSubvolumes(
  node: NodeOf<'btrfs'>,
  mistake: (key: (string | number)[], message: string, hint?: string) => void,
): void {
  const declared = Object.entries(node.subvolumes ?? {});
  const all = subvolumesOf(node);
  for (const [name] of declared) {
    if (!/^[A-Za-z0-9@_][A-Za-z0-9@._+-]*$/.test(name))
      mistake(
        ['subvolumes', name],
        `"${name}" can not be the name of a subvolume`,
        'letters, digits, "@", "_", ".", "+" and "-"; subvolumes lie side by side, without "/"',
      );
    else if (name.length > 255)
      mistake(['subvolumes', name], 'the name of a subvolume has at most 255 characters');
    const other = all.find(
      (entry) => entry.name === name && entry.mount !== node.subvolumes?.[name],
    );
    if (other !== undefined)
      mistake(
        ['subvolumes', name],
        `"${name}" is the subvolume for ${other.mount}`,
        `take another name, or mount it at ${other.mount}`,
      );
  }
  if (node.mount !== undefined && all.length > 0 && !all.some(({ mount }) => mount === node.mount))
    mistake(
      ['mount'],
      `none of the subvolumes is mounted at ${node.mount}`,
      `add one like "@data": ${node.mount}, or leave "mount" out`,
    );
  if (node.snapper === true && !all.some(({ mount }) => mount === '/'))
    mistake(['snapper'], 'snapper is set up for the root file system only');
  const explicit = /(?:^|,)(subvol|subvolid|compress|compress-force)=/.exec(
    node.options ?? '',
  )?.[1];
  if (explicit?.startsWith('subvol'))
    mistake(['options'], `"${explicit}" is not an option to give`, 'it follows from "subvolumes"');
  if (explicit === 'compress' && node.compress !== undefined)
    mistake(['options'], 'the compression is there twice', 'keep "compress", leave out the option');
  const [algorithm = '', level] = (node.compress ?? '').split(':');
  const deepest = LEVELS[algorithm];
  if (level !== undefined && deepest !== undefined && (+level < 1 || +level > deepest))
    mistake(['compress'], `${algorithm} has the levels 1 to ${deepest}`);
}
