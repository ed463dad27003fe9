import { catalogOf } from '../../build-scripts/cli/import-catalog.ts';
import type { Catalog } from '../../build-scripts/import-reference/draft.ts';
import { referenceCollections } from '../../build-scripts/import-reference/records/collections.ts';
import { referenceOptions } from '../../build-scripts/import-reference/reference-options.ts';

/** Options that are not called after their collection. */
const OWNERS: Readonly<Record<string, string>> = {
  base: 'base',
  nginx: 'roles/nginx',
  sinkhole: 'network/sinkhole',
};

/**
 * The collections that there are, and those that records expect (`pending`) as if they were there
 * already and took any value: what is imported is the same before and after they are.
 */
export function completeCatalog(): Catalog {
  const real = catalogOf({});
  const pending = [...referenceOptions, ...referenceCollections]
    .filter((record) => record.pending === true)
    .flatMap(({ ours }) => ours);
  const isOption = (name: string): boolean => name.includes('.');
  // Options that rules set besides those of the records.
  const isPending = (option: string): boolean =>
    option.startsWith('nftables.') || pending.includes(option);
  const ownerOf = (option: string): string => {
    const [prefix = ''] = option.split('.');
    return OWNERS[prefix] ?? prefix;
  };
  return {
    hasCollection: (name) =>
      real.hasCollection(name) || (!isOption(name) && pending.includes(name)),
    owner: (option) => real.owner(option) ?? (isPending(option) ? ownerOf(option) : undefined),
    closure: (names, wants) => real.closure(names, wants),
    valueWithout: (option, names) =>
      isPending(option) ? undefined : real.valueWithout(option, names),
    problem: (name, value) => real.problem(name, value),
  };
}
