import { readGrubDefaults } from '../configure/grub-defaults.ts';
import { efiArchitecture, hasSignedFiles } from '../configure/check-root.ts';
import type { RootFacts } from '../configure/inspect-root.ts';
import type { DiskPlan } from '../disk-plan.ts';
import type { ImageRoot } from '../image-root.ts';
import { installBios, type DiskWrite } from './bios.ts';
import {
  grubDevice,
  grubModules,
  grubUuid,
  pathForGrub,
  placeOfDirectory,
  rootArguments,
} from './boot-place.ts';
import { grubConfig, type SerialConsole } from './grub-config.ts';
import { installUefi } from './uefi.ts';

export interface BootLoaderRequest {
  readonly root: ImageRoot;
  readonly plan: DiskPlan;
  readonly facts: RootFacts;
  readonly serial?: SerialConsole | undefined;
}

export interface InstalledBootLoaders {
  /** What goes to the disk itself, once it is written: the BIOS boot code. */
  readonly writes: readonly DiskWrite[];
  /** Debian's signed shim and GRUB are in place. */
  readonly secureBoot: boolean;
}

/** Where the ESP is mounted in every layout. */
const ESP = '/boot/efi';

/** Installs GRUB for each firmware of the plan, and its menu. */
export async function installBootLoaders(
  request: BootLoaderRequest,
): Promise<InstalledBootLoaders> {
  const { root, plan, facts, serial } = request;
  const place = placeOfDirectory(plan, '/boot');
  const boot = {
    uuid: grubUuid(place),
    path: pathForGrub(place, '/boot'),
    device: grubDevice(plan, place),
    modules: grubModules(plan, place),
  };
  const defaults = await readGrubDefaults(root);
  const rootWords = rootArguments(placeOfDirectory(plan, '/'));
  await root.write(
    '/boot/grub/grub.cfg',
    grubConfig({
      uuid: boot.uuid,
      boot: boot.path,
      modules: boot.modules,
      kernels: facts.kernels,
      commandLine: [...rootWords, ...defaults.commandLine, ...defaults.normalCommandLine],
      recoveryCommandLine: [...rootWords, ...defaults.commandLine],
      timeout: defaults.timeout,
      serial: serial ?? defaults.serial,
      title: `${defaults.distributor} GNU/Linux`.trim(),
    }),
    '600',
  );

  const writes = plan.firmware.includes('bios') ? await installBios({ root, plan, boot }) : [];
  const arch = efiArchitecture(facts);
  if (!plan.firmware.includes('uefi') || arch === undefined) return { writes, secureBoot: false };
  const signed = hasSignedFiles(facts);
  await installUefi({ root, arch, esp: ESP, boot, signed });
  return { writes, secureBoot: signed };
}
