/** Reports of the kernel, 21 s apart: as many as no busy host explains. */
const STALLS = 5;

/**
 * Whether the kernel waits for a processor that does not run any more. QEMU's emulation of several
 * processors loses a timer now and then; it is no fault of the image.
 */
export function standsStill(console: string): boolean {
  return (console.match(/rcu: INFO: rcu_\w+ (self-)?detected stalls? on/g) ?? []).length >= STALLS;
}

/** What a console says when a boot has gone wrong, and how to say it to people. */
export interface BootProblem {
  readonly message: string;
  /** What the console itself says about the cause. */
  readonly details: readonly string[];
  /** Of systemd: a shell for the administrator, with root mounted and most units not started. */
  readonly isEmergency: boolean;
}

interface Symptom {
  readonly pattern: RegExp;
  readonly message: (match: RegExpExecArray) => string;
  /** Lines of the console that belong to it. */
  readonly evidence?: RegExp;
}

const EMERGENCY =
  /You are in emergency mode|Cannot open access to console, the root account is locked/;

/** The first that is found is the cause; what comes later in this list follows from it. */
const SYMPTOMS: readonly Symptom[] = [
  {
    pattern:
      /Security Violation|Verification failed: \(0x1A\)|bad shim signature|BdsDxe: failed to load[^\n]*Access Denied/i,
    message: () => 'Secure Boot refuses the boot loader or the kernel: it is not signed',
  },
  {
    pattern:
      /No bootable device|BdsDxe: No bootable option|BdsDxe: failed to load[^\n]*Not Found[\s\S]*Shell>/,
    message: () => 'the firmware finds no boot loader on the disk',
    evidence: /BdsDxe: (failed|No bootable)[^\n]*|Boot failed[^\n]*|No bootable device[^\n]*/g,
  },
  {
    pattern: /grub rescue>/,
    message: () => 'GRUB starts, but does not find its modules',
    evidence: /error: [^\n]*/g,
  },
  {
    pattern: /No key available with this passphrase[\s\S]*maximum number of tries exceeded/,
    message: () => 'the passphrase does not open the disk',
  },
  {
    pattern: /Gave up waiting for root (file system )?device|ALERT!\s+(\S+) does not exist/,
    message: () => 'the initramfs does not find the root file system',
    evidence: /ALERT!\s+[^\n]*/g,
  },
  {
    pattern: /Kernel panic - not syncing:[^\n]*/,
    message: ([line]) => `the kernel gives up: ${line.replace('Kernel panic - not syncing: ', '')}`,
    evidence: /(VFS: [^\n]*|Run \/init as init process|Failed to execute [^\n]*)/g,
  },
  {
    pattern: EMERGENCY,
    message: () => 'the boot ends in emergency mode',
    evidence:
      /(Timed out waiting for[^\n]*|Dependency failed for[^\n]*|Failed to (start|mount)[^\n]*)/g,
  },
  { pattern: /\(initramfs\) ?$/, message: () => 'the boot ends in a shell of the initramfs' },
];

/** The problem that a console tells of; undefined when it tells of none. */
export function diagnoseConsole(text: string): BootProblem | undefined {
  for (const { pattern, message, evidence } of SYMPTOMS) {
    const match = pattern.exec(text);
    if (match === null) continue;
    const details =
      evidence === undefined ? [] : [...text.matchAll(evidence)].map(([line]) => line);
    return {
      message: message(match),
      details: [...new Set(details)].slice(0, 8),
      isEmergency: pattern === EMERGENCY,
    };
  }
  return undefined;
}

/** What to ask a shell of the initramfs, in one line. */
export const INITRAMFS_QUESTION =
  // The quotes keep the echo of the question from being taken for the end of its answer.
  'cat /proc/cmdline; blkid; ls /sbin/lvm /sbin/mdadm /sbin/cryptsetup /usr/sbin/lvm /usr/sbin/mdadm /usr/sbin/cryptsetup; echo END-OF""-ANSWER';
export const END_OF_ANSWER = 'END-OF-ANSWER';

/** Layers that an initramfs needs a program for: type of blkid, program, Debian package. */
const LAYERS = [
  { type: 'LVM2_member', program: 'lvm', package: 'lvm2', name: 'LVM' },
  { type: 'linux_raid_member', program: 'mdadm', package: 'mdadm', name: 'software RAID' },
  { type: 'crypto_LUKS', program: 'cryptsetup', package: 'cryptsetup-initramfs', name: 'LUKS' },
] as const;

/** What the answer means. @param answer all that the shell printed */
export function explainInitramfs(answer: string): string[] {
  const explained: string[] = [];
  for (const layer of LAYERS) {
    const lies = new RegExp(`^(\\S+):.*TYPE="${layer.type}"`, 'm').exec(answer);
    const found = new RegExp(`^/(usr/)?sbin/${layer.program}$`, 'm').test(answer);
    if (lies !== null && !found) {
      explained.push(
        `${lies[1] ?? 'a device'} is part of ${layer.name}, and the initramfs has no ${layer.program} (package ${layer.package}, then update-initramfs)`,
      );
    }
  }
  const root = /\broot=(\S+)/.exec(answer)?.[1];
  if (root !== undefined && /^(UUID|PARTUUID|LABEL)=/.test(root)) {
    const [tag = '', value = ''] = root.split('=');
    // A PARTUUID is no UUID.
    if (!answer.includes(` ${tag}="${value}"`))
      explained.push(`the kernel was told root=${root}, and no device has that ${tag}`);
  }
  return explained;
}
