import {
  diagnoseConsole,
  END_OF_ANSWER,
  explainInitramfs,
  INITRAMFS_QUESTION,
  standsStill,
} from './diagnose.ts';
import { EmulatorFailure, GuestError } from './guest.ts';
import type { RunningMachine } from './running-machine.ts';

/** Nothing on the console for so long, in seconds on hardware: systemd waits 90 s for a device. */
const SILENCE_SECONDS = 110;
const INITRAMFS_PROMPT = /\(initramfs\) ?$/;

/**
 * Waits until commands can be run in the machine.
 * @param deadline ms since 1970
 * @throws GuestError when the boot has failed or hangs
 */
export async function waitForAgent(machine: RunningMachine, deadline: number): Promise<void> {
  const { console } = machine;
  let seen = console.position;
  for (let quiet = Date.now(); ;) {
    await console.until(
      () => machine.isReady() || machine.hasEnded() || console.position > seen,
      5,
    );
    if (machine.isReady()) return;
    machine.requireAlive();
    const problem = diagnoseConsole(console.text());
    // In emergency mode commands can be run a little later: they know more than the console.
    if (problem?.isEmergency === true && (await isReadySoon(machine))) return;
    if (problem !== undefined) throw await explained(machine, problem.message, problem.details);
    if (machine.isEmulated && standsStill(console.text())) {
      const { message, lastLines } = machine.failure('an emulated processor stands still');
      throw new EmulatorFailure(message, ['QEMU has lost a timer of it: try again'], lastLines);
    }
    if (machine.asksForPassphrase())
      throw machine.failure('the disk asks for a passphrase, and none was given', [
        'write it into a file: --passphrase-file FILE',
      ]);
    if (console.position > seen) {
      seen = console.position;
      quiet = Date.now();
    }
    if (Date.now() - quiet > machine.limit(SILENCE_SECONDS) * 1000 || Date.now() > deadline)
      throw await explained(machine, 'the boot hangs', []);
  }
}

/**
 * Waits until systemd has nothing more to do. Commands can be run from early on: they say what the
 * boot still waits for.
 * @returns `running` or `degraded`
 */
export async function waitForState(machine: RunningMachine, deadline: number): Promise<string> {
  for (;;) {
    const outcome = await machine.ask('systemctl is-system-running', 30);
    machine.requireAlive();
    const state = outcome?.output ?? '';
    if (/^(running|degraded)$/.test(state)) return state;
    if (state === 'maintenance') {
      throw machine.failure('the boot ends in emergency mode', [
        ...(await whatWasMissing(machine)),
        ...(await failedUnits(machine)),
      ]);
    }
    if (Date.now() > deadline) {
      const jobs = await machine.ask('systemctl list-jobs --no-legend --no-pager', 30);
      throw machine.failure('the boot does not come to an end', [
        ...(jobs?.output ?? '').split('\n').map((line) => `still waits: ${line.trim()}`),
        ...(await failedUnits(machine)),
      ]);
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

async function isReadySoon(machine: RunningMachine): Promise<boolean> {
  return machine.console.until(() => machine.isReady(), machine.limit(20));
}

/** Devices and what depends on them, by their full names; the console has them shortened. */
async function whatWasMissing(machine: RunningMachine): Promise<string[]> {
  const outcome = await machine.ask(
    "journalctl --boot --no-pager --output=cat | grep -E '^(Timed out waiting for device|Dependency failed for|Failed to mount) ' | head -n 8",
    30,
  );
  return (outcome?.output ?? '').split('\n').filter((line) => line !== '');
}

async function failedUnits(machine: RunningMachine): Promise<string[]> {
  const outcome = await machine.ask('systemctl --failed --no-legend --plain', 30);
  const lines = (outcome?.output ?? '').split('\n').filter((line) => line !== '');
  return lines.map((line) => `failed: ${line}`);
}

/** With what a shell of the initramfs says, when the boot has ended in one. */
async function explained(
  machine: RunningMachine,
  message: string,
  details: readonly string[],
): Promise<GuestError> {
  const { console } = machine;
  const isShell = await console.until(
    () => INITRAMFS_PROMPT.test(console.text()),
    machine.limit(5),
  );
  const failure = machine.failure(message, details);
  if (!isShell) return failure;
  const from = console.position;
  machine.write(`${INITRAMFS_QUESTION}\r`);
  await console.until(() => console.text(from).includes(END_OF_ANSWER), machine.limit(10));
  const causes = explainInitramfs(console.text(from));
  return new GuestError(message, [...details, ...causes], failure.lastLines);
}
