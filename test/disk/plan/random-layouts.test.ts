import { describe, expect, test } from '@jest/globals';
import type { DiskFile } from '../../../build-scripts/config/disk-schema.ts';
import type { DiskPlan, NodePlan } from '../../../build-scripts/disk/disk-plan.ts';
import { nodesOf, planDisk } from '../../../build-scripts/disk/plan/index.ts';
import { MIB, parseSize } from '../../../build-scripts/disk/plan/sizes.ts';
import { randomLayout } from './support/random-layout.ts';

const seeds = Array.from({ length: 200 }, (_, index) => index + 1);

/** Says for which layout a check failed. */
function expectForAll(check: (seed: number) => void): void {
  for (const seed of seeds)
    try {
      check(seed);
    } catch (error) {
      throw new Error(`layout ${seed}: ${(error as Error).message}`, { cause: error });
    }
}

const planOf = ({ disk, contents }: ReturnType<typeof randomLayout>, seed = 'one'): DiskPlan =>
  planDisk({ disk, contents, folder: '/', seed });

interface Span {
  readonly what: string;
  readonly start: number;
  readonly end: number;
}

/** Spaces of a plan, each with what lies in it. */
function spacesOf(plan: DiskPlan): { size: number; unit: number; spans: Span[] }[] {
  const span = (what: string, start: number, size: number): Span => ({
    what,
    start,
    end: start + size,
  });
  const table = span('table', 0, MIB);
  const copy = plan.table === 'gpt' ? [span('copy of the table', plan.size - MIB, MIB)] : [];
  return [
    {
      size: plan.size,
      unit: MIB,
      spans: [table, ...plan.partitions.map((p) => span(p.name, p.offset, p.size)), ...copy],
    },
    ...nodesOf(plan).flatMap((node): { size: number; unit: number; spans: Span[] }[] => {
      switch (node.type) {
        case 'raid1': {
          const data = span('data', node.dataOffset, node.dataSize);
          const superblock = span('superblock', node.superblockOffset, 4096);
          const spans = node.metadata === '1.0' ? [data, superblock] : [superblock, data];
          return [{ size: node.size, unit: 4096, spans }];
        }
        case 'luks': {
          const payload = span('payload', node.payloadOffset, node.payloadSize);
          return [
            {
              size: node.size,
              unit: 4096,
              spans: [span('header', 0, node.payloadOffset), payload],
            },
          ];
        }
        case 'lvm': {
          const volumes = node.volumes.map(({ name, firstExtent, extentCount }) =>
            span(
              name,
              node.extentsOffset + firstExtent * node.extentSize,
              extentCount * node.extentSize,
            ),
          );
          return [
            {
              size: node.size,
              unit: MIB,
              spans: [span('label', 0, node.extentsOffset), ...volumes],
            },
          ];
        }
        default:
          return [];
      }
    }),
  ];
}

/** Each node with the space that it should fill. */
function fillsOf(plan: DiskPlan): { node: NodePlan; size: number }[] {
  return [
    ...plan.partitions.map(({ content, size }) => ({ node: content, size })),
    ...nodesOf(plan).flatMap((node) => {
      if (node.type === 'raid1') return [{ node: node.content, size: node.dataSize }];
      if (node.type === 'luks') return [{ node: node.content, size: node.payloadSize }];
      if (node.type !== 'lvm') return [];
      return node.volumes.map(({ content, extentCount }) => ({
        node: content,
        size: extentCount * node.extentSize,
      }));
    }),
  ];
}

/** All identities of a plan, as text without dashes. */
function identitiesOf(plan: DiskPlan): string[] {
  const own = nodesOf(plan).flatMap((node) => {
    switch (node.type) {
      case 'vfat':
        return [node.serial];
      case 'ext4':
        return [node.uuid, node.hashSeed];
      case 'btrfs':
        return [node.uuid, node.deviceUuid];
      case 'raid1':
        return [node.arrayUuid, node.deviceUuid];
      case 'swap':
      case 'luks':
        return [node.uuid];
      case 'lvm':
        return [node.vgUuid, node.pvUuid, ...node.volumes.map(({ uuid }) => uuid)];
      case 'bios-boot':
        return [];
    }
  });
  const partitions = plan.partitions.flatMap(({ uuid }) => (uuid === undefined ? [] : [uuid]));
  return [plan.diskId, ...partitions, ...own].map((id) => id.replaceAll('-', ''));
}

