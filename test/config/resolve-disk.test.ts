import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { diskMistakes } from '../../build-scripts/cli/check-profile.ts';
import { diskSchema } from '../../build-scripts/config/disk-schema.ts';
import { formatOrigin } from '../../build-scripts/config/layers.ts';
import type { ResolvedDisk } from '../../build-scripts/config/resolve-disk.ts';
import type { SearchPaths } from '../../build-scripts/config/search-paths.ts';
import { parseYaml } from '../../build-scripts/config/yaml-source.ts';
import { DiagnosticList } from '../../build-scripts/config/diagnostics.ts';
import { makeProject, mistakesOf, resolveIn } from '../support/project.ts';

const OPTIONS = `summary: a
options:
  a.size: {type: string, default: 4G, description: x}
  a.key:
    type: object
    default: {file: default.key}
    description: x
    properties:
      file: {type: string, format: host-file}
      env: {type: string}
`;
const LAYOUT = `size: {{ a.size }} # a.size
firmware: [uefi]
table: gpt
partitions:
  - {name: esp, size: 64M, content: {type: vfat, mount: /boot/efi}}
  - {name: boot, size: 512M, content: {type: ext4, mount: /boot}}
  - name: root
    size: rest
    content: {type: luks, name: crypt, passphrase: {{ a.key | json }}, content: {type: ext4, mount: /}}
`;
const COLLECTION = {
  'collections/a/collection.yml': OPTIONS,
  'collections/a/disk.yml.liquid': LAYOUT,
};
const PROFILE = 'suite: bookworm\narch: amd64\ncollections: [a]\n';
const OWN = `size: 3G
firmware: [bios]
table: mbr
partitions:
  - {name: root, size: rest, content: {type: ext4, mount: /}}
`;

function diskIn(paths: SearchPaths, set: readonly string[] = [], profile?: string): ResolvedDisk {
  const { disk } = resolveIn(paths, set, profile);
  if (disk === undefined) throw new Error('the profile has no disk');
  return disk;
}

/** What the LUKS of such a layout reads its passphrase from. */
function passphraseOf({ layout }: ResolvedDisk): unknown {
  return layout.partitions.map(({ content }) => 'passphrase' in content && content.passphrase)[2];
}

describe('the layout of a collection', () => {
  test('is rendered with the options of the profile', () => {
    const paths = makeProject({ ...COLLECTION, 'profiles/p.yml': PROFILE });
    expect(diskIn(paths).layout.size).toBe('4G');
    const disk = diskIn(paths, ['a.size=9G']);
    expect(disk.layout.size).toBe('9G');
    expect(disk.folder).toBe(path.join(paths.projectDir, 'profiles'));
    expect(formatOrigin(disk.origin)).toBe('collection of a');
  });

  test('its text is the same layout', () => {
    const paths = makeProject({ ...COLLECTION, 'profiles/p.yml': PROFILE });
    const { text, layout } = diskIn(paths);
    const document = parseYaml(text, 'disk.yml', new DiagnosticList());
    expect(diskSchema.parse(document?.value)).toEqual(layout);
  });

  test('gives way to the one of the profile, whichever of the chain has it', () => {
    const paths = makeProject({
      ...COLLECTION,
      'profiles/base.yml': `${PROFILE}disk: ../own.yml\n`,
      'own.yml': OWN,
      'profiles/p.yml': 'extends: base\n',
    });
    const disk = diskIn(paths);
    expect(disk.layout.size).toBe('3G');
    expect(disk.folder).toBe(paths.projectDir);
    expect(disk.text).toBe(OWN);
    expect(formatOrigin(disk.origin)).toBe('profiles/base.yml:4 (profile)');
  });

  test('an inline disk keeps the places of its parts', () => {
    const inline = OWN.replaceAll(/^/gm, '  ').trimEnd();
    const paths = makeProject({
      'profiles/p.yml': `suite: bookworm\narch: amd64\ndisk:\n${inline}\n`,
    });
    const disk = diskIn(paths);
    expect(disk.document.locate(['size'])).toMatchObject({ file: 'profiles/p.yml', line: 4 });
    expect(disk.folder).toBe(path.join(paths.projectDir, 'profiles'));
    const again = parseYaml(disk.text, 'disk.yml', new DiagnosticList());
    expect(diskSchema.parse(again?.value)).toEqual(disk.layout);
  });

  test('there is none without either', () => {
    expect(resolveIn(makeProject({})).disk).toBeUndefined();
  });
});

