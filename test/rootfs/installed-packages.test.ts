import path from 'node:path';
import { expect } from '@jest/globals';
import { openBuildLog } from '../../build-scripts/host/build-log.ts';
import { installedPackages } from '../../build-scripts/rootfs/installed-packages.ts';
import { firstReason, needsPrograms } from '../support/needs.ts';
import { needsSandbox } from '../support/needs-sandbox.ts';
import { inSandbox } from '../support/open-sandbox.ts';
import { temporaryFolder } from '../support/project.ts';
import { testUnless } from '../support/test-unless.ts';

const STATUS = `Package: zlib1g
Status: install ok installed
Architecture: amd64
Multi-Arch: same
Version: 1:1.2.13.dfsg-1
Installed-Size: 168

Package: removed
Status: deinstall ok config-files
Architecture: amd64
Version: 1.0
Installed-Size: 5

Package: adduser
Status: install ok installed
Architecture: all
Version: 3.134

`;

testUnless(
  firstReason(needsPrograms('dpkg-query'), needsSandbox()),
  'what dpkg has installed, sorted, without what has been removed',
  async () => {
    const log = openBuildLog(path.join(temporaryFolder(), 'build.log'));
    const packages = await inSandbox(async (sandbox) => {
      const root = path.join(sandbox.tree, 'root');
      await sandbox.run(['mkdir', '-p', `${root}/var/lib/dpkg/info`]);
      await sandbox.run(['tee', `${root}/var/lib/dpkg/status`], { input: STATUS });
      return installedPackages(root, sandbox, log);
    });
    expect(packages).toEqual([
      { name: 'adduser', version: '3.134', architecture: 'all', installedSize: 0 },
      { name: 'zlib1g', version: '1:1.2.13.dfsg-1', architecture: 'amd64', installedSize: 168 },
    ]);
  },
);
