import { KIB, MIB } from '../sizes.ts';
import { defaultMountOptions } from '../mount-options.ts';
import { autoSize, checkCapacity, checkLabel, checkOptions, type SpaceUse } from './file-system.ts';
import type { NodeKind } from './node-kind.ts';

/** Clusters as filesystems/vfat.ts makes them: of one sector, and of 4 KiB in large ones; bytes. */
const clusterSize = (size: number): number => (size < 512 * MIB ? 512 : 4 * KIB);
/** Two tables of 4 bytes per cluster. */
const TABLE_ENTRIES = 2 * 4;
/** 32 reserved sectors. */
const RESERVED = 16 * KIB;

export const VFAT_USE: SpaceUse = {
  title: 'a vfat',
  // FAT32 has at least 65525 clusters (Microsoft's FAT specification): 33 MiB with the tables.
  smallest: 34 * MIB,
  usable(size) {
    const cluster = clusterSize(size);
    return Math.floor((size - RESERVED) / (cluster + TABLE_ENTRIES)) * cluster;
  },
};

/** Characters that mkfs.vfat refuses in a label. */
const NOT_IN_LABELS = /[*?.,;:/\\|+=<>[\]"]|[^\x20-\x7e]/;

export const vfat: NodeKind<'vfat'> = {
  type: 'vfat',
  check(node, here, context) {
    checkLabel(node.label, 11, here, context);
    checkOptions(node.options, here, context);
    const wrong = node.label === undefined ? null : NOT_IN_LABELS.exec(node.label);
    if (wrong !== null)
      context.mistake([...here.path, 'label'], `a FAT label can not have "${wrong[0]}" in it`);
  },
  needs: (node, _here, context) => autoSize(context.contentOf(mountsOf(node)), VFAT_USE),
  place(node, here, range, context) {
    checkCapacity(mountsOf(node), VFAT_USE, here, range, context);
    const origin = context.origin(here.path);
    return {
      type: 'vfat',
      ...origin,
      ...range,
      label: node.label,
      mount: node.mount,
      options: node.options ?? defaultMountOptions(node.mount ?? '', 'vfat'),
      serial: node.uuid ?? context.identities.fatSerial(origin.path, 'uuid'),
    };
  },
};

const mountsOf = ({ mount }: { mount?: string | undefined }): string[] =>
  mount === undefined ? [] : [mount];
