import type { Sandbox } from '../host/sandbox.ts';
import type { BuildLog } from '../host/build-log.ts';

export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  /** KiB, as dpkg estimates it. */
  readonly installedSize: number;
}

/** What dpkg says is installed, sorted by name. */
export async function installedPackages(
  root: string,
  sandbox: Sandbox,
  log: BuildLog,
): Promise<InstalledPackage[]> {
  const format =
    '${db:Status-Status}\\t${binary:Package}\\t${Version}\\t${Architecture}\\t${Installed-Size}\\n';
  const lines: string[] = [];
  await sandbox.run(
    ['dpkg-query', `--admindir=${root}/var/lib/dpkg`, '--show', `--showformat=${format}`],
    {
      log,
      capture: false,
      onLine: (line, stream) => {
        if (stream === 'stdout') lines.push(line);
      },
    },
  );
  return (
    lines
      .map((line) => line.split('\t'))
      // What was removed, but not purged.
      .filter(([status]) => status !== 'config-files')
      .map(([, name = '', version = '', architecture = '', size = '0']) => ({
        name: name.replace(/:.*/, ''),
        version,
        architecture,
        installedSize: Number(size),
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
  );
}
