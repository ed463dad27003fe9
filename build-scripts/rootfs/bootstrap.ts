import { chmod, copyFile, mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import type { ResolvedProfile } from '../config/resolved-profile.ts';
import type { BuildLog } from '../host/build-log.ts';
import { formatBytes } from '../host/format.ts';
import { runCommand } from '../host/process.ts';
import type { Sandbox } from '../host/sandbox.ts';
import { scriptPath } from '../host/script-path.ts';
import type { EarlyPhase } from './install-steps.ts';
import { mmdebstrapCommand, usedPhases } from './mmdebstrap-command.ts';
import { bootstrapProgress } from './mmdebstrap-progress.ts';
import { withRepositoryCause } from './repository-cause.ts';

const MARKER = /^@@mkimage phase (\w+)$/;

export interface BootstrapRequest {
  readonly profile: ResolvedProfile;
  readonly sandbox: Sandbox;
  readonly log: BuildLog;
  /** Absolute path of the root tree in the sandbox; mmdebstrap creates it. */
  readonly root: string;
  /** Seconds since 1970, for everything that writes times. */
  readonly epoch: number;
  /** Called when mmdebstrap has reached a phase; mmdebstrap waits until it returns. */
  readonly onPhase: (phase: EarlyPhase) => Promise<void>;
  readonly onDetail: (text: string) => void;
  /** Called when the package lists are there; mmdebstrap does not wait. */
  readonly onLists?: (() => void) | undefined;
}

/**
 * Runs mmdebstrap. At each phase it stops and this process does the work of the phase, so that
 * hooks run the same way here and in stage two: with argv and environment, no shell in between.
 *
 * @throws CommandError when mmdebstrap fails
 * @throws what `onPhase` throws
 */
export async function bootstrap(request: BootstrapRequest): Promise<void> {
  const { profile, sandbox, log, root } = request;
  const phases = path.join(sandbox.stage, 'phases');
  await mkdir(phases);
  for (const phase of usedPhases(profile)) {
    await copyFile(scriptPath('../rootfs/phase-gate.sh'), path.join(phases, phase));
    await chmod(path.join(phases, phase), 0o755);
  }
  const answerPath = path.join(phases, 'answer');
  await runCommand(['mkfifo', '-m', '600', answerPath]);
  // Read and write: opening a FIFO so never waits for the other side.
  const answer = await open(answerPath, 'r+');
  const progress = bootstrapProgress(formatBytes);
  const proxy = profile.settings['apt-proxy'].value;
  let phaseFailure: { error: unknown } | undefined;

  const enterPhase = (phase: EarlyPhase): void => {
    request
      .onPhase(phase)
      .catch((error: unknown) => {
        phaseFailure = { error };
      })
      .then(() => answer.write(phaseFailure === undefined ? 'go\n' : 'stop\n'))
      .catch((error: unknown) => {
        phaseFailure ??= { error };
      });
  };

  try {
    await sandbox.run(mmdebstrapCommand(profile, { root, phases }), {
      log,
      capture: false,
      env: {
        LC_ALL: 'C.UTF-8',
        LANGUAGE: undefined,
        DEBIAN_FRONTEND: 'noninteractive',
        SOURCE_DATE_EPOCH: String(request.epoch),
        ...(proxy === undefined ? {} : { http_proxy: proxy, https_proxy: proxy }),
      },
      onLine(line) {
        const phase = MARKER.exec(line)?.[1];
        if (phase !== undefined) {
          enterPhase(phase as EarlyPhase);
          return;
        }
        if (line.startsWith('I: downloading packages')) request.onLists?.();
        const detail = progress.detail(line);
        if (detail !== undefined) request.onDetail(detail);
      },
    });
  } catch (error) {
    // mmdebstrap stopped because the phase failed: that is the story to tell.
    if (phaseFailure !== undefined) throw phaseFailure.error;
    throw withRepositoryCause(error, profile.settings.repositories.value);
  } finally {
    await answer.close();
  }
}
