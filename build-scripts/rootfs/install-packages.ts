import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Sandbox } from '../host/sandbox.ts';
import type { WantedFile } from './build-rootfs.ts';
import type { BuildContext } from './build-context.ts';
import { bootstrapProgress } from './mmdebstrap-progress.ts';
import { formatBytes } from '../host/format.ts';

export interface InstallRequest {
  /** Absolute path in the sandbox. */
  readonly root: string;
  readonly names: readonly string[];
  readonly sandbox: Sandbox;
  readonly context: BuildContext;
  readonly onDetail: (text: string) => void;
}

/**
 * Downloads packages and what they need for a root that exists. With the host's apt, as mmdebstrap
 * does: the image needs neither certificates nor keys for it, and nothing of it runs.
 * @param fill puts files that need not be downloaded into the archive folder
 * @throws CommandError
 */
export async function downloadPackages(
  request: InstallRequest,
  fill: (wanted: readonly WantedFile[]) => Promise<void> | undefined,
): Promise<void> {
  const { root, names, sandbox, context, onDetail } = request;
  const { profile, log } = context;
  const config = path.join(sandbox.stage, 'apt.conf');
  await writeFile(config, aptConfig(root, profile.settings.arch.value));
  const proxy = profile.settings['apt-proxy'].value;
  const env = {
    ...BUILD_ENVIRONMENT,
    APT_CONFIG: config,
    SOURCE_DATE_EPOCH: String(context.epoch),
    ...(proxy === undefined ? {} : { http_proxy: proxy, https_proxy: proxy }),
  };
  const apt = ['apt-get', '--yes', 'install'];
  const { stdout } = await sandbox.run([...apt, '--print-uris', '--quiet=2', '--', ...names], {
    log,
    env,
  });
  await fill(wantedFiles(stdout));
  const progress = bootstrapProgress(formatBytes);
  await sandbox.run([...apt, '--download-only', '--', ...names], {
    log,
    env,
    capture: false,
    onLine(line) {
      const detail = progress.detail(line);
      if (detail !== undefined) onDetail(detail);
    },
  });
}

/** Installs what was downloaded, with the apt of the image. @throws CommandError */
export async function installPackages(request: InstallRequest): Promise<void> {
  const { root, names, sandbox, context, onDetail } = request;
  const progress = bootstrapProgress(formatBytes);
  // What a package of this profile replaces leaves nothing behind.
  const apt = ['apt-get', '--yes', '--no-download', '-o', 'APT::Get::Purge=true', 'install'];
  await sandbox.runInRoot(root, [...apt, '--', ...names], {
    log: context.log,
    env: { ...BUILD_ENVIRONMENT, SOURCE_DATE_EPOCH: String(context.epoch) },
    capture: false,
    onLine(line) {
      const detail = progress.detail(line);
      if (detail !== undefined) onDetail(detail);
    },
  });
}

const BUILD_ENVIRONMENT = {
  LC_ALL: 'C.UTF-8',
  LANGUAGE: undefined,
  DEBIAN_FRONTEND: 'noninteractive',
} as const;

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

/** Of `apt-get --print-uris`: `'URI' FILE BYTES SHA256:HEX`; other lines and other hashes are left out. */
export function wantedFiles(printed: string): WantedFile[] {
  return printed.split('\n').flatMap((line) => {
    const [, name, sha256] = /^'[^']*' (\S+\.deb) \d+ SHA256:([0-9a-f]{64})$/.exec(line) ?? [];
    return name === undefined || sha256 === undefined ? [] : [{ name, sha256 }];
  });
}
