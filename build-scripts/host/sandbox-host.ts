import { readFileSync } from 'node:fs';
import os from 'node:os';
import { UserError } from './errors.ts';
import { findProgram } from './find-program.ts';

/** Ids a Debian system inside a user namespace needs: 0 to 65535 (nobody is 65534). */
const IDS_NEEDED = 65536;
/** Where Debian's adduser starts to give out such ranges (SUB_UID_MIN in login.defs). */
const FIRST_ID = 100_000;

/** Something on this host that stops the sandbox from working. */
export interface HostProblem {
  readonly problem: string;
  /** The Debian package that helps. */
  readonly package?: string;
  readonly hint: string;
}

/** Where to look; tests hand in their own. */
export interface HostView {
  readonly isRoot: boolean;
  /** User name and numeric id, the two ways /etc/subuid names a user. */
  readonly user: { readonly name: string; readonly id: number };
  readonly hasProgram: (command: string) => boolean;
  /** The text of a file, or undefined when there is none. */
  readonly read: (file: string) => string | undefined;
}

const thisHost: HostView = {
  isRoot: process.geteuid?.() === 0,
  get user() {
    return currentUser();
  },
  hasProgram: (command) => findProgram(command) !== undefined,
  read(file) {
    try {
      return readFileSync(file, 'utf8');
    } catch {
      return undefined;
    }
  },
};

function currentUser(): { name: string; id: number } {
  try {
    const { username, uid } = os.userInfo();
    return { name: username, id: uid };
  } catch {
    // A uid without an entry in /etc/passwd, as in some containers.
    const id = process.geteuid?.() ?? 0;
    return { name: String(id), id };
  }
}

/** Everything this host lacks for a sandbox; empty when it will work as far as one can tell. */
export function checkSandboxHost(host: HostView = thisHost): HostProblem[] {
  const tools = [
    { command: 'unshare', package: 'util-linux' },
    { command: 'nsenter', package: 'util-linux' },
    { command: 'mount', package: 'mount' },
    ...(host.isRoot
      ? []
      : [
          { command: 'newuidmap', package: 'uidmap' },
          { command: 'newgidmap', package: 'uidmap' },
        ]),
  ];
  const problems: HostProblem[] = tools
    .filter(({ command }) => !host.hasProgram(command))
    .map(({ command, package: name }) => ({
      problem: `${command} is not installed`,
      package: name,
      hint: `apt install ${name}`,
    }));
  return host.isRoot ? problems : [...problems, ...checkIds(host), ...checkKernel(host)];
}

function checkIds(host: HostView): HostProblem[] {
  const { name, id } = host.user;
  const files = ['/etc/subuid', '/etc/subgid'].map((file) => ({
    file,
    // See subuid(5): owner:first:count
    ranges: (host.read(file) ?? '').split('\n').map((line) => line.split(':')),
  }));
  // Beyond everybody's ranges, so that two users never share ids.
  const ends = files.flatMap(({ ranges }) =>
    ranges.map(([, first, count]) => Number(first ?? 0) + Number(count ?? 0)),
  );
  const first = Math.max(FIRST_ID, ...ends.filter(Number.isInteger));
  const range = `${first}-${first + IDS_NEEDED - 1}`;
  return files
    .filter(
      ({ ranges }) =>
        !ranges.some(
          ([owner, , count]) =>
            (owner === name || owner === String(id)) && Number(count) >= IDS_NEEDED,
        ),
    )
    .map(({ file }) => ({
      problem: `${file} has no range of ${IDS_NEEDED} ids for ${name}`,
      hint: `usermod --add-subuids ${range} --add-subgids ${range} ${name}`,
    }));
}

/** Each is a switch some distribution turns off; a kernel without it has nothing to say. */
const KERNEL_SWITCHES: readonly {
  key: string;
  blocked: (value: number) => boolean;
  set: number;
}[] = [
  { key: 'kernel.unprivileged_userns_clone', blocked: (value) => value === 0, set: 1 },
  { key: 'kernel.apparmor_restrict_unprivileged_userns', blocked: (value) => value > 0, set: 0 },
  { key: 'user.max_user_namespaces', blocked: (value) => value === 0, set: 10_000 },
];

function checkKernel(host: HostView): HostProblem[] {
  return KERNEL_SWITCHES.flatMap(({ key, blocked, set }) => {
    const text = host.read(`/proc/sys/${key.replaceAll('.', '/')}`);
    if (text === undefined || !blocked(Number(text))) return [];
    return [
      {
        problem: `user namespaces are switched off for ordinary users (${key} = ${text.trim()})`,
        hint: `sysctl -w ${key}=${set}`,
      },
    ];
  });
}

/** @throws UserError with every problem and what helps against it */
export function requireSandboxHost(host: HostView = thisHost): void {
  const problems = checkSandboxHost(host);
  if (problems.length === 0) return;
  const lines = problems.map(({ problem }) => `\n  - ${problem}`).join('');
  const hints = [...new Set(problems.map(({ hint }) => `sudo ${hint}`))];
  throw new UserError(`this host cannot run the build sandbox:${lines}`, {
    hint: `${hints.join('\n')}\nor run mkimage as root`,
  });
}
