import path from 'node:path';
import { openBuildLog } from '../../build-scripts/host/build-log.ts';
import type { ResolvedProfile } from '../../build-scripts/config/resolved-profile.ts';
import type { BuildContext } from '../../build-scripts/rootfs/build-context.ts';
import { readSecrets } from '../../build-scripts/rootfs/read-secrets.ts';
import { temporaryFolder } from './project.ts';

/** What the steps of a build of this profile know, with a log that nobody reads. */
export function buildContext(profile: ResolvedProfile): BuildContext {
  return {
    profile,
    shellCommand: ['./mkimage', 'shell', profile.name],
    log: openBuildLog(path.join(temporaryFolder(), 'build.log')),
    values: readSecrets(profile).values,
    epoch: 1_795_129_200,
    seed: '5eed'.repeat(16),
    warn: () => undefined,
    note: () => undefined,
  };
}
