import type { Sandbox } from '../host/sandbox.ts';
import type { BuildContext } from './build-context.ts';
import { bootstrapProgress } from './mmdebstrap-progress.ts';
import { formatBytes } from '../host/format.ts';

/** Of every apt in a root. */
export const APT_ENVIRONMENT = {
  LC_ALL: 'C.UTF-8',
  LANGUAGE: undefined,
  DEBIAN_FRONTEND: 'noninteractive',
} as const;

export interface InstallRequest {
  /** Absolute path in the sandbox. */
  readonly root: string;
  readonly names: readonly string[];
  readonly sandbox: Sandbox;
  readonly context: BuildContext;
  readonly onDetail: (text: string) => void;
}

/** Installs what was downloaded, with the apt of the image. @throws CommandError */
export async function installPackages(request: InstallRequest): Promise<void> {
  const { root, names, sandbox, context, onDetail } = request;
  const progress = bootstrapProgress(formatBytes);
  // What a package of this profile replaces leaves nothing behind.
  const apt = ['apt-get', '--yes', '--no-download', '-o', 'APT::Get::Purge=true', 'install'];
  await sandbox.runInRoot(root, [...apt, '--', ...names], {
    log: context.log,
    env: { ...APT_ENVIRONMENT, SOURCE_DATE_EPOCH: String(context.epoch) },
    capture: false,
    onLine(line) {
      const detail = progress.detail(line);
      if (detail !== undefined) onDetail(detail);
    },
  });
}
