import { referenceCollections } from '../import-reference/records/collections.ts';
import { referenceFeatures } from '../import-reference/records/features.ts';
import { AREAS, type ReferenceOption } from '../import-reference/reference-option.ts';
import { referenceOptions } from '../import-reference/reference-options.ts';

/** docs/reference.md: what became of every option, collection and feature of the reference builder. */
export function referencePage(): string {
  const features = [...new Set(referenceFeatures.map(({ area }) => area))];
  return [
    '# From debian-image-builder',
    '',
    'Made by `npm run docs` from `build-scripts/import-reference/`; do not edit. mkimage continues the idea of',
    "[dywisor's debian-image-builder](https://github.com/dywisor/debian-image-builder), called the reference",
    'here. This page says what takes the place of each of its options and collections.',
    '',
    '```sh',
    './mkimage import-reference ../debian-image-builder/profiles/examples/deb12-amd64-lxc -o profiles/local/web1.yml',
    './mkimage check profiles/local/web1.yml',
    './mkimage profiles/local/web1.yml',
    'sudo ./mkimage test profiles/local/web1.yml',
    '```',
    '',
    'The first command reads a profile of the reference and writes one of mkimage; the others look it over,',
    'build it, start the image and test it. Every line that can not be carried over is listed on the terminal',
    'and at the end of the profile, with the reason. Read that list: the example has no ssh key, and nobody',
    'could log in.',
    '',
    '- The file is read as data and never run: assignments, quotes, `$NAME` and `${NAME:-text}` of names that',
    '  the file gives a value to, `: "${NAME:=text}"`, `NAME+=text`, and files that it includes from its own',
    '  folder or from folders in there. Commands, conditions, loops and functions are listed.',
    '- Passwords and passphrases go into files of their own beside the profile, such as `web1.root-password`,',
    '  which only you can read. The profile refers to them.',
    '- Defaults of the reference that mkimage does not share are written down, such as its time zone and its',
    '  users cosmo and wanda. A comment says so.',
    '- What needs a collection or an option that this mkimage does not have is listed with its name.',
    '- Values are written as mkimage takes them: `1.5GiB` as `1536M`, a port of nft by its number, a proxy with',
    '  `http://`. Of a list, only the words that can not be used are lost.',
    '',
    'Without `-o`, the profile is printed and no secret is written anywhere.',
    '',
    '## Collections',
    '',
    '| there | here | |',
    '| --- | --- | --- |',
    ...referenceCollections.map(({ name, ours, note, asks }) =>
      row([code(name), codes(ours), asks === undefined ? (note ?? '') : `has to be told ${asks}`]),
    ),
    '',
    ...Object.entries(AREAS).flatMap(([area, title]) => [
      `## ${title}`,
      '',
      '| there | its default | here | |',
      '| --- | --- | --- | --- |',
      ...referenceOptions.filter((record) => record.area === area).map(optionRow),
      '',
    ]),
    ...features.flatMap((area) => [
      `## ${area}`,
      '',
      '| there | here |',
      '| --- | --- |',
      ...referenceFeatures
        .filter((feature) => feature.area === area)
        .map(({ name, ours }) => row([code(name), ours])),
      '',
    ]),
  ].join('\n');
}

function optionRow({ name, default: value, ours, note, formerly }: ReferenceOption): string {
  const remarks = [note, formerly === undefined ? undefined : `its old name is ${code(formerly)}`];
  return row([
    code(name),
    value === undefined || value === '' ? '' : code(value),
    ours.length === 0 ? 'gone' : codes(ours),
    remarks.filter((text) => text !== undefined).join('; '),
  ]);
}

const code = (text: string): string => `\`${text}\``;
const codes = (names: readonly string[]): string => names.map(code).join(', ');
const row = (cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
