import { mkdtemp, rm, copyFile, mkdir, readFile, stat, writeFile, cp } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { nspawnCommand } from '../boot/container.ts';
import { FIRMWARE_NAMES, firmwareFiles, type Firmware } from '../boot/firmware.ts';
import type { BootImage } from '../boot/image.ts';
import { requirePort } from '../boot/port.ts';
import { makeEmptyDisk, makeOverlay, unwrapDisk, virtualSize } from '../boot/prepare-disk.ts';
import { qemuCommand } from '../boot/qemu.ts';
import { withCleanup } from '../host/cleanup.ts';
import { UserError } from '../host/errors.ts';
import { runInteractive } from '../host/process.ts';
import { openSandbox } from '../host/sandbox.ts';
import { unpackRoot } from '../host/unpack-root.ts';
import { workBase } from '../host/workspace.ts';
import { acceleratorPicker, firmwareOf, requireHost } from '../test-image.ts';
import { findTarget, MACHINE, type TargetArguments } from './boot-targets.ts';

export interface BootArguments extends TargetArguments {
  readonly target: string;
  readonly graphic?: boolean | undefined;
  /** TCP port of this host that leads to the ssh server of the machine. */
  readonly ssh?: number | undefined;
  readonly diskSize?: string | undefined;
  readonly secondDisk?: boolean | undefined;
  readonly secureBoot?: boolean | undefined;
  readonly cloudInit?: string | undefined;
}

/**
 * `mkimage boot`: starts an image for a person, on a copy that is thrown away.
 * @returns the exit code of QEMU or the container
 */
export async function boot(args: BootArguments): Promise<number> {
  const { images } = findTarget(args.target, args);
  const [image] = images;
  if (image === undefined) throw new Error('no image');
  const workdir = await workBase(args.workdir);
  return withCleanup(async (defer, signal) => {
    if (image.kind === 'root') {
      requireHost(image, []);
      refuseMachineOptions(args);
      const sandbox = await openSandbox({ workdir: args.workdir, signal });
      defer(() => sandbox.close());
      const root = path.join(sandbox.tree, 'root');
      say(`unpacking ${path.basename(image.file)} …`);
      await unpackRoot(image.file, root, sandbox);
      say(
        'this container has no network, and is thrown away when it ends: poweroff inside, or three times Ctrl-]',
      );
      return sandbox.interactive(nspawnCommand(root, 'interactive'));
    }
    const firmware = await chosenFirmware(image, args, workdir);
    requireHost(image, [firmware]);
    if (args.ssh !== undefined) await requirePort(args.ssh);
    const directory = await mkdtemp(path.join(workdir, 'mkimage-boot-'));
    defer(() => rm(directory, { recursive: true, force: true }));
    const accelerator = await acceleratorPicker(workdir)(image);
    if (accelerator === undefined) throw new Error('a machine has an accelerator');
    const base = await unwrapDisk(image.file, directory, signal);
    const disk = await makeOverlay(base, path.join(directory, 'disk.qcow2'), args.diskSize);
    const second =
      args.secondDisk === true
        ? [await makeEmptyDisk(path.join(directory, 'second.qcow2'), await virtualSize(disk.file))]
        : [];
    const variables = path.join(directory, 'uefi-variables.fd');
    const files = firmwareFiles(image.arch, firmware);
    if (files !== undefined) await copyFile(files.variables, variables);
    const cloudInit =
      args.cloudInit === undefined ? undefined : await cloudInitSeed(args.cloudInit, directory);
    const guestPort = image.manifest?.options['ssh.port']?.value;
    const command = qemuCommand({
      arch: image.arch,
      firmware,
      accelerator,
      memory: args.memory ?? MACHINE.memory,
      cpus: args.cpus ?? MACHINE.cpus,
      disks: [disk, ...second],
      variables,
      display: args.graphic === true ? 'window' : 'terminal',
      online: true,
      forward:
        args.ssh === undefined
          ? undefined
          : { host: args.ssh, guest: typeof guestPort === 'number' ? guestPort : 22 },
      cloudInit,
    });
    say(
      `${image.name}, ${image.format}, ${FIRMWARE_NAMES[firmware]}, ` +
        (accelerator.kind === 'kvm' ? 'with KVM' : `emulated: ${accelerator.why}`),
    );
    if (args.ssh !== undefined) {
      say(
        `ssh: ssh -p ${args.ssh} -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null ${userOf(image)}@127.0.0.1`,
      );
    }
    if (args.graphic !== true) {
      say('what it writes is thrown away; to end it: poweroff inside, or Ctrl-A X');
      if (image.manifest?.options['bootable.serial-console']?.value === false) {
        say(
          'note: this image has no console on the serial port: after the boot menu nothing is seen here.\n' +
            '      --graphic opens a window; bootable.serial-console: true in the profile changes it',
        );
      }
    }
    return runInteractive(command, { env: { TMPDIR: directory }, signal });
  });
}

const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

function refuseMachineOptions(args: BootArguments): void {
  const given = (
    [
      ['graphic', '--graphic'],
      ['ssh', '--ssh'],
      ['diskSize', '--disk-size'],
      ['secondDisk', '--second-disk'],
      ['secureBoot', '--secure-boot'],
      ['cloudInit', '--cloud-init'],
      ['firmware', '--firmware'],
    ] as const
  ).find(([name]) => args[name] !== undefined);
  if (given === undefined) return;
  throw new UserError(`${given[1]} is for machines, and this is a container`, {
    hint: 'mkimage shell opens a shell in one without booting it',
  });
}

async function chosenFirmware(
  image: BootImage,
  args: BootArguments,
  workdir: string,
): Promise<Firmware> {
  if (args.secureBoot === true) return 'secure-boot';
  if (args.firmware !== undefined) return args.firmware;
  const [best = 'bios'] = await firmwareOf(image, workdir);
  return best;
}

/** Who may log in, as far as the manifest knows. */
function userOf({ manifest }: BootImage): string {
  const ansible = manifest?.options['ansible.user']?.value;
  return typeof ansible === 'string' ? ansible : 'USER';
}

/**
 * A NoCloud seed: a folder with user-data and meta-data, or a file that is the user-data.
 * @throws UserError
 */
async function cloudInitSeed(given: string, directory: string): Promise<string> {
  const seed = path.join(directory, 'cidata');
  const info = await stat(given).catch((error: unknown) => {
    throw new UserError(`the cloud-init seed can not be read: ${(error as Error).message}`);
  });
  if (info.isDirectory()) {
    await cp(given, seed, { recursive: true });
  } else {
    await mkdir(seed);
    await writeFile(path.join(seed, 'user-data'), await readFile(given));
  }
  const meta = path.join(seed, 'meta-data');
  if (!existsSync(meta)) await writeFile(meta, 'instance-id: mkimage-boot\n');
  return seed;
}
