import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { checkedText } from '../../build-scripts/cli/check.ts';
import { imported, importReference } from '../../build-scripts/cli/import-reference.ts';
import { catalogOf } from '../../build-scripts/cli/import-catalog.ts';
import { expectFile } from '../support/expected-file.ts';
import { temporaryFolder } from '../support/project.ts';
import { captured } from '../support/captured.ts';

const fixtures = path.resolve(import.meta.dirname, '../fixtures/import-reference');
const profiles = readdirSync(fixtures, { withFileTypes: true })
  .filter((entry) => entry.isFile() && !entry.name.includes('.'))
  .map(({ name }) => name);

describe.each(profiles)('%s', (name) => {
  const file = path.join(fixtures, name);

  test('becomes this profile', () => {
    const { text } = imported({ file }, catalogOf({}));
    expectFile(`${file}.yml`, text);
  });

  test('passes mkimage check', async () => {
    const output = path.join(temporaryFolder(), `${name}.yml`);
    expect((await captured(() => importReference({ file, output }))).exitCode).toBe(0);
    expect(await checkedText({ profile: [output] })).toContain('no mistakes found in 1 profile');
  });
});

test('nothing was run', () => {
  const folders = [fixtures, process.cwd()];
  expect(folders.filter((folder) => existsSync(path.join(folder, 'executed')))).toEqual([]);
});

test('no secret is in a profile, in what is not carried over, or on the terminal', async () => {
  const secrets = ['install', 'a "plain" one', 'not for long', '$6$'];
  for (const name of profiles) {
    const file = path.join(fixtures, name);
    const { stdout, stderr } = await captured(() => importReference({ file }));
    const text = `${stdout}${stderr}`.replaceAll('installer', '');
    expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
    expect(readFileSync(file, 'utf8')).toMatch(/./);
  }
});
