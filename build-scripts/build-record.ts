import { stat } from 'node:fs/promises';
import path from 'node:path';
import { digest, secretDigest } from './cache/inputs.ts';
import type { Store } from './cache/store.ts';
import type { ResolvedProfile } from './config/resolved-profile.ts';
import type { BuildUntil } from './build-request.ts';
import type { Message } from './build-messages.ts';
import { diskSecrets } from './disk-secrets.ts';
import { fileKey } from './outputs/output.ts';
import type { Published } from './publish/publish.ts';

/** What a build has made, and from what: when nothing of it has changed there is nothing to do. */
export interface BuildRecord {
  /** See {@link buildKey}. */
  readonly key: string;
  /** Seconds since 1970. */
  readonly epoch: number;
  readonly published: readonly Published[];
  /** How the published files were left, in the same order. */
  readonly states: readonly string[];
  readonly packages: number;
  readonly rootBytes: number;
  readonly checks: readonly string[];
  readonly messages: readonly Message[];
}

const noteName = (profile: ResolvedProfile, directory: string): string =>
  `built-${profile.name.replaceAll('/', '-')}-${digest(directory).slice(0, 16)}`;

/**
 * Of everything that decides about the published files.
 * @param root the key of the finished root
 * @returns undefined when somebody has to be asked for a passphrase
 */
export async function buildKey(
  profile: ResolvedProfile,
  until: BuildUntil,
  root: string,
  { secret }: Store,
): Promise<string | undefined> {
  const { disk, outputs, description } = profile;
  const parts = [root, until, outputs.value, description];
  if (disk === undefined) return digest(...parts);
  const secrets = await diskSecrets(disk);
  if (secrets === undefined) return undefined;
  return digest(...parts, disk.text, secretDigest(secret, secrets));
}

/** The record of the last build, if that had the same key and its files are as it left them. */
export async function findRecord(
  store: Store,
  profile: ResolvedProfile,
  directory: string,
  key: string,
): Promise<BuildRecord | undefined> {
  const record = (await store.readNote(noteName(profile, directory))) as BuildRecord | undefined;
  if (record?.key !== key) return undefined;
  const states = await Promise.all(record.published.map(stateOf));
  const same = states.every((state, index) => state === record.states[index]);
  return same ? record : undefined;
}

export async function writeRecord(
  store: Store,
  profile: ResolvedProfile,
  directory: string,
  record: Omit<BuildRecord, 'states'>,
): Promise<void> {
  const states = await Promise.all(record.published.map(stateOf));
  await store.writeNote(noteName(profile, directory), { ...record, states });
}

/** Nobody writes to a file, or puts another one in its place, without a new ctime (stat(2)). */
async function stateOf({ path: file, link, artifact }: Published): Promise<string> {
  try {
    const { ino, size, mtimeMs, ctimeMs } = await stat(file);
    const target = await stat(link);
    if (target.ino !== ino) return `${path.basename(link)} leads elsewhere`;
    return [fileKey(artifact), ino, size, mtimeMs, ctimeMs].join(' ');
  } catch {
    return 'missing';
  }
}
