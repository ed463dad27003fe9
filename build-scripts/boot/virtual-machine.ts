import { diagnoseConsole } from './diagnose.ts';
import { agentArguments } from './agent.ts';
import { BootMenuError, GarbledMenuError } from './grub-prompt.ts';
import { bootWithArguments, showsMenu } from './grub.ts';
import { COMMAND_SECONDS, EmulatorFailure, type Guest } from './guest.ts';
import { RunningMachine, type MachineOptions } from './running-machine.ts';
import { waitForAgent, waitForState } from './watch-boot.ts';

/** Seconds on hardware: until the boot menu, and until the boot is over. */
const MENU_SECONDS = 20;
const BOOT_SECONDS = 120;

/**
 * Boots a machine and waits until its boot is over: through its firmware and its own boot menu, where
 * arguments are added that give us a serial console and a root shell (see agentArguments).
 * @throws GuestError that says how it failed to boot; PowerCut
 */
export async function bootMachine(options: MachineOptions): Promise<Guest> {
  try {
    return await bootOnce(options);
  } catch (error) {
    if (!(error instanceof EmulatorFailure)) throw error;
    options.onConsole?.(`\n-- ${error.message}: started again\n`);
    return bootOnce(options);
  }
}

async function bootOnce(options: MachineOptions): Promise<Guest> {
  const machine = await RunningMachine.start(options);
  try {
    const deadline = Date.now() + machine.limit(BOOT_SECONDS) * 1000;
    await passBootMenu(machine, options);
    await waitForAgent(machine, deadline);
    const state = await waitForState(machine, deadline);
    return guestOf(machine, state);
  } catch (error) {
    await machine.stop();
    throw error;
  }
}

const SERIAL_PORTS = { amd64: 'ttyS0,115200', arm64: 'ttyAMA0' } as const;

async function passBootMenu(
  machine: RunningMachine,
  { arch, firmware }: MachineOptions,
): Promise<void> {
  const { console } = machine;
  const isThere = await console.until(
    () => machine.hasEnded() || showsMenu(console) || diagnoseConsole(console.text()) !== undefined,
    machine.limit(MENU_SECONDS),
  );
  machine.requireAlive();
  const problem = showsMenu(console) ? undefined : diagnoseConsole(console.text());
  if (problem !== undefined) throw machine.failure(problem.message, problem.details);
  // A BIOS runs whatever the first sector has, zeros too.
  if (!isThere && /Booting from Hard Disk\.\.\.\s*$/.test(console.text()))
    throw machine.failure('the disk has no boot loader that works', [
      'the firmware has started the code in its first sector, and nothing came of it',
    ]);
  try {
    if (!isThere) throw new BootMenuError('no boot menu of GRUB was seen on the serial port');
    const added = agentArguments(SERIAL_PORTS[arch]);
    await bootWithArguments(console, machine.write, added, firmware);
  } catch (error) {
    machine.requireAlive();
    if (!(error instanceof BootMenuError)) throw error;
    const failure = machine.failure(`the tests can not get into the machine: ${error.message}`);
    if (!(error instanceof GarbledMenuError)) throw failure;
    throw new EmulatorFailure(failure.message, failure.details, failure.lastLines);
  }
}

function guestOf(machine: RunningMachine, state: string): Guest {
  return {
    kind: 'machine',
    bootSeconds: machine.elapsed(),
    state,
    async attempt(command, seconds = COMMAND_SECONDS) {
      machine.requireAlive();
      const outcome = await machine.ask(command, seconds);
      machine.requireAlive();
      if (outcome === undefined) throw machine.failure(`the machine does not answer: ${command}`);
      return outcome;
    },
    async powerOff() {
      if (machine.hasEnded()) return;
      void machine.ask('systemctl poweroff', 60);
      if (await machine.console.until(() => machine.hasEnded(), machine.limit(60))) return;
      await machine.stop();
      throw machine.failure('the machine does not power off');
    },
    stop: () => machine.stop(),
  };
}
