import { CORE_SCHEMA, dump } from 'js-yaml';
import type { ImportedProfile } from './convert.ts';
import type { Entry } from './draft.ts';
import type { NotCarried, Place } from './read-values.ts';

/** Longest line of a list in brackets. */
const WIDTH = 100;
/** A value that is made of more options names the first ones. */
const SHOWN_PLACES = 3;

/** The profile as YAML, with where each value comes from, and at its end what is not in it. */
export function writeProfile(profile: ImportedProfile, source: string): string {
  const comment = (entry: Entry, indent: string): string[] =>
    commentOf(entry, profile, source).map((line) => `${indent}# ${line}`);
  const scalars = profile.settings.flatMap((entry) => [
    ...comment(entry, ''),
    ...yaml({ [entry.name]: entry.value }),
  ]);
  const list = (key: string, entries: readonly Entry[]): string[] =>
    entries.length === 0
      ? []
      : [
          '',
          `${key}:`,
          ...entries.flatMap((entry, i) => {
            const own = comment(entry, '  ');
            const before = entries[i - 1];
            const repeated =
              before !== undefined && own.join('\n') === comment(before, '  ').join('\n');
            return [...(repeated ? [] : own), ...yaml([entry.value]).map((line) => `  ${line}`)];
          }),
        ];
  const options = profile.options.flatMap((entry) => [
    ...comment(entry, '  '),
    ...yaml({ [entry.name]: entry.value }).map((line) => `  ${line}`),
  ]);
  return [
    `# Made by "mkimage import-reference" from ${plain(source)}: read it, change it, keep it.`,
    ...yaml({ description: `Imported from ${plain(source)}` }),
    '',
    ...scalars,
    ...list('collections', profile.collections),
    ...list('packages', profile.packages),
    ...(options.length > 0 ? ['', 'options:', ...options] : []),
    '',
    ...yaml({ outputs: profile.outputs }),
    ...closing(profile.notCarried),
    '',
  ].join('\n');
}

function closing(notCarried: readonly NotCarried[]): string[] {
  if (notCarried.length === 0) return ['', '# Everything was carried over.'];
  return ['', '# Not carried over:', ...notCarried.map((entry) => `#   ${notCarriedLine(entry)}`)];
}

/** `deb11-amd64-lxc:3: DBUILD_TMPDIR_ROOT: why`, on one line whatever the file has in it. */
export function notCarriedLine({ at, name, why }: NotCarried): string {
  return plain(`${placeText(at)}: ${name === undefined ? '' : `${name}: `}${why}`);
}

function placeText({ file, line, endLine }: Place): string {
  return `${file}:${line}${endLine === undefined || endLine === line ? '' : `-${endLine}`}`;
}

function commentOf(entry: Entry, profile: ImportedProfile, source: string): string[] {
  const places = profile
    .places(entry)
    .map(({ name, file, line }) => `${name} (${file === source ? 'line ' : `${file}:`}${line})`);
  const shown = places.slice(0, SHOWN_PLACES);
  const more = places.length - shown.length;
  const origin =
    places.length === 0
      ? 'default of the reference'
      : `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  return [plain(entry.remark === undefined ? origin : `${origin}; ${entry.remark}`)];
}

/** Nothing that ends a comment, moves the cursor or hides text. */
function plain(text: string): string {
  // eslint-disable-next-line no-control-regex -- exactly these are to go
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ufeff]/g, '?');
}

/** Block style, but short lists of words in brackets. */
function yaml(value: unknown): string[] {
  const options = { schema: CORE_SCHEMA, lineWidth: -1, quotingType: '"', noRefs: true } as const;
  const block = dump(value, options).trimEnd().split('\n').map(quoteSwitch);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return block;
  const [key = ''] = Object.keys(value);
  const inner: unknown = (value as Record<string, unknown>)[key];
  const isFlat = Array.isArray(inner)
    ? inner.every((word) => typeof word !== 'object')
    : typeof inner === 'object' && inner !== null && isReference(inner);
  if (!isFlat) return block;
  const line = dump({ [key]: inner }, { ...options, flowLevel: 1 }).trimEnd();
  return line.length > WIDTH || line.includes('\n') ? block : [line];
}

/** Other readers of YAML take these words for true and false, and times for numbers. */
const quoteSwitch = (line: string): string =>
  line.replace(/^((?: *- )?(?: *[\w.-]+: )?)(yes|no|on|off|y|n|\d+(?::\d+)+)$/i, '$1"$2"');

/** `{file: …}` */
const isReference = (value: object): boolean => Object.keys(value).join() === 'file';