describe('files that the options of a layout name', () => {
  const paths = makeProject({
    ...COLLECTION,
    'profiles/shared/base.yml': `${PROFILE}options: {a.key: {file: keys/disk}}\n`,
    'profiles/p.yml': 'extends: ./shared/base\n',
    'profiles/default.yml': PROFILE,
    'profiles/absolute.yml': `${PROFILE}options: {a.key: {file: /etc/disk.key}}\n`,
  });

  test.each([
    ['count from the profile that says so', 'p', [], { file: 'shared/keys/disk' }],
    ['a default counts from the profile that is built', 'default', [], { file: 'default.key' }],
    ['an absolute path stays', 'absolute', [], { file: '/etc/disk.key' }],
    [
      'on the command line from the current folder',
      'p',
      ['a.key={file: my.key}'],
      { file: '../my.key' },
    ],
    ['what is no file is left alone', 'p', ['a.key={env: DISK_KEY}'], { env: 'DISK_KEY' }],
  ])('%s', (_, profile, set, expected) => {
    expect(passphraseOf(diskIn(paths, set, profile))).toEqual(expected);
  });

  test('options themselves are shown as they were written', () => {
    expect(resolveIn(paths).options.get('a.key')?.value).toEqual({ file: 'keys/disk' });
  });

  test('lists that are joined keep the files of each layer', () => {
    const joined = makeProject({
      'collections/a/collection.yml': `summary: a
options:
  a.size: {type: string, default: 4G, description: x}
  a.keys: {type: list, merge: append, default: [], description: x, items: {type: string, format: host-file}}
`,
      'collections/a/disk.yml.liquid': LAYOUT.replace(
        '{{ a.key | json }}',
        '{prompt: "{{ a.keys | join: " " }}"}',
      ),
      'profiles/shared/base.yml': `${PROFILE}options: {a.keys: [one]}\n`,
      'profiles/p.yml': 'extends: ./shared/base\noptions: {a.keys: [two]}\n',
    });
    expect(passphraseOf(diskIn(joined))).toEqual({ prompt: 'shared/one two' });
  });
});

describe('mistakes', () => {
  test('of a rendered layout stand at the rendered line', () => {
    const paths = makeProject({ ...COLLECTION, 'profiles/p.yml': PROFILE });
    expect(mistakesOf(() => resolveIn(paths, ['a.size=many']))).toContain(
      `collections/a/disk.yml.liquid (rendered):1:7: error: "many" is not a size
  1 | size: many # a.size
    |       ^^^^`,
    );
  });

  test('of its plan as well', () => {
    const paths = makeProject({ ...COLLECTION, 'profiles/p.yml': PROFILE });
    const [mistake, ...others] = diskMistakes(resolveIn(paths, ['a.size=100M']));
    expect(mistake?.at?.file).toBe('collections/a/disk.yml.liquid (rendered)');
    expect(mistake?.message).toMatch(/need .* MiB/);
    expect(others).toEqual([]);
    expect(diskMistakes(resolveIn(paths))).toEqual([]);
  });

  test('a BIOS on arm64', () => {
    const paths = makeProject({
      'profiles/p.yml': `suite: bookworm\narch: arm64\ndisk: own.yml\n`,
      'profiles/own.yml': OWN,
    });
    expect(diskMistakes(resolveIn(paths))).toMatchObject([
      { message: 'there is no BIOS on arm64', at: { file: 'profiles/own.yml', line: 2 } },
    ]);
  });

  test('are not looked for in a layout that wrong options would make', () => {
    const paths = makeProject({ ...COLLECTION, 'profiles/p.yml': PROFILE });
    const text = mistakesOf(() => resolveIn(paths, ['a.size=many', 'a.other=1']));
    expect(text).toContain('a.other');
    expect(text).not.toContain('rendered');
  });

  test('a passphrase where its place was asked for is not repeated', () => {
    const paths = makeProject({
      'collections/a/collection.yml': OPTIONS.replace('a.key', 'a.passphrase'),
      'profiles/p.yml': `${PROFILE}options: {a.passphrase: geheim}\n`,
    });
    const text = mistakesOf(() => resolveIn(paths));
    expect(text).toContain('option "a.passphrase": expected a mapping, got text');
    expect(text).not.toContain('geheim');
  });
});
