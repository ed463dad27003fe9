import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { digest, treeInputs } from './cache/inputs.ts';
import { runCommand } from './host/process.ts';

/** Packages of the host whose versions may make a difference to an image. */
const HOST_PACKAGES = ['mmdebstrap', 'apt', 'dpkg', 'tar'] as const;

/**
 * This program, by its content, and the tools of the host: name → version. Another version of any of
 * them may make another image of the same profile.
 */
export async function buildTools(projectDir: string): Promise<Map<string, string>> {
  const tools = new Map([
    ['mkimage', programDigest(projectDir)],
    ['node', process.versions.node],
  ]);
  const { stdout } = await runCommand(
    ['dpkg-query', '--show', '--showformat=${Package}\\t${Version}\\n', ...HOST_PACKAGES],
    { allowExitCodes: [0, 1] },
  );
  for (const line of stdout.split('\n')) {
    const [name = '', version] = line.split('\t');
    if (version !== undefined) tools.set(name, version);
  }
  return tools;
}

/** A bundle has a hash of its code in its name; the scripts that it starts are beside the sources. */
function programDigest(projectDir: string): string {
  const own = fileURLToPath(import.meta.url);
  const isBundle = /-[0-9A-Z]{8}\.cjs$/.test(own);
  const sources = treeInputs(
    path.join(projectDir, 'build-scripts'),
    'build-scripts',
    (file) => isBundle && file.endsWith('.ts'),
  );
  return digest(isBundle ? path.basename(own) : 'sources', [...sources]);
}
