import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { openBuildLog } from '../../build-scripts/host/build-log.ts';
import { runCommand } from '../../build-scripts/host/process.ts';
import type { Sandbox } from '../../build-scripts/host/sandbox.ts';
import { listName, packageSources } from '../../build-scripts/rootfs/package-sources.ts';
import { temporaryFolder } from '../support/project.ts';

// Seen in /var/lib/apt/lists, as apt 2.6.1 names them.
test.each([
  ['main/binary-amd64/Packages', 'main_binary-amd64_Packages'],
  ['Packages', 'Packages'],
  ['ma_in/binary-amd64/Packages', 'ma%5fin_binary-amd64_Packages'],
  ['e+f/binary-amd64/Packages', 'e+f_binary-amd64_Packages'],
  ['k@l:m/binary-amd64/Packages', 'k%40l:m_binary-amd64_Packages'],
  ['ü/binary-amd64/Packages', '%c3%bc_binary-amd64_Packages'],
  ['r,s/binary-amd64/Packages', 'r,s_binary-amd64_Packages'],
  ['{z}/binary-amd64/Packages', '%7bz%7d_binary-amd64_Packages'],
  ['a|b/binary-amd64/Packages', 'a%7cb_binary-amd64_Packages'],
  ['c~d/binary-amd64/Packages', 'c%7ed_binary-amd64_Packages'],
])('the list of %s', (metaKey, name) => {
  expect(listName(metaKey)).toBe(name);
});

/** A root with the list of one index, and what apt-get says about that. */
function rootWith(files: Readonly<Record<string, string>>, suite: string, metaKey: string) {
  const folder = temporaryFolder();
  const lists = path.join(folder, 'lists');
  mkdirSync(lists);
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(lists, name), text);
  const prefix = 'repo.example.org_dists_stable_';
  const file = path.join(lists, `${prefix}${listName(metaKey)}`);
  const targets = `http://repo.example.org/\t${suite}\t${metaKey}\t${file}\n`;
  const sandbox = {
    stage: folder,
    run: (argv: readonly string[]) =>
      argv[0] === 'apt-get'
        ? Promise.resolve({ stdout: targets, stderr: '', exitCode: 0 })
        : runCommand(argv),
  } as unknown as Sandbox;
  const log = openBuildLog(path.join(folder, 'build.log'));
  return { folder, sources: packageSources(folder, 'amd64', sandbox, log) };
}

describe('a source', () => {
  test('of a component whose name apt quotes', async () => {
    const files = { 'repo.example.org_dists_stable_InRelease': 'Suite: stable\n' };
    const { folder, sources } = rootWith(files, 'stable', 'ma_in/binary-amd64/Packages');
    expect(await sources).toEqual([
      {
        release: 'http://repo.example.org/dists/stable/InRelease',
        indexes: ['ma_in/binary-amd64/Packages'],
        text: 'Suite: stable\n',
      },
    ]);
    expect(readFileSync(path.join(folder, 'apt.conf'), 'utf8')).toContain('amd64');
  });

  test('without a Release file is named', async () => {
    const { sources } = rootWith({}, 'stable', 'main/binary-amd64/Packages');
    await expect(sources).rejects.toThrow(
      'the package lists of the image have no InRelease and no Release of the repository http://repo.example.org/dists/stable/',
    );
  });
});
