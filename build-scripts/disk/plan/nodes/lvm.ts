import { insideVolume, type Here, type PlanContext } from '../context.ts';
import { divide, wantedUnits, type Share } from '../divide.ts';
import { GIB, MIB, parseSize } from '../sizes.ts';
import type { NodeKind, NodeOf } from './node-kind.ts';

/** Where extent 0 begins (pe_start): label and metadata area lie before it. */
const EXTENTS_OFFSET = MIB;
const DEFAULT_EXTENT = 4 * MIB;
const LEAST_EXTENT = MIB;
const MOST_EXTENT = GIB;

/** LVM's own volumes are called like this (apply_lvname_restrictions() in lib/misc/lvm-string.c). */
const RESERVED_STARTS = ['pvmove', 'snapshot'];
const RESERVED_PARTS = [
  ...['_cdata', '_cmeta', '_corig', '_cpool', '_cvol', '_iorig', '_mimage', '_mlog', '_pmspare'],
  ...['_rimage', '_rmeta', '_tdata', '_tmeta', '_vdata', '_vorigin', '_wcorig'],
];

/** Bytes; the default when the layout gives something else, which check() reports. */
function extentSizeOf(node: NodeOf<'lvm'>): number {
  const spec = parseSize(node['extent-size'] ?? 'auto');
  return spec.kind === 'bytes' && isExtentSize(spec.bytes) ? spec.bytes : DEFAULT_EXTENT;
}

const isExtentSize = (bytes: number): boolean =>
  bytes >= LEAST_EXTENT && bytes <= MOST_EXTENT && Number.isInteger(Math.log2(bytes));

function shares(node: NodeOf<'lvm'>, here: Here, context: PlanContext): Share[] {
  return node.volumes.map(({ size, content }, index) => {
    const within = insideVolume(node, here, index);
    return {
      spec: parseSize(size),
      part: within.part,
      needs: () => context.needs(content, within),
    };
  });
}

export const lvm: NodeKind<'lvm'> = {
  type: 'lvm',
  refuses(content) {
    if (content.type === 'lvm') return 'LVM does not look for PVs on its own volumes';
    if (content.type === 'raid1')
      return 'the members of an array are partitions: put the LVM on the array';
    return undefined;
  },
  check(node, here, context) {
    const extent = node['extent-size'];
    const spec = parseSize(extent ?? '4M');
    if (spec.kind !== 'bytes' || !isExtentSize(spec.bytes))
      context.mistake(
        [...here.path, 'extent-size'],
        `an extent can not be ${extent ?? ''} large`,
        'a power of two between 1M and 1G',
      );
    node.volumes.forEach(({ name }, index) => {
      const at = [...here.path, 'volumes', index, 'name'];
      const start = RESERVED_STARTS.find((reserved) => name.startsWith(reserved));
      const part = RESERVED_PARTS.find((reserved) => name.includes(reserved));
      if (start !== undefined)
        context.mistake(at, `LVM keeps names that begin with "${start}" to itself`);
      if (part !== undefined)
        context.mistake(at, `LVM keeps names with "${part}" in them to itself`);
    });
  },
  needs(node, here, context) {
    const extent = extentSizeOf(node);
    return EXTENTS_OFFSET + extent * wantedUnits(shares(node, here, context), extent);
  },
  place(node, here, range, context) {
    const origin = context.origin(here.path);
    const extentSize = extentSizeOf(node);
    const extentCount = Math.max(0, Math.floor((range.size - EXTENTS_OFFSET) / extentSize));
    const counts = divide(shares(node, here, context), extentCount, extentSize, context, {
      at: here.path,
      parts: `the volumes of ${node.name}`,
      whole: 'the volume group',
    });
    const { identities } = context;
    let firstExtent = 0;
    return {
      type: 'lvm',
      ...origin,
      ...range,
      name: node.name,
      vgUuid: identities.lvmId(origin.path, 'vg'),
      pvUuid: identities.lvmId(origin.path, 'pv'),
      extentSize,
      extentsOffset: EXTENTS_OFFSET,
      extentCount,
      volumes: node.volumes.map(({ name, content }, index) => {
        const within = insideVolume(node, here, index);
        const volume = context.origin(within.part.path);
        const first = firstExtent;
        const count = counts[index] ?? 0;
        firstExtent += count;
        return {
          ...volume,
          name,
          uuid: identities.lvmId(volume.path, 'lv'),
          firstExtent: first,
          extentCount: count,
          content: context.place(content, within, { offset: 0, size: count * extentSize }),
        };
      }),
    };
  },
};
