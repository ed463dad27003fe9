import { readFileSync } from 'node:fs';
import { chmod, cp, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { run } from './command.ts';
import { project } from './needs.ts';
import { once } from './once.ts';

/** A user without rights, whose private home holds a copy of the checkout. */
export interface OrdinaryUser {
  readonly name: string;
  readonly id: number;
  /** Mode 0700. */
  readonly home: string;
  readonly checkout: string;
}

/** Adds the user, once for all test files. See needsOrdinaryUser(). */
export function ordinaryUser(): Promise<OrdinaryUser> {
  return once('user', async (folder) => {
    const name = process.env.MKIMAGE_TEST_USER ?? '';
    const home = path.join(folder, 'home');
    await run(['useradd', '--no-create-home', '--home-dir', home, '--shell', '/bin/sh', name]);
    const id = Number(await run(['id', '--user', name]));
    await giveSubordinateIds(name);
    await mkdir(home);
    const checkout = path.join(home, 'checkout');
    // Not .git: what is tested is what lies here, committed or not.
    const leaveOut = new Set(['.git', 'obj', 'coverage'].map((entry) => path.join(project, entry)));
    await cp(project, checkout, {
      recursive: true,
      preserveTimestamps: true,
      verbatimSymlinks: true,
      filter: (source) => !leaveOut.has(source),
    });
    await chmod(home, 0o700);
    await run(['chown', '--recursive', `${name}:`, home]);
    return { name, id, home, checkout };
  });
}

/** useradd gives them where uidmap was there before it. */
async function giveSubordinateIds(name: string): Promise<void> {
  for (const kind of ['uid', 'gid']) {
    const lines = readFileSync(`/etc/sub${kind}`, 'utf8').split('\n');
    if (lines.some((line) => line.startsWith(`${name}:`))) continue;
    const ends = lines
      .map((line) => line.split(':').map(Number))
      .map(([, from, n]) => (from ?? 0) + (n ?? 0));
    const first = Math.max(100_000, ...ends.filter(Number.isFinite));
    await run(['usermod', `--add-sub${kind}s`, `${first}-${first + 65_535}`, name]);
  }
}

/** The command, run as the user from the user's own environment; the caller has to be root. */
export function as(user: OrdinaryUser, argv: readonly string[]): string[] {
  return [
    ...['setpriv', `--reuid=${user.id}`, `--regid=${user.id}`, '--init-groups', '--'],
    ...['env', `HOME=${user.home}`, `USER=${user.name}`, `LOGNAME=${user.name}`, ...argv],
  ];
}
