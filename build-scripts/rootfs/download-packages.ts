import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { formatBytes } from '../host/format.ts';
import { APT_ENVIRONMENT, type InstallRequest } from './install-packages.ts';
import { bootstrapProgress } from './mmdebstrap-progress.ts';

/** A package file as apt wants it. */
export interface WantedFile {
  /** In the archive folder. */
  readonly name: string;
  readonly uri: string;
  /** As apt writes it: algorithm and hex, `SHA256:0123…`. */
  readonly hash: string;
}

/** Of package apt, on every Debian; see apt-helper(8). */
const APT_HELPER = '/usr/lib/apt/apt-helper';

/**
 * Downloads packages and what they need for a root that exists. The root's apt says which they are, as
 * it reads the package lists anyway to install them; the host's fetches them, as mmdebstrap does: so
 * the image needs no certificates for it.
 * @param archives the archive folder
 * @param fill puts files that need not be downloaded there, and returns their names
 * @throws CommandError
 */
export async function downloadPackages(
  request: InstallRequest,
  archives: string,
  fill: (wanted: readonly WantedFile[]) => Promise<ReadonlySet<string>>,
): Promise<void> {
  const { root, names, sandbox, context, onDetail } = request;
  const { profile, log } = context;
  // By itself it prints MD5, which protects nobody, and by which nothing is found in the pool.
  const hash = ['-o', 'Acquire::ForceHash=SHA256'];
  const print = [
    'apt-get',
    '--yes',
    '--quiet=2',
    ...hash,
    '--print-uris',
    'install',
    '--',
    ...names,
  ];
  const { stdout } = await sandbox.runInRoot(root, print, { log, env: APT_ENVIRONMENT });
  const wanted = wantedFiles(stdout);
  const filled = await fill(wanted);
  const missing = wanted.filter(({ name }) => !filled.has(name));
  if (missing.length === 0) return;
  const config = path.join(sandbox.stage, 'apt.conf');
  await writeFile(config, aptConfig(root, profile.settings.arch.value));
  const proxy = profile.settings['apt-proxy'].value;
  const progress = bootstrapProgress(formatBytes);
  const files = missing.flatMap(({ uri, name, hash }) => [uri, path.join(archives, name), hash]);
  await sandbox.run([APT_HELPER, 'download-file', ...files], {
    log,
    logCommand: ['apt-helper', 'download-file', ...missing.map(({ uri }) => uri)],
    env: {
      ...APT_ENVIRONMENT,
      APT_CONFIG: config,
      ...(proxy === undefined ? {} : { http_proxy: proxy, https_proxy: proxy }),
    },
    capture: false,
    onLine(line) {
      const detail = progress.detail(line);
      if (detail !== undefined) onDetail(detail);
    },
  });
}

/**
 * apt.conf(5) for a root that is not /, read before the configuration of the root itself. The keys are
 * the host's; who downloads is root, as the folders belong to nobody else in a user namespace.
 */
export function aptConfig(root: string, arch: string): string {
  return [
    `Apt::Architecture "${arch}";`,
    `Apt::Architectures "${arch}";`,
    `Dir "${root}";`,
    `Dir::State::Status "${root}/var/lib/dpkg/status";`,
    'Dir::Etc::Trusted "/etc/apt/trusted.gpg";',
    'Dir::Etc::TrustedParts "/etc/apt/trusted.gpg.d/";',
    'APT::Sandbox::User "root";',
    '',
  ].join('\n');
}

/** Of `apt-get --print-uris`: `'URI' FILE BYTES HASH`; other lines are left out. */
export function wantedFiles(printed: string): WantedFile[] {
  return printed.split('\n').flatMap((line) => {
    const [, uri, name, hash] = /^'([^']*)' (\S+\.deb) \d+ (\S*)$/.exec(line) ?? [];
    if (uri === undefined || name === undefined || hash === undefined) return [];
    // Of file: it would make a link, which leads nowhere inside the image.
    return [{ name, uri: uri.replace(/^file:/, 'copy:'), hash }];
  });
}
