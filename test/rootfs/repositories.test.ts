import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { Repository } from '../../build-scripts/config/settings.ts';
import { sourcesFile, writeRepositories } from '../../build-scripts/rootfs/repositories.ts';
import { buildContext } from '../support/build-context.ts';
import { firstReason, needsPrograms } from '../support/needs.ts';
import { needsSandbox } from '../support/needs-sandbox.ts';
import { inSandbox } from '../support/open-sandbox.ts';
import { makeProject, resolveIn, temporaryFolder } from '../support/project.ts';
import { testUnless } from '../support/test-unless.ts';

/** A root that has tar and nothing else. */
const MAKE_ROOT = `set -eu
mkdir -p "$1/etc/apt"
tar=$(command -v tar)
cp --parents -L "$tar" $(ldd "$tar" | grep -o '/[^ ]*') "$1"`;

const plain: Repository = {
  name: 'example',
  uri: 'http://apt.example.net/debian',
  suite: 'stable',
  key: '/keys/example.asc',
};
const KEY = '/etc/apt/keyrings/example.asc';
const full: Repository = {
  ...plain,
  components: ['main', 'extra'],
  architectures: ['amd64', 'arm64'],
};
const flat: Repository = { ...plain, suite: './' };

describe('a deb822 file', () => {
  test('component main, unless there is something else', () => {
    expect(sourcesFile(plain, KEY)).toBe(`Types: deb
URIs: http://apt.example.net/debian
Suites: stable
Components: main
Signed-By: /etc/apt/keyrings/example.asc
`);
  });

  test('components and architectures', () => {
    expect(sourcesFile(full, KEY)).toBe(`Types: deb
URIs: http://apt.example.net/debian
Suites: stable
Components: main extra
Architectures: amd64 arm64
Signed-By: /etc/apt/keyrings/example.asc
`);
  });

  test('a flat repository has no components', () => {
    expect(sourcesFile(flat, KEY)).not.toContain('Components');
  });

  testUnless(needsPrograms('apt-get'), 'apt reads all of them', () => {
    const folder = temporaryFolder();
    const parts = path.join(folder, 'parts');
    mkdirSync(parts);
    const key = path.join(folder, 'key.asc');
    writeFileSync(key, '');
    const sites = [plain, full, flat].map((repository, index) => {
      const uri = `http://${index}.example.net/debian`;
      writeFileSync(path.join(parts, `${index}.sources`), sourcesFile({ ...repository, uri }, key));
      return uri;
    });
    const targets = execFileSync(
      'apt-get',
      [
        'indextargets',
        '--no-release-info',
        ...['-o', 'Dir::Etc::sourcelist=/dev/null', '-o', `Dir::Etc::sourceparts=${parts}`],
        ...['-o', 'APT::Architectures=amd64', '-o', 'APT::Architecture=amd64'],
        '--format=$(REPO_URI) $(RELEASE) $(COMPONENT)',
        'Created-By: Packages',
      ],
      { encoding: 'utf8', stdio: 'pipe' },
    );
    expect([...new Set(targets.trim().split('\n'))].sort()).toEqual([
      `${sites[0] ?? ''}/ stable main`,
      `${sites[1] ?? ''}/ stable extra`,
      `${sites[1] ?? ''}/ stable main`,
      // None: apt has nothing to put there.
      `${sites[2] ?? ''}/ ./ $(COMPONENT)`,
    ]);
  });
});

testUnless(
  firstReason(needsPrograms('tar', 'ldd'), needsSandbox()),
  'keys lie where apt looks: during the build, and in the image',
  async () => {
    const profile = resolveIn(
      makeProject({
        'profiles/p.yml': `suite: bookworm
arch: amd64
repositories:
  - {name: armored, uri: "http://a.example.net", suite: stable, key: a.key}
  - {name: binary, uri: "http://b.example.net", suite: stable, key: b.key}
`,
        'profiles/a.key': '-----BEGIN PGP PUBLIC KEY BLOCK-----\n',
        'profiles/b.key': '\u0001\u0002',
      }),
    );
    const context = buildContext(profile);
    const umask = process.umask(0o077);
    await inSandbox(async (sandbox) => {
      const root = path.join(sandbox.tree, 'root');
      await sandbox.run(['/bin/sh', '-c', MAKE_ROOT, 'sh', root]);
      const show = async (script: string): Promise<string> =>
        (await sandbox.run(['/bin/sh', '-c', script], { cwd: root })).stdout;

      const signedBy = (): Promise<string> =>
        show(
          'cd etc/apt/sources.list.d && sed -n s/^Signed-By:.//p armored.sources binary.sources',
        );
      const keys = '/etc/apt/keyrings';

      await writeRepositories('for mmdebstrap', root, sandbox, context);
      // apt of the host reads them now.
      expect(await signedBy()).toBe(`${root}${keys}/armored.asc\n${root}${keys}/binary.gpg\n`);
      await writeRepositories('for the image', root, sandbox, context);
      expect(await signedBy()).toBe(`${keys}/armored.asc\n${keys}/binary.gpg\n`);
      expect(await show(`cat .${keys}/armored.asc`)).toContain('BEGIN PGP');
      expect(await show("find etc -type f -printf '%m %u %P\\n' | sort -k3")).toBe(
        `644 root apt/keyrings/armored.asc
644 root apt/keyrings/binary.gpg
644 root apt/sources.list.d/armored.sources
644 root apt/sources.list.d/binary.sources
`,
      );
      expect(await show('stat -c %a etc/apt/keyrings etc/apt/sources.list.d')).toBe('755\n755\n');
    }).finally(() => process.umask(umask));
  },
);
