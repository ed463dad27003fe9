import type { ResolvedService } from '../config/resolved-profile.ts';
import { CommandError, UserError } from '../host/errors.ts';
import type { Sandbox } from '../host/sandbox.ts';
import type { BuildContext } from './build-context.ts';

const PRESET_FILE = '/etc/systemd/system-preset/00-image.preset';

/**
 * Enables, disables and masks units with the image's own systemctl, and says so in a preset file.
 * @throws UserError naming unit and collection when a unit does not exist
 */
export async function applyServices(
  root: string,
  sandbox: Sandbox,
  context: BuildContext,
): Promise<void> {
  const { services } = context.profile;
  if (services.length === 0) return;
  await sandbox.runInRoot(
    root,
    ['/bin/sh', '-c', 'mkdir -p "${1%/*}"; cat >"$1"', 'sh', PRESET_FILE],
    { log: context.log, input: presetFile(services) },
  );
  for (const action of ['enable', 'disable', 'mask'] as const) {
    const chosen = services.filter((service) => service.action === action);
    if (chosen.length === 0) continue;
    const units = [...new Set(chosen.map(({ unit }) => unit))];
    const systemctl = (names: readonly string[]): Promise<unknown> =>
      sandbox.runInRoot(root, ['systemctl', '--no-reload', action, ...names], {
        log: context.log,
        env: { SYSTEMD_OFFLINE: '1' },
      });
    try {
      await systemctl(units);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      await blame(chosen, systemctl);
      throw error;
    }
  }
}

/**
 * systemd.preset(5): on a machine without /etc/machine-id systemd enables and disables all units anew,
 * and Proxmox VE, which removes that file from new containers, brings a 00-pve.preset.
 * The first line that names a unit counts there, and a unit that is disabled too stays so here.
 */
export function presetFile(services: readonly ResolvedService[]): string {
  const lines = (['disable', 'enable'] as const).flatMap((chosen) =>
    services
      .filter(({ action }) => action === chosen)
      .map(({ action, unit }) => `${action} ${unit}\n`),
  );
  return `# The services that the profile of this image enables and disables.\n${[...new Set(lines)].join('')}`;
}

/** Together they failed: find out which one it is. */
async function blame(
  services: readonly ResolvedService[],
  systemctl: (names: readonly string[]) => Promise<unknown>,
): Promise<void> {
  for (const { unit, action, collection } of services) {
    await systemctl([unit]).catch((error: unknown) => {
      const said = error instanceof CommandError ? (error.lastLines.at(-1) ?? '') : String(error);
      throw new UserError(`collection "${collection}" can not ${action} ${unit}: ${said}`, {
        hint: 'is the package that ships the unit among the packages? see `mkimage plan`',
        cause: error,
      });
    });
  }
}
