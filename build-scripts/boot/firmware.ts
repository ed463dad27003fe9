import type { Architecture } from '../config/settings.ts';
import type { HostTool } from '../host/tools.ts';

/** How a virtual machine starts. */
export const FIRMWARE = ['bios', 'uefi', 'secure-boot'] as const;
export type Firmware = (typeof FIRMWARE)[number];

export const FIRMWARE_NAMES: Readonly<Record<Firmware, string>> = {
  bios: 'BIOS',
  uefi: 'UEFI',
  'secure-boot': 'UEFI with Secure Boot',
};

/** Files of a UEFI for QEMU, and the Debian package that has them. */
export interface FirmwareFiles {
  readonly code: string;
  /** Variables, to be copied for each machine. */
  readonly variables: string;
  readonly package: string;
}

const OVMF = '/usr/share/OVMF';
const AAVMF = '/usr/share/AAVMF';

const FILES: Readonly<Record<Architecture, Partial<Record<Firmware, FirmwareFiles>>>> = {
  amd64: {
    uefi: {
      code: `${OVMF}/OVMF_CODE_4M.fd`,
      variables: `${OVMF}/OVMF_VARS_4M.fd`,
      package: 'ovmf',
    },
    // Microsoft's keys are enrolled, and Secure Boot is on.
    'secure-boot': {
      code: `${OVMF}/OVMF_CODE_4M.ms.fd`,
      variables: `${OVMF}/OVMF_VARS_4M.ms.fd`,
      package: 'ovmf',
    },
  },
  arm64: {
    uefi: {
      code: `${AAVMF}/AAVMF_CODE.fd`,
      variables: `${AAVMF}/AAVMF_VARS.fd`,
      package: 'qemu-efi-aarch64',
    },
    'secure-boot': {
      code: `${AAVMF}/AAVMF_CODE.ms.fd`,
      variables: `${AAVMF}/AAVMF_VARS.ms.fd`,
      package: 'qemu-efi-aarch64',
    },
  },
};

/** Undefined: QEMU brings it along. */
export function firmwareFiles(arch: Architecture, firmware: Firmware): FirmwareFiles | undefined {
  return FILES[arch][firmware];
}

export const EMULATORS: Readonly<Record<Architecture, HostTool>> = {
  amd64: { command: 'qemu-system-x86_64', package: 'qemu-system-x86' },
  arm64: { command: 'qemu-system-aarch64', package: 'qemu-system-arm' },
};

export const QEMU_IMG: HostTool = { command: 'qemu-img', package: 'qemu-utils' };
