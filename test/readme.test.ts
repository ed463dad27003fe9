import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import { CORE_SCHEMA, load } from 'js-yaml';
import { COMMANDS } from '../build-scripts/cli/commands.ts';
import { main } from '../build-scripts/cli/main.ts';
import { main as tarToDisk } from '../build-scripts/cli/tar-to-disk.ts';
import { FORMATS } from '../build-scripts/config/formats.ts';
import { profileCandidates, searchPaths } from '../build-scripts/config/search-paths.ts';
import { SETTING_NAMES } from '../build-scripts/config/settings.ts';

/** What the documentation says must be true: commands, links, options, excerpts. */
const project = path.resolve(import.meta.dirname, '..');
const read = (file: string): string => readFileSync(path.join(project, file), 'utf8');
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(path.join(project, 'docs')).map((name) => `docs/${name}`),
].filter((file) => file.endsWith('.md') && file !== 'docs/options.md');
const example = 'docs/example/collections/hello-web';
const paths = searchPaths({
  projectDir: project,
  workingDir: project,
  collections: [path.dirname(example)],
});

/** What `mkimage ARGS` or another program prints. */
async function output(args: readonly string[], program = main): Promise<string> {
  const printed: string[] = [];
  const log = jest.spyOn(console, 'log').mockImplementation((text: string) => {
    printed.push(text);
  });
  const write = jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed.push(String(text));
    return true;
  });
  try {
    expect(await program(args)).toBe(0);
  } finally {
    log.mockRestore();
    write.mockRestore();
  }
  return printed.join('\n');
}

/** Command of mkimage, or `tar-to-disk` → its help. */
const helps = new Map<string, string>();
/** Names of all options and settings, those of the worked example included. */
let optionNames: readonly string[] = [];

beforeAll(async () => {
  for (const command of COMMANDS) helps.set(command, await output([command, '--help']));
  const ofDisks = await output(['--help'], tarToDisk);
  // The type of an option may have a line of its own.
  helps.set('tar-to-disk', ofDisks.replaceAll(/\n {20,}(?=\S)/g, ' '));
  const folder = path.join(project, path.dirname(example));
  const list = await output(['list', 'options', '--collections', folder]);
  optionNames = list.split('\n').map((line) => line.split(' ')[0] ?? '');
});

/** The texts between fences of the given languages. */
function blocks(page: string, ...languages: readonly string[]): string[] {
  return [...read(page).matchAll(/^```(\w+)\n(.*?)^```$/gms)]
    .filter(([, language = '']) => languages.includes(language))
    .map(([, , text = '']) => text);
}

