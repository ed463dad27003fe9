import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { checkedText } from '../../build-scripts/cli/check.ts';
import { imported, importReference } from '../../build-scripts/cli/import-reference.ts';
import { planText } from '../../build-scripts/cli/plan.ts';
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

  test('passes mkimage check, and has a plan', async () => {
    const output = path.join(temporaryFolder(), `${name}.yml`);
    expect((await captured(() => importReference({ file, output }))).exitCode).toBe(0);
    expect(await checkedText({ profile: [output] })).toContain('no mistakes found in 1 profile');
    const plan = planText({ profile: [output], json: false });
    expect(plan).toContain(`${name}: Imported from ${name}\n`);
    expect(plan).toMatch(/^command\n {2}mmdebstrap .*\n/m);
    expect(/^disk\n {2}size: /m.test(plan)).toBe(
      !/^outputs: \[lxc\]$/m.test(readFileSync(output, 'utf8')),
    );
  });
});

/** As the reference ships them: one profile for each release and kind of machine. */
describe('the example profiles', () => {
  const text = readFileSync(path.join(fixtures, 'deb11-amd64-lxc'), 'utf8');
  const releases = { deb11: 'bullseye', deb12: 'bookworm', deb13: 'trixie' };
  const kinds = {
    lxc: ['lxc', 'lxc'],
    kvm: ['vm/kvm', 'qcow2'],
    'hyper-v': ['vm/hyper-v', 'vhdx'],
    esxi: ['vm/esxi', 'ova'],
    'hardware-bios': ['hardware/bios', 'raw'],
    'hardware-uefi': ['hardware/uefi', 'raw'],
  };
  const examples = Object.entries(releases).flatMap(([release, suite]) =>
    Object.entries(kinds).map(([kind, [target = '', format = '']]) => ({
      ...{ name: `${release}-amd64-${kind}`, suite, target, format },
    })),
  );

  test.each(examples)('$name', async ({ name, suite, target, format }) => {
    const folder = temporaryFolder();
    const file = path.join(folder, name);
    const output = path.join(folder, `${name}.yml`);
    writeFileSync(
      file,
      text.replace('bullseye', suite).replace('targets/lxc/', `targets/${target}/`),
    );
    await captured(() => importReference({ file, output }));
    const { settings, outputs } = JSON.parse(planText({ profile: [output], json: true })) as {
      settings: { suite: { value: string } };
      outputs: string[];
    };
    expect([settings.suite.value, outputs]).toEqual([suite, [format]]);
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
