import { lstatSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, expect } from '@jest/globals';
import { BUILD_TOOLS } from '../../build-scripts/build-profile.ts';
import { shell } from '../../build-scripts/cli/shell.ts';
import { firstReason, needsPrograms, needsRoot } from '../support/needs.ts';
import { makeProject, temporaryFolder } from '../support/project.ts';
import { testUnless } from '../support/test-unless.ts';

const needsTools = needsPrograms(...BUILD_TOOLS.map(({ command }) => command));

afterEach(() => {
  delete process.env.SUDO_UID;
  delete process.env.SUDO_GID;
});

/** `mkimage shell --before`, up to the sandbox, for which there is no place. */
function shellBefore(outputDir: string): Promise<number> {
  const project = makeProject({
    'profiles/p.yml': 'suite: bookworm\narch: amd64\ncollections: [a]\n',
    'collections/a/collection.yml': 'summary: a\n',
    'collections/a/hooks/customize/10-x': '#!/bin/sh\n',
  });
  return shell({
    profile: path.join(project.projectDir, 'profiles/p.yml'),
    collections: [path.join(project.projectDir, 'collections')],
    before: 'customize/10-x',
    workdir: path.join(outputDir, 'missing'),
    outputDir,
  });
}

testUnless(firstReason(needsRoot, needsTools), 'what sudo makes is the caller’s', async () => {
  const folder = temporaryFolder();
  Object.assign(process.env, { SUDO_UID: '12345', SUDO_GID: '12346' });
  await expect(shellBefore(folder)).rejects.toThrow('missing');
  for (const name of ['p', 'p/shell.log'])
    expect(lstatSync(path.join(folder, name))).toMatchObject({ uid: 12345, gid: 12346 });
});

testUnless(needsTools, 'a folder that can not be written is named, with what to do', async () => {
  const file = path.join(temporaryFolder(), 'file');
  writeFileSync(file, '');
  await expect(shellBefore(file)).rejects.toThrow(`cannot write to ${path.join(file, 'p')}`);
});
