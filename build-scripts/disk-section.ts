import type { ComposeResult } from './composition.ts';
import { planToJson } from './disk/plan/index.ts';
import { UserError } from './host/errors.ts';

/** What a manifest says about a disk. */
export interface DiskSection {
  readonly secureBoot: boolean;
  /** Of the whole disk. */
  readonly bytes: number;
  /** The same for equal content, holes or zeros; see `contentHash`. */
  readonly contentSha256: string;
  readonly plan: unknown;
  readonly checks: readonly string[];
  /** Package or program → version. */
  readonly tools: Readonly<Record<string, string>>;
}

export function diskSection(result: ComposeResult): DiskSection {
  const { plan, secureBoot, checks, versions, contentSha256 } = result;
  if (plan === undefined) throw new UserError('the disk was not planned');
  return {
    secureBoot,
    bytes: plan.size,
    contentSha256,
    plan: withoutHostPaths(planToJson(plan)),
    checks,
    tools: Object.fromEntries(versions),
  };
}

/** Where the layout lies and its secrets are read from says something about the build host only. */
function withoutHostPaths(plan: string): unknown {
  return JSON.parse(plan, (key, value: unknown) =>
    ['at', 'passphrase', 'volumeKeyFile'].includes(key) ? undefined : value,
  );
}