/** Everything a reader could type that starts with `program`, in blocks and in the text. */
function commandLines(page: string, program: string): string[] {
  const inBlocks = blocks(page, 'sh', 'console', 'yaml')
    .flatMap((text) => text.replaceAll('\\\n', ' ').split('\n'))
    .map((line) => line.replace(/^(\$ |# +)?([A-Z_]+=\S+ )?/, '').replace(/ +# .*$/, ''));
  const inText = [...read(page).matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);
  return [...inBlocks, ...inText].filter(
    (line) => line === program || line.startsWith(`${program} `),
  );
}

/** Words as the shell sees them; quotes are removed. */
const words = (line: string): string[] =>
  (line.match(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g) ?? []).map((word) => word.replace(/['"]/g, ''));

/** NAME, PROFILE…, `…`: to be replaced by the reader. */
const isPlaceholder = (word: string): boolean => /^[A-Z]+…?$|^…$/.test(word);

/** Profiles that the documentation tells the reader to write, or to have written (-o). */
const written = pages.flatMap((page) =>
  [...read(page).matchAll(/(?:`|-o )(profiles\/local\/([\w-]+)\.yml)/g)].flatMap((m) => m.slice(1)),
);
const profileExists = (word: string): boolean =>
  isPlaceholder(word) || written.includes(word) || profileCandidates(word, paths).some(existsSync);

/** Tells arguments from options and their values; a text says what is wrong with them. */
function parse(
  queue: readonly string[],
  help: string,
): string | { positional: string[]; options: [string, string][] } {
  const [...left] = queue;
  const positional: string[] = [];
  const options: [string, string][] = [];
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    // What follows is a command to run in the image.
    if (word === '--') break;
    if (!word.startsWith('-')) {
      positional.push(word);
      continue;
    }
    const entry = new RegExp(`^ .*(?<=[ ,])${word}(?=[ ,]).*$`, 'm').exec(help)?.[0];
    if (entry === undefined) return `there is no option ${word}`;
    if (entry.includes('[boolean]') || word === '--help') continue;
    const value = left.shift();
    if (value === undefined) return `${word} needs a value`;
    options.push([word, value]);
  }
  return { positional, options };
}

/** What is wrong with `./tar-to-disk …`; undefined when nothing is. */
function mistakeInDisk(line: string): string | undefined {
  const queue = words(line).slice(1);
  if (queue.length === 0 || queue[0] === '--help') return undefined;
  const parsed = parse(queue, helps.get('tar-to-disk') ?? '');
  if (typeof parsed === 'string') return parsed;
  const layouts = parsed.options.filter(([word]) => word === '-C' || word === '--config');
  const absent = layouts.find(
    // disk.yml is the reader's own.
    ([, file]) => file !== 'disk.yml' && !existsSync(path.join(project, file)),
  );
  if (absent !== undefined) return `there is no layout ${absent[1]}`;
  const given = layouts.length + queue.filter((word) => ['--uefi', '--bios'].includes(word)).length;
  return given === 1 ? undefined : 'takes one layout';
}

/** What is wrong with `./mkimage …`; undefined when nothing is. */
function mistakeIn(line: string): string | undefined {
  const [, first = '', ...rest] = words(line);
  const given = COMMANDS.includes(first) || first === 'COMMAND';
  const command = given ? first.replace('COMMAND', 'build') : 'build';
  const help = helps.get(command) ?? '';
  const queue = given ? rest : [first, ...rest].filter((word) => word !== '');
  if (!given && queue[0] === '--setup') queue.shift();
  const parsed = parse(queue, help);
  if (typeof parsed === 'string') return parsed;
  const { positional, options } = parsed;
  for (const [word, value] of options) {
    const set = word === '--set' ? (/^([^=+]+)\+?=/.exec(value)?.[1] ?? value) : undefined;
    if (set !== undefined && !isPlaceholder(set) && !optionNames.includes(set))
      return `--set ${set}`;
  }
  if (command === 'list' || command === 'cache')
    return help.includes(`"${positional[0] ?? ''}"`) ? undefined : positional.join(' ');
  if (command === 'explain') {
    const [option = ''] = positional.splice(0, 1);
    if (!isPlaceholder(option) && !optionNames.includes(option))
      return `there is no option ${option}`;
  }
  if (command === 'import-reference') return undefined;
  const named = command === 'shell' ? positional.slice(0, 1) : positional;
  // To compare there are files as well, and PROFILE@1 is the build before the newest.
  const profiles =
    command === 'diff'
      ? named
          .filter((word) => !/\.(json|tar(\.zst)?)$/.test(word))
          .map((word) => word.replace(/@\d+$/, ''))
      : named;
  const unknown = profiles.find((word) => !profileExists(word));
  return unknown === undefined ? undefined : `there is no profile ${unknown}`;
}

const isRelative = (target: string): boolean => !/^[a-z]+:/.test(target);
/** The anchor of a heading, as web views of repositories make it. */
const anchor = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

describe.each(pages)('%s', (page) => {
  test('every mkimage command exists with its options, profiles and settings', () => {
    const mistakes = commandLines(page, './mkimage').map((line) => [line, mistakeIn(line)]);
    expect(mistakes.filter(([, mistake]) => mistake !== undefined)).toEqual([]);
  });

  test('every tar-to-disk command exists with its options and layouts', () => {
    const lines = commandLines(page, './tar-to-disk');
    const mistakes = lines.map((line) => [line, mistakeInDisk(line)]);
    expect(mistakes.filter(([, mistake]) => mistake !== undefined)).toEqual([]);
  });

  test('every option of the command line that is named alone exists', () => {
    const named = [...read(page).matchAll(/`(--[a-z-]+)[^`\n]*`/g)].map(([, name = '']) => name);
    const known = [
      '--setup',
      ...[...helps.values()].flatMap((help) => help.match(/--[a-z-]+/g) ?? []),
    ];
    expect(named.filter((name) => !known.includes(name))).toEqual([]);
  });

  test('every npm script and every test/run argument exists', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const npm = commandLines(page, 'npm').map((line) => words(line));
    const named = npm.map(([, verb = '', name = '']) => (verb === 'run' ? name : verb));
    const builtIn = ['ci'];
    expect(named.filter((name) => !(name in scripts) && !builtIn.includes(name))).toEqual([]);
    const tiers = commandLines(page, 'test/run').flatMap((line) => words(line).slice(1));
    const allowed = ['--setup', 'unit', 'integration', 'boot', 'all'];
    expect(tiers.filter((word) => !allowed.includes(word))).toEqual([]);
  });

  test('every relative link leads somewhere', () => {
    const text = read(page).replaceAll(/^```.*?^```$/gms, '');
    const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
    const broken = targets.filter(isRelative).filter((target) => {
      const [file = '', wanted] = target.split('#');
      const full = file === '' ? page : path.join(path.dirname(page), file);
      // `npm run check:docs` sees to this one.
      if (full === 'docs/options.md') return false;
      if (!existsSync(path.join(project, full))) return true;
      if (wanted === undefined || statSync(path.join(project, full)).isDirectory()) return false;
      const headings = [...read(full).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading);
      return !headings.map(anchor).includes(wanted);
    });
    expect(broken).toEqual([]);
  });

  test('every option in a yaml block exists', () => {
    const used = blocks(page, 'yaml').flatMap((text) =>
      [...text.matchAll(/^ *(?:- )?([a-z][a-z0-9-]*(?:\.[a-z][a-z0-9-]*)+):/gm)].map(
        ([, name = '']) => name,
      ),
    );
    // Collections the reader is about to write may declare further options of "hello".
    const hypothetical = page === 'docs/collections.md' ? /^hello\./ : /^$/;
    expect(used.filter((name) => !optionNames.includes(name) && !hypothetical.test(name))).toEqual(
      [],
    );
  });

  test('every yaml block is YAML', () => {
    expect(() =>
      blocks(page, 'yaml').map((text) => load(text, { schema: CORE_SCHEMA })),
    ).not.toThrow();
  });
});

describe('the worked example in docs/collections.md', () => {
  const page = 'docs/collections.md';
  const yaml = (text: string): unknown => load(text, { schema: CORE_SCHEMA });

  test('shows collection.yml and the profile as they are', () => {
    const shown = blocks(page, 'yaml').map(yaml);
    expect(shown).toContainEqual(yaml(read(`${example}/collection.yml`)));
    const { description, ...profile } = yaml(read('docs/example/profiles/hello-web.yml')) as Record<
      string,
      unknown
    >;
    expect(description).toBeDefined();
    expect(shown).toContainEqual(profile);
  });

  test('shows the hook and lines of the template as they are', () => {
    expect(blocks(page, 'sh')).toContain(read(`${example}/hooks/customize/50-package-list.chroot`));
    const template = read(`${example}/files/usr/local/share/hello-web/index.html`);
    for (const text of blocks(page, 'html')) expect(template).toContain(text);
    expect(blocks(page, 'html')).not.toEqual([]);
  });

  test('lists its files', () => {
    const listed = [...read(page).matchAll(/^ {2}(\S+) {2,}\S/gm)].map(([, file = '']) => file);
    const present = readdirSync(path.join(project, example), { recursive: true, encoding: 'utf8' });
    const files = present.filter((file) => statSync(path.join(project, example, file)).isFile());
    expect(listed.toSorted()).toEqual(files.toSorted());
  });
});

test('docs/collections.md lists all formats of options', () => {
  const [paragraph = ''] = /^Formats of strings: .*?\n\n/ms.exec(read('docs/collections.md')) ?? [];
  const listed = [...paragraph.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
  expect(listed.toSorted()).toEqual(Object.keys(FORMATS).toSorted());
});

test('docs/profiles.md lists all settings', () => {
  const listed = [...read('docs/profiles.md').matchAll(/^\| `([a-z-]+)` /gm)].map(
    ([, name = '']) => name,
  );
  expect(SETTING_NAMES.filter((name) => !listed.includes(name))).toEqual([]);
});
