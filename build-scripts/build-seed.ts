import { createHash, createHmac, randomBytes } from 'node:crypto';
import { diskSeed } from './compose-disk.ts';
import type { ResolvedProfile } from './config/resolved-profile.ts';

/** SOURCE_DATE_EPOCH as it is given; undefined when that is empty or no number of seconds. */
function sourceDateEpoch({ SOURCE_DATE_EPOCH: given }: NodeJS.ProcessEnv): string | undefined {
  return given !== undefined && /^\d{1,12}$/.test(given) ? given : undefined;
}

/**
 * The time that images of a profile have, when it is the same for each build: SOURCE_DATE_EPOCH, or
 * that of the snapshot. Seconds since 1970.
 */
export function pinnedEpoch(
  snapshot: string | undefined,
  environment: NodeJS.ProcessEnv = process.env,
): number | undefined {
  const given = sourceDateEpoch(environment);
  if (given !== undefined) return Number(given);
  if (snapshot === undefined) return undefined;
  // 20261101T120000Z
  const [, date = '', time = ''] = /^(\d{8})T(\d{6})Z$/.exec(snapshot) ?? [];
  const day = `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}`;
  const clock = `${time.slice(0, 2)}:${time.slice(2, 4)}:${time.slice(4)}`;
  return Date.parse(`${day}T${clock}Z`) / 1000;
}

/** The pinned one, or now; whole seconds since 1970. */
export function buildEpoch(
  environment: NodeJS.ProcessEnv = process.env,
  snapshot?: string,
): number {
  return pinnedEpoch(snapshot, environment) ?? Math.floor(Date.now() / 1000);
}

/** What salts and identities follow from, when that is the same on each machine. */
export function pinnedSeed(
  { settings }: Pick<ResolvedProfile, 'settings'>,
  environment: NodeJS.ProcessEnv = process.env,
): string | undefined {
  return settings.seed.value ?? sourceDateEpoch(environment) ?? settings.snapshot.value;
}

/**
 * Where nobody gives a seed: with a cache the same for each build of a profile, so that its layers fit
 * together, otherwise a new one.
 * @param secret of the cache
 */
export function ownSeed(
  { name }: Pick<ResolvedProfile, 'name'>,
  secret: Buffer | undefined,
): string {
  if (secret === undefined) return randomBytes(32).toString('hex');
  return createHmac('sha256', secret).update(`seed of ${name}`).digest('hex');
}

/** 64 hex digits for salts and identities. @param secret of the cache, if there is one */
export function buildSeed(
  profile: Pick<ResolvedProfile, 'name' | 'settings'>,
  environment: NodeJS.ProcessEnv = process.env,
  secret?: Buffer,
): string {
  const given = pinnedSeed(profile, environment);
  const material = given === undefined ? ownSeed(profile, secret) : `${profile.name}\n${given}`;
  return createHash('sha256').update(`mkimage seed\n${material}`).digest('hex');
}

/**
 * Of the disk of a profile, as `tar-to-disk --seed` derives it from the published layout and tarball.
 * @param secret of the cache, if there is one
 */
export function profileDiskSeed(profile: ResolvedProfile, secret: Buffer | undefined): string {
  const disk = profile.disk?.layout;
  if (disk === undefined) throw new Error(`${profile.name} has no disk`);
  const { seed, snapshot } = profile.settings;
  const fixed = seed.value ?? snapshot.value;
  return diskSeed({ disk, folder: '' }, profile.name, fixed, process.env, () =>
    ownSeed(profile, secret),
  );
}
