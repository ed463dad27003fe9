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

/**
 * Code of a boot sector: mov ecx,100000000; dec ecx; jnz; mov al,42; out 0xf4,al; hlt. A processor
 * needs a tenth of a second for it.
 */
const CODE = [
  ...[0x66, 0xb9, 0x00, 0xe1, 0xf5, 0x05],
  ...[0x66, 0x49, 0x75, 0xfc],
  ...[0xb0, 0x2a, 0xe6, 0xf4, 0xf4],
];
/** isa-debug-exit ends QEMU with twice the byte and one. */
const EXPECTED_EXIT = 2 * 0x2a + 1;
const PROBE_SECONDS = 5;

/**
 * KVM when it really works, else emulation. In a cloud's virtual machine, a /dev/kvm that can be opened
 * may hang every guest, run each instruction a hundred times slower than emulation does, or lack the
 * mode that Secure Boot is guarded by. So a guest that counts is started first, with that mode.
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
  const problem = await probe(directory);
  return problem === undefined
    ? { kind: 'kvm', why: '/dev/kvm works', slowness: 1 }
    : emulation(`/dev/kvm is there, but ${problem}`);
}

/** @returns what is wrong with it; undefined when it works */
async function probe(directory: string): Promise<string | undefined> {
  const sector = Buffer.alloc(512);
  sector.set(CODE);
  sector.set([0x55, 0xaa], 510);
  const file = path.join(directory, 'kvm-probe');
  await writeFile(file, sector);
  let output = '';
  const guest = startProcess(
    [
      ...[EMULATORS.amd64.command, '-machine', 'pc,smm=on', '-accel', 'kvm', '-cpu', 'host'],
      ...['-m', '16'],
      ...['-display', 'none', '-serial', 'none', '-monitor', 'none', '-nic', 'none'],
      ...['-device', 'isa-debug-exit,iobase=0xf4', '-boot', 'a'],
      ...['-drive', `if=floppy,format=raw,readonly=on,file=${file}`],
    ],
    { onOutput: (text) => (output += text) },
  );
  const seen = { timeIsOver: false };
  const timer = setTimeout(() => {
    seen.timeIsOver = true;
    void guest.kill();
  }, PROBE_SECONDS * 1000);
  const { exitCode } = await guest.ended;
  clearTimeout(timer);
  if (exitCode === EXPECTED_EXIT) return undefined;
  if (seen.timeIsOver) return 'a guest that was started with it hung, or was far too slow';
  return `QEMU ends with it: ${output.trim().split('\n').at(-1) ?? ''}`;
}
