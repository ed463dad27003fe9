import { accessSync, constants } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Architecture } from '../config/settings.ts';
import { startProcess } from '../host/start-process.ts';
import { EMULATORS } from './firmware.ts';

export interface Accelerator {
  readonly kind: 'kvm' | 'tcg';
  /** For people: why it is this one. */
  readonly why: string;
  /** How much longer everything may take than on hardware. */
  readonly slowness: number;
}

const HOST: Readonly<Record<string, Architecture>> = { x64: 'amd64', arm64: 'arm64' };
const EMULATED_SLOWNESS = 6;

/** mov al,42; out 0xf4,al; hlt — then zeros up to the mark of a boot sector. */
const CODE = [0xb0, 0x2a, 0xe6, 0xf4, 0xf4];
/** isa-debug-exit ends QEMU with twice the byte and one. */
const EXPECTED_EXIT = 2 * 0x2a + 1;
const PROBE_SECONDS = 5;

/**
 * KVM when it really works, else emulation. A /dev/kvm that can be opened may still hang every guest
 * (in a cloud's virtual machine), so a guest of five bytes is started first.
 * @param directory to work in
 */
export async function pickAccelerator(arch: Architecture, directory: string): Promise<Accelerator> {
  const emulation = (why: string): Accelerator => ({
    kind: 'tcg',
    why,
    slowness: EMULATED_SLOWNESS,
  });
  const host = HOST[process.arch];
  if (host !== arch) return emulation(`this machine is ${host ?? process.arch}, the image ${arch}`);
  try {
    accessSync('/dev/kvm', constants.R_OK | constants.W_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return emulation(
      code === 'ENOENT'
        ? 'this machine has no /dev/kvm'
        : 'no permission for /dev/kvm (sudo adduser $USER kvm)',
    );
  }
  // The probe is code for a PC. Elsewhere QEMU itself has to say.
  if (arch !== 'amd64') return { kind: 'kvm', why: '/dev/kvm', slowness: 1 };
  const works = await probe(directory);
  return works
    ? { kind: 'kvm', why: '/dev/kvm works', slowness: 1 }
    : emulation('/dev/kvm is there, but a guest that was started with it hung');
}

async function probe(directory: string): Promise<boolean> {
  const sector = Buffer.alloc(512);
  sector.set(CODE);
  sector.set([0x55, 0xaa], 510);
  const file = path.join(directory, 'kvm-probe');
  await writeFile(file, sector);
  const guest = startProcess(
    [
      ...[EMULATORS.amd64.command, '-accel', 'kvm', '-cpu', 'host', '-m', '16'],
      ...['-display', 'none', '-serial', 'none', '-monitor', 'none', '-nic', 'none'],
      ...['-device', 'isa-debug-exit,iobase=0xf4', '-boot', 'a'],
      ...['-drive', `if=floppy,format=raw,readonly=on,file=${file}`],
    ],
    { onOutput: () => undefined },
  );
  const timer = setTimeout(() => void guest.kill(), PROBE_SECONDS * 1000);
  const { exitCode } = await guest.ended;
  clearTimeout(timer);
  return exitCode === EXPECTED_EXIT;
}
