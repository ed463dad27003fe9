import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface OrdinaryUser {
  /** What to put before a command to run it as that user; empty when we are it. */
  readonly prefix: readonly string[];
}

/** Somebody without privileges who may have user namespaces, or why there is nobody. */
export function findOrdinaryUser(): OrdinaryUser | string {
  if (process.geteuid?.() !== 0) return { prefix: [] };
  const owners = readText('/etc/subuid')
    .split('\n')
    .map((line) => line.split(':')[0] ?? '')
    .filter((name) => name !== '' && name !== 'root');
  for (const name of owners) {
    const uid = run(['id', '-u', name]);
    const gid = run(['id', '-g', name]);
    if (uid === undefined || gid === undefined) continue;
    const prefix = ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--init-groups'];
    if (run([...prefix, process.execPath, '--version']) !== undefined) return { prefix };
  }
  return 'no ordinary user in /etc/subuid who can run node';
}

function run(argv: readonly string[]): string | undefined {
  const [file = '', ...args] = argv;
  const { status, stdout } = spawnSync(file, args, { encoding: 'utf8', cwd: '/' });
  return status === 0 ? stdout.trim() : undefined;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
