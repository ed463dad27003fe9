import type { ValueChange } from './compare-values.ts';

type Json = Readonly<Record<string, unknown>>;

/** Made from the seed, which is the time of the build unless the profile has one. */
const IDENTITY = /^(diskId|uuid|\w+Uuid|serial|hashSeed)$/;
/** These follow from sizes that are compared. */
const DERIVED = /^(path|offset|number|\w+Offset|dataSize|payloadSize|firstExtent|extentCount)$/;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * What is different about the disks that two manifests tell of: names like `partitions.esp.size`.
 * Identities such as UUIDs and what follows from other values are left out.
 */
export function compareDisks(a: Json | undefined, b: Json | undefined): ValueChange[] {
  if (a === undefined && b === undefined) return [];
  if (a === undefined) return [{ name: 'disk', a: undefined, b: b?.plan }];
  if (b === undefined) return [{ name: 'disk', a: a.plan, b: undefined }];
  const shown = ({ secureBoot, plan }: Json): Json => ({
    secureBoot,
    ...(isObject(plan) ? plan : {}),
  });
  return compareNodes(shown(a), shown(b), []);
}

function compareNodes(a: unknown, b: unknown, trail: readonly string[]): ValueChange[] {
  const [left, right] = [membersOf(a), membersOf(b)];
  // Of what is another kind of thing, no part has a counterpart.
  const isOther = isObject(a) && isObject(b) && trail.at(-1) === 'content' && a.type !== b.type;
  if (left === undefined || right === undefined || isOther) {
    const isSame = JSON.stringify(a) === JSON.stringify(b);
    return isSame ? [] : [{ name: trail.join('.'), a, b }];
  }
  const names = new Set([...left.keys(), ...right.keys()]);
  return [...names]
    .filter((name) => !IDENTITY.test(name) && !DERIVED.test(name))
    .filter((name) => !isInnerSize(name, trail) && !isPartitionType(name, trail))
    .flatMap((name) => compareNodes(left.get(name), right.get(name), [...trail, name]));
}

/** What lies in a partition is as large as that; in a volume it is what tells the volume's size. */
function isInnerSize(name: string, trail: readonly string[]): boolean {
  return name === 'size' && trail.at(-1) === 'content' && trail.at(-3) !== 'volumes';
}

/** The number follows from what lies in the partition. */
function isPartitionType(name: string, trail: readonly string[]): boolean {
  return name === 'type' && trail.at(-2) === 'partitions';
}

/** Of an object by key, of a list of nodes by their names; undefined for plain values. */
function membersOf(value: unknown): ReadonlyMap<string, unknown> | undefined {
  if (isObject(value)) return new Map(Object.entries(value));
  if (!Array.isArray(value) || !value.every(isObject)) return undefined;
  return new Map(
    value.map((node, i) => [typeof node.name === 'string' ? node.name : String(i + 1), node]),
  );
}
