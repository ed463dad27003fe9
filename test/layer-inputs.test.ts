import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { describeDifferences, differences, type Inputs } from '../build-scripts/cache/inputs.ts';
import {
  basePackagesInputs,
  laterPackagesInputs,
  rootInputs,
  type LayerContext,
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
  const extra = installations(profile).at(-1);
  if (extra?.step !== 'extra') throw new Error('no packages on top');
  const context: LayerContext = {
    profile,
    values: new Map([...profile.options].map(([name, { value }]) => [name, value])),
    secret: Buffer.alloc(32),
    pinnedEpoch: epoch,
    pinnedSeed: undefined,
    tools: new Map([['mkimage', '1']]),
  };
  return {
    base: basePackagesInputs(context, []),
    extra: laterPackagesInputs(extra, context, 'below'),
    root: rootInputs(context, 'packages'),
  };
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
  const root = (): Inputs => {
    const profile = resolveIn(project);
    const values = new Map([...profile.options].map(([name, { value }]) => [name, value]));
    const tools = new Map<string, string>();
    const pinned = { pinnedEpoch: undefined, pinnedSeed: undefined };
    return rootInputs({ profile, values, secret: Buffer.alloc(32), tools, ...pinned }, 'below');
  };
  const old = root();
  writeFileSync(path.join(project.projectDir, 'profiles/given.txt'), 'others\n');
  expect(describeDifferences(differences(old, root()))).toBe(
    `${path.join(project.projectDir, 'profiles/given.txt')} changed`,
  );
});

test('a pinned time', () => {
  expect(changed(before.base, inputsOf({}, 1).base)).toBe('SOURCE_DATE_EPOCH added');
});
