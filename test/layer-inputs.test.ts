import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import {
  describeDifferences,
  differences,
  keyOf,
  type Inputs,
} from '../build-scripts/cache/inputs.ts';
import {
  inputsMark,
  onLayer,
  onSources,
  readInputs,
  type LayerContext,
  type ProfileInputs,
} from '../build-scripts/layer-inputs.ts';
import { installations } from '../build-scripts/rootfs/install-steps.ts';
import { makeProject, resolveIn } from './support/project.ts';

const FILES: Record<string, string> = {
  'profiles/p.yml': `suite: bookworm
arch: amd64
collections: [web]
packages: [less]
options: {web.early: one, web.late: one, web.file: given.txt}
`,
  'profiles/given.txt': 'content\n',
  'collections/web/collection.yml': `summary: Web
packages: [nginx]
options:
  web.early: {type: string, description: Read by a setup hook}
  web.late: {type: string, description: Read later}
  web.file: {type: string, format: host-file, description: A file}
  web.port: {type: integer, default: 80, description: A port}
`,
  'collections/web/README.md': '# Web\n',
  'collections/web/files/etc/web.conf': 'conf\n',
  'collections/web/hooks/setup/10-early': '#!/bin/sh\necho "$OPT_WEB_EARLY"\n',
  'collections/web/hooks/customize/10-late': '#!/bin/sh\necho "$OPT_WEB_LATE"\n',
  'collections/web/tests/10-works': '#!/bin/sh\n',
};

interface All {
  readonly base: Inputs;
  readonly extra: Inputs;
  readonly root: Inputs;
}

function inputsOf(changes: Record<string, string> = {}, epoch?: number): All {
  const project = makeProject({ ...FILES, ...changes });
  const profile = resolveIn(project);
  if (installations(profile).at(-1)?.step !== 'extra') throw new Error('no packages on top');
  const context: LayerContext = {
    profile,
    values: new Map([...profile.options].map(([name, { value }]) => [name, value])),
    secret: Buffer.alloc(32),
    pinnedEpoch: epoch,
    pinnedSeed: undefined,
    tools: new Map([['mkimage', '1']]),
  };
  const { base, later, root } = readInputs(context);
  return { base, extra: later.at(-1) ?? new Map(), root };
}

/** Host files are known by their whole path, which is another one for each project of a test. */
const changed = (before: Inputs, after: Inputs): string =>
  describeDifferences(differences(before, after).filter(({ name }) => !path.isAbsolute(name)));

const before = inputsOf();

test.each<[string, Record<string, string>, { base?: string; extra?: string; root?: string }]>([
  [
    'a file',
    { 'collections/web/files/etc/web.conf': 'other\n' },
    { root: 'collections/web/files/etc/web.conf changed' },
  ],
  ['a README', { 'collections/web/README.md': '# Other\n' }, {}],
  ['a test', { 'collections/web/tests/10-works': '#!/bin/sh\nfalse\n' }, {}],
  [
    'an option that an early hook names',
    { 'profiles/p.yml': (FILES['profiles/p.yml'] ?? '').replace('early: one', 'early: two') },
    {
      base: 'OPT_WEB_EARLY of web/hooks/setup/10-early changed',
      root: 'option web.early changed',
    },
  ],
  [
    'an option that it does not name',
    { 'profiles/p.yml': (FILES['profiles/p.yml'] ?? '').replace('late: one', 'late: two') },
    { root: 'option web.late changed' },
  ],
  [
    'an early hook',
    { 'collections/web/hooks/setup/10-early': '#!/bin/sh\necho "$OPT_WEB_EARLY$OPT_WEB_PORT"\n' },
    {
      base: 'OPT_WEB_PORT of web/hooks/setup/10-early added, collections/web/hooks/setup/10-early changed',
      root: 'collections/web/hooks/setup/10-early changed',
    },
  ],
  [
    'a package of the collection',
    {
      'collections/web/collection.yml': (FILES['collections/web/collection.yml'] ?? '').replace(
        '[nginx]',
        '[nginx, curl]',
      ),
    },
    { base: 'package curl added', root: 'collections/web/collection.yml changed' },
  ],
  [
    'a package of the profile',
    { 'profiles/p.yml': (FILES['profiles/p.yml'] ?? '').replace('[less]', '[less, vim]') },
    { extra: 'package vim added' },
  ],
  [
    'the suite',
    { 'profiles/p.yml': (FILES['profiles/p.yml'] ?? '').replace('bookworm', 'trixie') },
    { base: 'setting suite changed', root: 'setting suite changed' },
  ],
])('%s', (_, changes, expected) => {
  const after = inputsOf(changes);
  expect({
    base: changed(before.base, after.base),
    extra: changed(before.extra, after.extra),
    root: changed(before.root, after.root),
  }).toEqual({ base: '', extra: '', root: '', ...expected });
});

test('the content of a file of the host that an option names', () => {
  const project = makeProject(FILES);
  const read = (): ProfileInputs => {
    const profile = resolveIn(project);
    const values = new Map([...profile.options].map(([name, { value }]) => [name, value]));
    const tools = new Map<string, string>();
    const pinned = { pinnedEpoch: undefined, pinnedSeed: undefined };
    return readInputs({ profile, values, secret: Buffer.alloc(32), tools, ...pinned });
  };
  const old = read();
  expect(inputsMark(read())).toBe(inputsMark(old));
  writeFileSync(path.join(project.projectDir, 'profiles/given.txt'), 'others\n');
  expect(inputsMark(read())).not.toBe(inputsMark(old));
  expect(describeDifferences(differences(old.root, read().root))).toBe(
    `${path.join(project.projectDir, 'profiles/given.txt')} changed`,
  );
});

test('a pinned time', () => {
  expect(changed(before.base, inputsOf({}, 1).base)).toBe('SOURCE_DATE_EPOCH added');
});

test('what is below a layer counts', () => {
  const source = { release: 'http://mirror.example.net/InRelease', indexes: [], digest: '1' };
  const one = onSources(before.base, [source]);
  const other = onSources(before.base, [{ ...source, digest: '2' }]);
  expect(changed(one, other)).toBe(`${source.release} changed`);
  expect(changed(onLayer(before.root, keyOf(one)), onLayer(before.root, keyOf(other)))).toBe(
    'packages below changed',
  );
});
