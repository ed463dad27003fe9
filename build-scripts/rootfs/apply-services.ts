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
  const chosen = ACTIONS.map((action) => {
    const units = services.filter((service) => service.action === action).map(({ unit }) => unit);
    return [action, ...new Set(units)];
  }).filter(([, ...units]) => units.length > 0);
  const options = { log: context.log, env: { SYSTEMD_OFFLINE: '1' } };
  const script = ['/bin/sh', '-efuc', APPLY, 'sh', PRESET_FILE];
  const separated = chosen.flatMap((words) => [...words, ';']);
  try {
    // All at once: each entry into the root takes its time.
    await sandbox.runInRoot(root, [...script, ...separated], {
      ...options,
      input: presetFile(services),
      logCommand: ['chroot', root, ...chosen.flatMap((words) => ['systemctl', ...words])],
    });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    await blame(services, (action, unit) =>
      sandbox.runInRoot(root, ['systemctl', '--no-reload', action, unit], options),
    );
    throw error;
  }
}

const ACTIONS = ['enable', 'disable', 'mask'] as const;

/** Writes stdin to a file, and calls systemctl with the words up to each `;`. */
const APPLY = `mkdir -p "\${1%/*}"
cat >"$1"
shift
words=
for word; do
  if [ "$word" != ";" ]; then words="$words $word"; continue; fi
  systemctl --no-reload $words
  words=
done`;

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
  systemctl: (action: string, unit: string) => Promise<unknown>,
): Promise<void> {
  for (const { unit, action, collection } of services) {
    await systemctl(action, unit).catch((error: unknown) => {
      const said = error instanceof CommandError ? (error.lastLines.at(-1) ?? '') : String(error);
      throw new UserError(`collection "${collection}" can not ${action} ${unit}: ${said}`, {
        hint: 'is the package that ships the unit among the packages? see `mkimage plan`',
        cause: error,
      });
    });
  }
}
