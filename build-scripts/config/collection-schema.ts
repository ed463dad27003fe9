import * as z from 'zod';
import { INSTALL_STEPS } from './collection.ts';
import { FORMATS } from './formats.ts';
import { OPTION_NAME, optionDeclarationSchema } from './option-declaration.ts';
import { whenSchema } from './when.ts';

/** Names that templates and conditions have for other things. */
const NOT_RESERVED = /^(?!(suite|arch|profile|collections)\.)/;

export const COLLECTION_NAME = /^[a-z0-9][a-z0-9-]*(\/[a-z0-9][a-z0-9-]*)*$/;

const collectionName = z
  .string()
  .regex(
    COLLECTION_NAME,
    'not a collection name\nlower-case letters, digits and "-", folders separated by "/"',
  );

/** `name`, or `-name` to remove what an earlier layer added. */
export const packageName = z.string().superRefine((value, context) => {
  const problem = FORMATS.package.check(value.replace(/^-/, ''));
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
});

const packageEntry = z.union([
  packageName,
  z.strictObject({
    name: packageName.describe('a Debian package'),
    when: whenSchema.optional(),
    'install-step': z
      .enum(INSTALL_STEPS)
      .optional()
      .describe('another step than that of the collection'),
  }),
]);

const unitName = z.string().superRefine((value, context) => {
  const problem = FORMATS['systemd-unit'].check(value);
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
});
const unitList = z
  .array(
    z.union([
      unitName,
      z.strictObject({ name: unitName.describe('a systemd unit'), when: whenSchema.optional() }),
    ]),
  )
  .optional();

/** collections/NAME/collection.yml */
export const collectionSchema = z
  .strictObject({
    summary: z.string().min(1).describe('what the collection does, in one line'),
    virtual: z
      .boolean()
      .optional()
      .describe('only pulls in other collections, contributes nothing itself'),
    requires: z
      .array(collectionName)
      .optional()
      .describe('collections (or provided names) pulled in and ordered before this one'),
    wants: z
      .array(collectionName)
      .optional()
      .describe('collections pulled in, in no particular order'),
    after: z
      .array(z.union([z.literal('*'), collectionName]))
      .optional()
      .describe('ordered after these when they are used; "*": after everything else'),
    conflicts: z
      .array(collectionName)
      .optional()
      .describe('collections or provided names that can not be used together with this one'),
    provides: z
      .array(collectionName)
      .optional()
      .describe('virtual names that other collections may require'),
    options: z
      .record(
        z
          .string()
          .regex(OPTION_NAME, 'not an option name\nlower case with dots, like ssh.port')
          .regex(
            NOT_RESERVED,
            'option names do not begin with suite, arch, profile or collections\ntemplates and conditions know these by themselves',
          ),
        optionDeclarationSchema,
      )
      .optional()
      .describe('options this collection declares'),
    set: z
      .record(z.string(), z.unknown())
      .optional()
      .describe('values for options that other collections declare'),
    packages: z
      .array(packageEntry)
      .optional()
      .describe('Debian packages; "-name" removes one added earlier'),
    'install-step': z
      .enum(INSTALL_STEPS)
      .optional()
      .describe(
        'when packages are installed, and hooks of setup, extract and essential run: base (the default; what many profiles share), system (what the machine needs: kernel, boot loader), extra (the rest, such as tools and roles); later steps come upon what the cache has of earlier ones',
      ),
    services: z
      .strictObject({
        enable: unitList.describe('units enabled in the image'),
        disable: unitList.describe('units disabled in the image'),
        mask: unitList.describe('units that can not be started at all'),
      })
      .optional(),
  })
  .describe('A collection of packages, files, options and hooks');

export type CollectionFile = z.output<typeof collectionSchema>;

/** collections/NAME/files.yml: exceptions from "root:root, 0644 or 0755". */
export const filesSchema = z
  .array(
    z.strictObject({
      path: z
        .string()
        .regex(
          /^(?!.*\/\.\.(\/|$))\//,
          'not an absolute path\nas it is in the image, like /etc/motd',
        )
        .describe('absolute path in the image'),
      template: z.boolean().optional().describe('LiquidJS template: {{ ssh.port }}'),
      owner: z.string().optional().describe('user name in the image'),
      group: z.string().optional().describe('group name in the image'),
      mode: z
        .string({
          error: (issue) =>
            typeof issue.input === 'number'
              ? 'a file mode must be in quotes\nwrite it like "0644"'
              : undefined,
        })
        .regex(/^[0-7]{3,4}$/, 'not a file mode\nwrite it in quotes, like "0644"')
        .optional()
        .describe('octal, in quotes'),
      when: whenSchema.optional(),
      replaces: z
        .string()
        .optional()
        .describe('collection whose file of the same path is replaced'),
    }),
  )
  .describe('Exceptions for entries below files/');

export type FilesFile = z.output<typeof filesSchema>;
