import { DiagnosticList, type Location } from '../../config/diagnostics.ts';
import type { YamlPath } from '../../config/yaml-source.ts';
import type { DiskPlan } from '../disk-plan.ts';
import { checkEndless } from './checks/endless.ts';
import { checkLayout } from './checks/index.ts';
import { checkSizes } from './checks/sizes.ts';
import { pathText, type PlanContext } from './context.ts';
import { Identities } from './identities.ts';
import type { PlanInput } from './input.ts';
import { kindOf } from './nodes/index.ts';
import { placePartitions } from './place-partitions.ts';
import { mountAbove, mountPointsOf } from './walk.ts';

/**
 * Decides what a disk will look like, to the byte and to the last identity. Pure: the same input
 * gives the same plan.
 *
 * @throws {ConfigError} with everything that is wrong with the layout or does not fit
 */
export function planDisk(input: PlanInput): DiskPlan {
  const diagnostics = new DiagnosticList();
  const context = contextOf(input, diagnostics);
  checkEndless(input.disk, context);
  diagnostics.throwIfAny();
  const canCalculate = checkSizes(input.disk, context);
  checkLayout(input.disk, context);
  if (!canCalculate) diagnostics.throwIfAny();
  const plan = placePartitions(input.disk, context);
  diagnostics.throwIfAny();
  return plan;
}

function contextOf(input: PlanInput, diagnostics: DiagnosticList): PlanContext {
  const { document, documentPath = [] } = input;
  let contents: ReadonlyMap<string, number> | undefined;
  const locate = (path: YamlPath, part?: 'key' | 'value'): Location | undefined =>
    document?.locate([...documentPath, ...path], part);
  const context: PlanContext = {
    identities: new Identities(input.seed),
    folder: input.folder,
    contentOf(mounts) {
      const sums = (contents ??= contentByMount(input));
      return mounts.reduce((sum, mount) => sum + (sums.get(mount) ?? 0), 0);
    },
    locate,
    mistake(path, message, hint, part) {
      const at = locate(path, part);
      diagnostics.add({
        message,
        hint,
        ...(at === undefined ? { where: `built-in layout, ${pathText(path)}` } : { at }),
      });
    },
    origin: (path) => ({ path: pathText(path), at: locate(path) }),
    needs: (node, here) => kindOf(node).needs(node, here, context),
    place: (node, here, range) => kindOf(node).place(node, here, range, context),
  };
  return context;
}

/** What was measured, added up by the mount point that it will lie in. */
function contentByMount({ disk, contents }: PlanInput): ReadonlyMap<string, number> {
  const mounts = mountPointsOf(disk);
  const sums = new Map<string, number>();
  for (const [directory, bytes] of Object.entries(contents)) {
    const mount = mountAbove(directory, mounts);
    if (mount !== undefined) sums.set(mount, (sums.get(mount) ?? 0) + bytes);
  }
  return sums;
}