/** Sizes that the layout gives in bytes, beside what the plan makes of them. */
function explicitSizes(
  disk: DiskFile,
  plan: DiskPlan,
): { wanted: number; unit: number; got: number }[] {
  const explicit = (text: string, unit: number, got: number): ReturnType<typeof explicitSizes> => {
    const spec = parseSize(text);
    return spec.kind === 'bytes' ? [{ wanted: spec.bytes, unit, got }] : [];
  };
  const own = plan.partitions.filter(({ path }) => path !== 'builtin');
  const volumeSizes = new Map<string, string>();
  const collect = (node: DiskFile['partitions'][number]['content'], path: string): void => {
    if (node.type === 'raid1' || node.type === 'luks') collect(node.content, `${path}.content`);
    if (node.type === 'lvm')
      node.volumes.forEach(({ size, content }, index) => {
        volumeSizes.set(`${path}.volumes[${index}]`, size);
        collect(content, `${path}.volumes[${index}].content`);
      });
  };
  disk.partitions.forEach(({ content }, index) => {
    collect(content, `partitions[${index}].content`);
  });
  return [
    ...own.flatMap(({ size }, index) => explicit(disk.partitions[index]?.size ?? '', MIB, size)),
    ...nodesOf(plan).flatMap((node) =>
      node.type !== 'lvm'
        ? []
        : node.volumes.flatMap(({ path, extentCount }) =>
            explicit(volumeSizes.get(path) ?? '', node.extentSize, extentCount * node.extentSize),
          ),
    ),
  ];
}

describe('plans of random layouts', () => {
  test('are of all kinds', () => {
    const plans = seeds.map((seed) => planOf(randomLayout(seed)));
    const types = new Set(plans.flatMap((plan) => nodesOf(plan).map(({ type }) => type)));
    expect([...types].sort()).toEqual(
      ['bios-boot', 'btrfs', 'ext4', 'luks', 'lvm', 'raid1', 'swap', 'vfat'].sort(),
    );
    expect(new Set(plans.map(({ table }) => table)).size).toBe(2);
  });

  test('nothing overlaps, sticks out or lies askew', () => {
    expectForAll((seed) => {
      for (const { size, unit, spans } of spacesOf(planOf(randomLayout(seed)))) {
        let end = 0;
        for (const span of spans) {
          expect(span.start).toBeGreaterThanOrEqual(end);
          expect(span.end).toBeGreaterThan(span.start);
          expect([span.start % unit, span.end % unit]).toEqual([0, 0]);
          ({ end } = span);
        }
        expect(end).toBeLessThanOrEqual(size);
      }
    });
  });

  test('nodes fill their space, aligned', () => {
    expectForAll((seed) => {
      const plan = planOf(randomLayout(seed));
      for (const { node, size } of fillsOf(plan)) {
        expect([node.path, node.offset, node.size]).toEqual([node.path, 0, size]);
        expect(size % 4096).toBe(0);
      }
      for (const { offset, size } of plan.partitions)
        expect([offset % MIB, size % MIB]).toEqual([0, 0]);
    });
  });

  test('sizes are what was asked for, rounded up', () => {
    expectForAll((seed) => {
      const layout = randomLayout(seed);
      const plan = planOf(layout);
      for (const { wanted, unit, got } of explicitSizes(layout.disk, plan)) {
        expect(got).toBeGreaterThanOrEqual(wanted);
        expect(got - wanted).toBeLessThan(unit);
      }
      const last = plan.partitions.at(-1);
      const end = (last?.offset ?? 0) + (last?.size ?? 0) + (plan.table === 'gpt' ? MIB : 0);
      const isFull =
        layout.disk.size === 'auto' || layout.disk.partitions.some(({ size }) => size === 'rest');
      expect(isFull ? plan.size - end : 0).toBe(0);
    });
  });

  test('an automatic size is the size it would need', () => {
    expectForAll((seed) => {
      const layout = randomLayout(seed);
      const plan = planOf(layout);
      const disk = { ...layout.disk, size: `${plan.size / MIB}M` };
      expect(planOf({ ...layout, disk })).toEqual(plan);
    });
  });

  test('identities follow from the seed, each is there once', () => {
    expectForAll((seed) => {
      const layout = randomLayout(seed);
      const ids = identitiesOf(planOf(layout));
      expect(new Set(ids).size).toBe(ids.length);
      expect(planOf(layout)).toEqual(planOf(layout));
      const others = new Set(identitiesOf(planOf(layout, 'two')));
      expect(ids.filter((id) => others.has(id))).toEqual([]);
    });
  });
});
