import type { ResolvedProfile } from '../config/resolved-profile.ts';
import type { BuildLog } from '../host/build-log.ts';

/** What every step of one build knows. */
export interface BuildContext {
  readonly profile: ResolvedProfile;
  readonly log: BuildLog;
  /** Values of all options with secrets read, for hooks and templates. */
  readonly values: ReadonlyMap<string, unknown>;
  /**
   * The time of what the image contains, in seconds since 1970: SOURCE_DATE_EPOCH, or the date of the
   * package sources as soon as that is known, until then the start of the build.
   */
  readonly epoch: number;
  /** 64 hex digits from which salts and identities are derived; public, never a secret. */
  readonly seed: string;
  /** `mkimage shell` for this build, to show: `--before HOOK` is appended. */
  readonly shellCommand: readonly string[];
  /** Shown to the user at the end. */
  readonly warn: (text: string) => void;
  readonly note: (text: string) => void;
}
