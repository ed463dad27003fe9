import * as z from 'zod';
import { collectionSchema, filesSchema } from '../config/collection-schema.ts';
import { diskSchema } from '../config/disk-schema.ts';
import { profileSchema, siteDefaultsSchema } from '../config/profile-schema.ts';

const SCHEMAS = {
  profile: profileSchema,
  'site-defaults': siteDefaultsSchema,
  collection: collectionSchema,
  files: filesSchema,
  disk: diskSchema,
} as const;

/** The JSON Schemas for editors: file name → text. */
export function jsonSchemas(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(SCHEMAS).map(([name, schema]) => [
      `${name}.schema.json`,
      // io "input": what a person writes. Checks in code can not be expressed and are left out.
      `${JSON.stringify(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }), null, 2)}\n`,
    ]),
  );
}
