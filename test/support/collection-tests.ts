import type { Guest } from '../../build-scripts/boot/guest.ts';
import { runGuestTests } from '../../build-scripts/boot/guest-tests.ts';
import type { ImageManifest } from '../../build-scripts/boot/image.ts';
import { CollectionIndex } from '../../build-scripts/config/collection-index.ts';
import { DiagnosticList } from '../../build-scripts/config/diagnostics.ts';
import { searchPaths } from '../../build-scripts/config/search-paths.ts';
import { testsOf } from '../../build-scripts/test-image.ts';
import type { Container } from './container.ts';
import { project } from './needs.ts';

export interface CollectionTestResults {
  /** `base/tests/30-users` … */
  readonly ran: readonly string[];
  /** What the failed ones said. */
  readonly failures: readonly string[];
}

/** Runs the tests of an image's collections as `mkimage test` does, in a container of the tests. */
export async function collectionTests(
  container: Container,
  manifest: ImageManifest,
): Promise<CollectionTestResults> {
  const index = new CollectionIndex(searchPaths({ projectDir: project, workingDir: project }));
  const collections = index.all(new DiagnosticList());
  const guest: Pick<Guest, 'attempt'> = {
    async attempt(command) {
      const {
        exitCode = 255,
        stdout,
        stderr,
      } = await container.attempt(['sh', '-c', `exec 2>&1; ${command}`]);
      return { exitCode, output: `${stdout}${stderr}` };
    },
  };
  const results = await runGuestTests(guest, testsOf(manifest, collections, undefined), {
    access: undefined,
    slowness: 1,
    onTest: () => undefined,
  });
  return {
    ran: results.map(({ name }) => name),
    failures: results
      .filter(({ status }) => status === 'failed')
      .map(({ name, output }) => `${name}: ${output}`),
  };
}
