import * as z from 'zod';

/** What `publish/manifest.ts` writes, as far as it is compared; other keys may be there. */
export const manifestSchema = z.object({
  schema: z.literal(1),
  profile: z.string(),
  built: z.string(),
  settings: z.record(z.string(), z.unknown()),
  collections: z.array(z.string()),
  options: z.record(z.string(), z.object({ value: z.unknown(), origin: z.string() })),
  outputs: z.array(z.string()).default([]),
  packages: z.record(z.string(), z.object({ version: z.string(), architecture: z.string() })),
  tools: z.record(z.string(), z.string()).default({}),
  warnings: z.array(z.string()).default([]),
  disk: z.record(z.string(), z.unknown()).optional(),
  files: z.array(z.object({ name: z.string(), bytes: z.number(), sha256: z.string().optional() })),
});

export type ManifestData = z.infer<typeof manifestSchema>;
