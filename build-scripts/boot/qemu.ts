import type { Architecture } from '../config/settings.ts';
import type { Accelerator } from './accelerator.ts';
import { EMULATORS, firmwareFiles, type Firmware } from './firmware.ts';

export interface QemuDisk {
  readonly file: string;
  /** As QEMU calls it. */
  readonly format: 'raw' | 'qcow2' | 'vpc' | 'vhdx' | 'vmdk';
  /** What the guest finds it by: /dev/disk/by-id/virtio-SERIAL. At most 20 characters. */
  readonly serial?: string;
  readonly readonly?: boolean;
}

export interface QemuRequest {
  readonly arch: Architecture;
  readonly firmware: Firmware;
  readonly accelerator: Accelerator;
  /** MiB. */
  readonly memory: number;
  readonly cpus: number;
  /** The first one is started from. */
  readonly disks: readonly QemuDisk[];
  /** A copy of the UEFI's variables, to be written to. */
  readonly variables: string;
  /** `none`: nothing is shown and the serial port is stdio. */
  readonly display: 'none' | 'terminal' | 'window';
  /** TCP port of 127.0.0.1 → port of the guest. */
  readonly forward?: { readonly host: number; readonly guest: number } | undefined;
  /** Whether the guest reaches the world. */
  readonly online: boolean;
  /** Socket that the guest's agent talks to; see agent.ts. */
  readonly agent?: string | undefined;
  /** Folder with a cloud-init seed: user-data, meta-data. */
  readonly cloudInit?: string | undefined;
}

const MACHINES: Readonly<Record<Architecture, string>> = { amd64: 'q35', arm64: 'virt' };

/** The command line of QEMU. Nothing is looked up: pure. */
export function qemuCommand(request: QemuRequest): string[] {
  const { arch, firmware, accelerator, display, disks } = request;
  const files = firmwareFiles(arch, firmware);
  const secure = firmware === 'secure-boot' && arch === 'amd64';
  const machine = [
    MACHINES[arch],
    ...(arch === 'amd64' ? [`smm=${secure ? 'on' : 'off'}`] : ['gic-version=max']),
    // Without a screen SeaBIOS, and GRUB with it, talk to the serial port.
    ...(display === 'window' ? [] : ['graphics=off']),
  ];
  return [
    EMULATORS[arch].command,
    ...['-machine', machine.join(','), ...acceleration(accelerator, arch)],
    ...['-smp', String(request.cpus), '-m', String(request.memory)],
    ...DISPLAYS[display],
    '-no-reboot',
    ...(files === undefined
      ? []
      : [
          ...['-drive', `if=pflash,format=raw,unit=0,readonly=on,file=${value(files.code)}`],
          ...['-drive', `if=pflash,format=raw,unit=1,file=${value(request.variables)}`],
        ]),
    ...(secure ? ['-global', 'driver=cfi.pflash01,property=secure,value=on'] : []),
    ...disks.flatMap(disk),
    ...['-device', 'virtio-rng-pci'],
    ...network(request),
    ...(request.agent === undefined
      ? []
      : [
          ...['-device', 'virtio-serial-pci'],
          ...['-chardev', `socket,id=agent,path=${value(request.agent)}`],
          ...['-device', `virtserialport,chardev=agent,name=${AGENT_PORT}`],
        ]),
    ...(request.cloudInit === undefined
      ? []
      : [
          '-drive',
          `if=virtio,readonly=on,format=raw,file.driver=vvfat,file.dir=${value(request.cloudInit)},file.label=CIDATA`,
        ]),
  ];
}

/** Name of the virtio port in the guest: /dev/virtio-ports/NAME. */
export const AGENT_PORT = 'mkimage.test';

/** Commas end a value in QEMU's options; two stand for one. */
const value = (text: string): string => text.replaceAll(',', ',,');

/**
 * What is emulated without KVM. Of arm64 a processor that there is: the signed pointers of `max` cost
 * as much as all the rest, and with QEMU 7.2 Debian 12's kernel hung in it once.
 */
const EMULATED = { amd64: 'max', arm64: 'neoverse-n1' } as const;

function acceleration({ kind }: Accelerator, arch: Architecture): string[] {
  return kind === 'kvm'
    ? ['-accel', 'kvm', '-cpu', 'host']
    : ['-accel', 'tcg,thread=multi', '-cpu', EMULATED[arch]];
}

const DISPLAYS: Readonly<Record<QemuRequest['display'], readonly string[]>> = {
  none: ['-display', 'none', '-monitor', 'none', '-serial', 'stdio'],
  terminal: ['-nographic'],
  window: ['-serial', 'mon:stdio'],
};

function disk(one: QemuDisk, index: number): string[] {
  const id = `disk${index}`;
  const drive = [
    `if=none,id=${id},format=${one.format},cache=unsafe,discard=unmap`,
    ...(one.readonly === true ? ['readonly=on'] : []),
    `file=${value(one.file)}`,
  ];
  const device = [
    `virtio-blk-pci,drive=${id}`,
    ...(one.serial === undefined ? [] : [`serial=${one.serial}`]),
    ...(index === 0 ? ['bootindex=1'] : []),
  ];
  return ['-drive', drive.join(','), '-device', device.join(',')];
}

function network({ forward, online }: QemuRequest): string[] {
  const user = [
    `user,id=net0,restrict=${online ? 'off' : 'on'}`,
    ...(forward === undefined ? [] : [`hostfwd=tcp:127.0.0.1:${forward.host}-:${forward.guest}`]),
  ];
  // Without its ROM the firmware does not try to start from the network.
  return ['-netdev', user.join(','), '-device', 'virtio-net-pci,netdev=net0,romfile='];
}
