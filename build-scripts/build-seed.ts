import { createHash, randomBytes } from 'node:crypto';
import type { ResolvedProfile } from './config/resolved-profile.ts';

/** SOURCE_DATE_EPOCH as it is given; undefined when that is empty or no number of seconds. */
function sourceDateEpoch({ SOURCE_DATE_EPOCH: given }: NodeJS.ProcessEnv): string | undefined {
  return given !== undefined && /^\d{1,12}$/.test(given) ? given : undefined;
}

/** SOURCE_DATE_EPOCH, or now; whole seconds since 1970. */
export function buildEpoch(environment: NodeJS.ProcessEnv = process.env): number {
  const given = sourceDateEpoch(environment);
  return given === undefined ? Math.floor(Date.now() / 1000) : Number(given);
}

/**
 * 64 hex digits for salts and identities: the same for the same profile and `seed` (or with
 * SOURCE_DATE_EPOCH set), otherwise new for each build.
 */
export function buildSeed(
  profile: ResolvedProfile,
  environment: NodeJS.ProcessEnv = process.env,
): string {
  const given = profile.settings.seed.value ?? sourceDateEpoch(environment);
  const material =
    given === undefined ? randomBytes(32).toString('hex') : `${profile.name}\n${given}`;
  return createHash('sha256').update(`mkimage seed\n${material}`).digest('hex');
}
