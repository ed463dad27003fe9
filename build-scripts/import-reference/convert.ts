import { Draft, type Catalog, type Entry, type SecretFile } from './draft.ts';
import type { NotCarried, Place, Values } from './read-values.ts';
import type { ReferenceOption } from './reference-option.ts';
import { referenceOptions } from './reference-options.ts';
import { isOptionName, Reference, unusedHelpers } from './reference.ts';
import { collectionRules } from './rules/collections.ts';
import { machineRules } from './rules/machine.ts';
import { networkRules } from './rules/network.ts';
import { serviceRules } from './rules/services.ts';
import { systemRules } from './rules/system.ts';
import { userRules } from './rules/users.ts';
import { sizeSpellings, timeOfDay, wholeNumber, withScheme } from './spellings.ts';

/** A profile of ours, made of one of the reference, and everything that is not in it. */
export interface ImportedProfile {
  readonly settings: readonly Entry[];
  readonly collections: readonly Entry[];
  readonly packages: readonly Entry[];
  readonly options: readonly Entry[];
  readonly outputs: readonly string[];
  readonly secrets: readonly SecretFile[];
  readonly notCarried: readonly NotCarried[];
  /** The lines that an entry comes from; none: a default of the reference. */
  readonly places: (entry: Entry) => readonly (Place & { readonly name: string })[];
}

/**
 * @param stem first part of the names of the files that secrets go to
 */
export function convert(values: Values, catalog: Catalog, stem: string): ImportedProfile {
  const reference = new Reference(values.values);
  const draft = new Draft(reference, catalog, stem);
  for (const name of reference.names())
    if (name.startsWith('OFEAT_') && !['', '0', '1'].includes(reference.given(name)))
      draft.drop(
        [name],
        `"${reference.given(name)}" is neither 0 nor 1, which the reference takes for 0`,
      );
  collectionRules(draft);
  userRules(draft);
  systemRules(draft);
  machineRules(draft);
  networkRules(draft);
  serviceRules(draft);
  for (const record of referenceOptions) if (record.as !== undefined) carryOver(draft, record);
  for (const name of reference.names()) if (!draft.isFinished(name)) explain(draft, name);
  for (const name of unusedHelpers(values))
    draft.drop([name], 'is no option of the reference, and no value here is made of it');
  const options = draft.usableOptions();
  return {
    settings: [...draft.settings].sort((a, b) => rank(a.name) - rank(b.name)),
    collections: draft.neededCollections(),
    packages: draft.packages,
    options,
    outputs: draft.outputs,
    secrets: draft.secrets.filter(({ name }) => isUsed(name, options)),
    notCarried: sorted([...values.notCarried, ...draft.notCarried]),
    places: ({ from }) =>
      [...new Set(from)].flatMap((name) =>
        reference.places(name).map((at) => ({ ...at, name: reference.shown(name) })),
      ),
  };
}

/** A record that says itself how it is carried over. */
function carryOver(draft: Draft, { name, as, ours, needs, implied }: ReferenceOption): void {
  const { reference } = draft;
  const [target = ''] = ours;
  if (draft.isFinished(name)) return;
  if (!reference.isGiven(name) && implied !== true) return;
  if (needs?.some((needed) => !reference.on(needed)) === true) return;
  const text = reference.text(name);
  let value: unknown = text;
  if (as === 'boolean') {
    value = text === '1';
  } else if (text === '') {
    draft.finish(name);
    return;
  } else if (as === 'size') value = draft.accepted(target, sizeSpellings(text));
  else if (as === 'integer') value = wholeNumber(text);
  else if (as === 'words') value = text.split(/\s+/);
  else if (as === 'list') value = text.split(/[\s,]+/).filter((word) => word !== '');
  else if (as === 'time') value = timeOfDay(text);
  else if (as === 'proxy') value = withScheme(text);
  if (target.includes('.')) draft.option(target, value, [name]);
  else draft.setting(target, value, [name]);
}

/** suite and arch come first. */
const rank = (setting: string): number => -['arch', 'suite'].indexOf(setting);

/** Why a value that nothing was made of is not in the profile. */
function explain(draft: Draft, name: string): void {
  const { reference } = draft;
  const record = reference.record(name);
  if (record === undefined) {
    if (isOptionName(name)) draft.drop([name], reference.unknown(name));
    return;
  }
  const off = record.needs?.find((needed) => !reference.on(needed));
  if (off !== undefined) draft.drop([name], `has no effect there: ${off} is not 1`);
  else if (record.same?.includes(reference.text(name)) === true) draft.finish(name);
  else if (record.ours.length === 0) draft.drop([name], record.note ?? 'is gone');
  else draft.drop([name], notHere(draft, record));
}

/** A value that a rule had no use for. */
function notHere(draft: Draft, { ours, note, default: value, name }: ReferenceOption): string {
  const used = draft.reference.text(name) === value ? 'is the default anyway' : 'is not used here';
  return `${used}${ours.length > 0 ? `; see ${ours.join(', ')}` : ''}${note === undefined ? '' : `: ${note}`}`;
}

/** Of an option that was dropped in the end, the secret is dropped, too. */
const isUsed = (file: string, options: readonly Entry[]): boolean =>
  JSON.stringify(options.map(({ value }) => value)).includes(JSON.stringify({ file }));

function sorted(list: readonly NotCarried[]): NotCarried[] {
  const files = [...new Set(list.map(({ at }) => at.file))];
  return [...list].sort(
    (a, b) => files.indexOf(a.at.file) - files.indexOf(b.at.file) || a.at.line - b.at.line,
  );
}
