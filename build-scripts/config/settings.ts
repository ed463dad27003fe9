import * as z from 'zod';
import { FORMATS, type FormatName } from './formats.ts';

/**
 * The settings of the program itself: top-level keys of a profile, which site defaults and
 * `--set` can give as well. Options of the image are declared by collections instead.
 */

/** Debian releases this program builds, oldest first. */
export const SUITES = {
  bullseye: { version: 11, security: 'bullseye-security' },
  bookworm: { version: 12, security: 'bookworm-security' },
  trixie: { version: 13, security: 'trixie-security' },
} as const;
export type Suite = keyof typeof SUITES;

/** Debian architecture → kernel name (uname -m), qemu-user binary, lxc.arch / Incus name. */
export const ARCHITECTURES = {
  amd64: { machine: 'x86_64', qemu: 'qemu-x86_64' },
  arm64: { machine: 'aarch64', qemu: 'qemu-aarch64' },
} as const;
export type Architecture = keyof typeof ARCHITECTURES;

const formatted = (format: FormatName): z.ZodString =>
  z.string().superRefine((value, context) => {
    const problem = FORMATS[format].check(value);
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  });

const snapshotPattern = /^\d{4}-?\d{2}-?\d{2}([T ]?\d{2}:?\d{2}:?\d{2}Z?)?$/;

export const repositorySchema = z.strictObject({
  name: z
    .string()
    .regex(
      /^[a-z0-9][a-z0-9._-]*$/i,
      'not a repository name\nletters, digits, ".", "_" and "-"; it names the file in sources.list.d',
    )
    .describe('names the file in /etc/apt/sources.list.d'),
  uri: formatted('url').describe('base URL'),
  suite: z
    .string()
    .min(1)
    .describe('suite of the repository, or a path ending in "/" for a flat repository'),
  components: z
    .array(z.string().min(1))
    .optional()
    .describe('default: main; none for a flat repository'),
  architectures: z.array(z.string().min(1)).optional().describe('limit the repository to these'),
  key: z
    .string()
    .min(1)
    .describe('file with the signing key (armored or binary), relative to this file'),
});
export type Repository = z.output<typeof repositorySchema>;

const oneOrMore = (schema: z.ZodString): z.ZodType<string | string[]> =>
  z.union([schema, z.array(schema)]);

export const settingSchemas = {
  suite: z.enum(Object.keys(SUITES) as [Suite, ...Suite[]]).describe('Debian release'),
  arch: z
    .enum(Object.keys(ARCHITECTURES) as [Architecture, ...Architecture[]])
    .describe('Debian architecture of the image'),
  variant: z
    .enum(['minbase', 'apt', 'essential', 'buildd', 'important', 'standard'])
    .describe('package set mmdebstrap starts from'),
  mirror: oneOrMore(z.string().min(1)).describe(
    'mirror URL(s) or apt sources lines; default: the ones mmdebstrap chooses, with security and updates',
  ),
  components: z.array(z.string().min(1)).min(1).describe('archive components'),
  snapshot: z
    .string({ error: () => 'a snapshot is a date\nwrite it like 2026-11-01 or 20261101T120000Z' })
    .regex(snapshotPattern, 'not a snapshot\nwrite it like 2026-11-01 or 20261101T120000Z')
    .describe('pin the archive to its state at this time (snapshot archive of Debian)'),
  'snapshot-mirror': formatted('url').describe(
    'base address of a snapshot archive, below which lie debian/TIMESTAMP/ and debian-security/TIMESTAMP/',
  ),
  repositories: z.array(repositorySchema).describe('further apt repositories, kept in the image'),
  'apt-proxy': formatted('url').describe('HTTP proxy for downloads during the build only'),
  seed: z.string().min(1).describe('makes salts and identities the same on every build'),
  'zstd-level': z
    .int()
    .min(1)
    .max(22)
    .describe('zstd compression level of the root file system tarball'),
} as const;

export type SettingName = keyof typeof settingSchemas;
export type Settings = {
  readonly [Name in SettingName]?: z.output<(typeof settingSchemas)[Name]>;
};

export const SETTING_NAMES = Object.keys(settingSchemas) as SettingName[];

/** Values that hold when nobody says otherwise; `arch` defaults to the host's. */
export const settingDefaults = {
  variant: 'minbase',
  components: ['main'],
  repositories: [],
  'zstd-level': 3,
} as const satisfies Partial<Record<SettingName, unknown>>;

/** Settings whose values of several layers are joined. */
export const APPENDED_SETTINGS: ReadonlySet<string> = new Set<SettingName>(['repositories']);

/** The default of a setting, to show; undefined: it has none. */
export function shownDefault(name: SettingName): unknown {
  if (name === 'arch') return "this machine's";
  return (settingDefaults as Partial<Record<SettingName, unknown>>)[name];
}
