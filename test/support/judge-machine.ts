import { expect } from '@jest/globals';
import type { Machine } from './virtual-machine.ts';

/**
 * What has to hold in every booted machine, by the judgement of its own tools.
 * @param mounts mount point → type
 */
export async function expectHealthy(
  machine: Machine,
  mounts: Readonly<Record<string, string>>,
): Promise<void> {
  // With what they have to say: a failure may not come again.
  const failed = await machine.run(
    'failed=$(systemctl --failed --no-legend --plain | cut -d " " -f 1); [ -z "$failed" ] || systemctl status --no-pager --full $failed || :',
  );
  expect(failed).toBe('');
  expect(machine.state).toBe('running');

  // All of fstab by UUID, each mounted from there.
  const fstab = await machine.run("grep -v '^#' /etc/fstab");
  const lines = fstab.split('\n').map((line) => line.split(/\s+/));
  const wanted: Record<string, string> = {};
  for (const [, mount = '', type = ''] of lines) if (type !== 'swap') wanted[mount] = type;
  expect(wanted).toEqual(mounts);
  for (const [source = ''] of lines) expect(source).toMatch(/^(UUID=|\/dev\/mapper\/)/);
  for (const [mount, type] of Object.entries(mounts))
    expect(await machine.run(`findmnt -n -o FSTYPE --mountpoint ${mount}`)).toBe(type);
  expect(await machine.run('findmnt --verify --verbose | tail -n 1')).toMatch(/^(Success|0 parse)/);
  const swaps = await machine.run('swapon --noheadings --show=NAME,TYPE');
  expect(swaps === '' ? 0 : swaps.split('\n').length).toBe(
    lines.filter(([, , type]) => type === 'swap').length,
  );

  // What the kernel has to complain about file systems and devices; not about its configuration.
  const complaints = await machine.run(
    "journalctl -k -q -p warning --no-pager -o cat | grep -E '^(EXT4-fs|BTRFS|FAT-fs|md|device-mapper|dm-|I/O error|Buffer I/O)' | grep -v CONFIG_ || true",
  );
  expect(complaints).toBe('');
}

/** Physical and logical volumes, and what the metadata says. */
export async function expectHealthyLvm(machine: Machine, group: string): Promise<void> {
  expect(await machine.run('pvs --noheadings -o vg_name')).toBe(`  ${group}`);
  expect(await machine.run(`vgck --verbose ${group} 2>&1`)).not.toMatch(/error|corrupt|warn/i);
  for (const device of (await machine.run('pvs --noheadings -o pv_name')).split('\n'))
    expect(await machine.run(`pvck ${device}`)).not.toMatch(/error|corrupt|warn/i);
}

/** Reads everything of the btrfs that is mounted there. */
export async function expectScrubbed(machine: Machine, mount: string): Promise<void> {
  const report = await machine.run(`btrfs scrub start -B ${mount}`, 300);
  expect(report).toMatch(/^Error summary:\s+no errors found$/m);
}

/** `[UU]`, `[U_]`, `[U]` of an array in /proc/mdstat. */
export async function arrayState(machine: Machine, name: string): Promise<string> {
  const device = await machine.run(`basename "$(readlink -f /dev/md/${name})"`);
  const text = await machine.run(`grep -A 1 "^${device} :" /proc/mdstat`);
  return /\[[U_]+\]/.exec(text)?.[0] ?? text;
}

/** Of the root: snapper is configured and can compare a snapshot with what is there now. */
export async function expectSnapshots(machine: Machine): Promise<void> {
  const list = 'snapper --csvout list --columns number,type';
  expect(await machine.run(list)).toMatch(/^number,type\n0,single/);
  const number = await machine.run('snapper create --print-number --description test');
  await machine.run('touch /etc/later');
  expect(await machine.run(`snapper status ${number}..0`)).toMatch(/^\+\.+ \/etc\/later$/m);
  await expectScrubbed(machine, '/');
}
