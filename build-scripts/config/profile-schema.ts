import * as z from 'zod';
import { packageName } from './collection-schema.ts';
import { diskSchema } from './disk-schema.ts';
import { settingSchemas } from './settings.ts';

const stringOrList = z.union([z.string().min(1), z.array(z.string().min(1))]);

const contents = {
  collections: z
    .array(z.string().min(1))
    .optional()
    .describe('collections to layer, in this order unless they say otherwise'),
  options: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('values of options the collections declare'),
  packages: z
    .array(packageName)
    .optional()
    .describe('further Debian packages; "-name" removes one a collection added'),
};

const optionalSettings = {
  suite: settingSchemas.suite.optional(),
  arch: settingSchemas.arch.optional(),
  variant: settingSchemas.variant.optional(),
  mirror: settingSchemas.mirror.optional(),
  components: settingSchemas.components.optional(),
  snapshot: settingSchemas.snapshot.optional(),
  'snapshot-mirror': settingSchemas['snapshot-mirror'].optional(),
  repositories: settingSchemas.repositories.optional(),
  'apt-proxy': settingSchemas['apt-proxy'].optional(),
  seed: settingSchemas.seed.optional(),
  'zstd-level': settingSchemas['zstd-level'].optional(),
};

/** profiles/NAME.yml */
export const profileSchema = z
  .strictObject({
    description: z.string().optional().describe('what the image is, in one line'),
    extends: stringOrList
      .optional()
      .describe('profile(s) this one starts from: names below profiles/, or ./relative paths'),
    ...optionalSettings,
    ...contents,
    disk: z
      .union([z.string().min(1), diskSchema])
      .optional()
      .describe('disk layout: inline, or the path of a disk.yml'),
    outputs: z
      .array(z.string().min(1))
      .optional()
      .describe('image formats to make; see `mkimage list outputs`'),
  })
  .describe('A profile: one system, from which every image is made');

/** profiles/local/defaults.yml: what a site wants in every profile. */
export const siteDefaultsSchema = z
  .strictObject({
    variant: optionalSettings.variant,
    mirror: optionalSettings.mirror,
    components: optionalSettings.components,
    snapshot: optionalSettings.snapshot,
    'snapshot-mirror': optionalSettings['snapshot-mirror'],
    repositories: optionalSettings.repositories,
    'apt-proxy': optionalSettings['apt-proxy'],
    seed: optionalSettings.seed,
    'zstd-level': optionalSettings['zstd-level'],
    ...contents,
  })
  .describe('Site defaults: apply to every profile, below the profile itself');

export type ProfileFile = z.output<typeof profileSchema>;
export type SiteDefaultsFile = z.output<typeof siteDefaultsSchema>;
