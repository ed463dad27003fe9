import path from 'node:path';
import { digest, treeInputs } from './cache/inputs.ts';
import { runCommand } from './host/process.ts';

/** Packages of the host whose versions may make a difference to an image. */
const HOST_PACKAGES = ['mmdebstrap', 'apt', 'dpkg', 'tar'] as const;

/**
 * This program, by the content of its sources, and the tools of the host: name → version. Another
 * version of any of them may make another image of the same profile.
 */
export async function buildTools(projectDir: string): Promise<Map<string, string>> {
  const sources = treeInputs(path.join(projectDir, 'build-scripts'), 'build-scripts');
  const tools = new Map([
    ['mkimage', digest([...sources])],
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
