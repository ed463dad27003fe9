import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { CORE_SCHEMA, load } from 'js-yaml';
import { diskSeed } from '../../build-scripts/compose-disk.ts';
import { formatPlan, planDisk } from '../../build-scripts/disk/plan/index.ts';
import { inputOf } from './plan/support/layout.ts';

const project = path.resolve(import.meta.dirname, '../..');
const folder = path.join(project, 'docs/example/disks');
const documentation = readFileSync(path.join(project, 'docs/disk.md'), 'utf8');
const files = readdirSync(folder);
const read = (file: string): string => readFileSync(path.join(folder, file), 'utf8');

/** What docs/example/profiles/disk-root.yml holds, rounded up; bytes. */
const contents = { '/': 1.3e9, '/boot': 140e6, '/var/log': 1e6 };
/** Passphrases are not read for planning: there is no such file and no such variable. */
const plan = (file: string): ReturnType<typeof planDisk> =>
  planDisk(inputOf(read(file), file, contents));

describe.each(files)('docs/example/disks/%s', (file) => {
  test('is a layout in which a real root fits', () => {
    expect(plan(file).partitions.length).toBeGreaterThan(0);
  });

  test('leads editors to the schema', () => {
    const [, schema = ''] = /^# yaml-language-server: \$schema=(\S+)\n/.exec(read(file)) ?? [];
    expect(path.resolve(folder, schema)).toBe(path.join(project, 'schemas/disk.schema.json'));
  });

  test('is shown in docs/disk.md as it is', () => {
    // What follows its link; prettier sets blanks in Markdown that it does not set in YAML.
    const [, shown = ''] = documentation.split(`(example/disks/${file})`);
    const [, block = ''] = /^```yaml\n(.*?)^```$/ms.exec(shown) ?? [];
    expect(load(block, { schema: CORE_SCHEMA })).toEqual(load(read(file), { schema: CORE_SCHEMA }));
  });
});

test('docs/disk.md shows what --dry-run prints', () => {
  const [, file = '', seed, shown] =
    /^\$ \.\/tar-to-disk -C docs\/example\/disks\/(\S+) --seed (\S+) --dry-run\n(.*?)^```$/ms.exec(
      documentation,
    ) ?? [];
  expect(files).toContain(file);
  // As the command does it: without a tarball, the image is called "disk".
  const input = inputOf(read(file), file);
  expect(shown).toBe(formatPlan(planDisk({ ...input, seed: diskSeed(input, 'disk', seed, {}) })));
});
