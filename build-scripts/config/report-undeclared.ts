import type { Collection } from './collection.ts';
import type { Diagnostic, DiagnosticList } from './diagnostics.ts';
import { closest, suggestion } from './did-you-mean.ts';
import type { OptionContext, OptionLayer } from './resolve-options.ts';
import { SETTING_NAMES } from './settings.ts';

/** Reports a value for an option that no collection in use declares. */
export function reportUndeclared(
  name: string,
  layer: OptionLayer,
  place: Pick<Diagnostic, 'at' | 'where'>,
  { collections, index, complete }: OptionContext,
  diagnostics: DiagnosticList,
): void {
  // Its declaration has a mistake, which was reported.
  if (collections.some(({ broken }) => broken.has(`options.${name}`) || broken.has('options')))
    return;
  const unused = index
    .names()
    .filter((candidate) => !collections.some((c) => c.name === candidate));
  const owner = unused.find((candidate) => declaredNames(index.peek(candidate)).includes(name));
  if (owner !== undefined) {
    // A site may set options of collections that only some of its profiles use. And when a wanted
    // collection could not be found, this one may be what was meant.
    if (layer.kind === 'site defaults' || !complete) return;
    diagnostics.add({
      message: `option "${name}" belongs to collection "${owner}", which is not used here`,
      hint:
        layer.kind === 'collection'
          ? `add "${owner}" to "requires" or "wants", or remove the option`
          : `add "${owner}" to the collections, or remove the option`,
      ...place,
    });
    return;
  }
  // An unknown option may belong to a collection that could not be found, unless its name says whose it is.
  const namespace = name.split('.', 1)[0] ?? name;
  const ours = collections.flatMap(declaredNames);
  const isOurs = ours.some((known) => known.startsWith(`${namespace}.`));
  if (!complete && !isOurs) return;
  const setting = SETTING_NAMES.find((known) => known === name);
  if (setting !== undefined) {
    diagnostics.add({
      message: `"${name}" is a setting of the build, not an option of the image`,
      hint: `move it out of "options", to the top level of the profile`,
      ...place,
    });
    return;
  }
  const others = [
    ...unused.flatMap((candidate) => declaredNames(index.peek(candidate))),
    ...(layer.source === undefined ? SETTING_NAMES : []),
  ];
  const match = closest(name, ours) ?? closest(name, others);
  diagnostics.add({
    message: `unknown option "${name}"`,
    hint:
      match === undefined
        ? suggestion(name, ours, 'options', 'mkimage list options shows all of them')
        : `did you mean "${match}"?`,
    ...place,
  });
}

/** Also those whose declaration has a mistake. */
function declaredNames(collection: Collection | undefined): string[] {
  const broken = [...(collection?.broken ?? [])]
    .filter((part) => part.startsWith('options.'))
    .map((part) => part.slice('options.'.length));
  return [...Object.keys(collection?.file.options ?? {}), ...broken];
}
