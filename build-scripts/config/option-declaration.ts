import * as z from 'zod';
import { FORMATS, FORMAT_NAMES } from './formats.ts';

/** How a collection declares an option: its type, checks, default and description. */
export interface OptionDeclaration {
  readonly type: 'string' | 'integer' | 'boolean' | 'list' | 'map' | 'object';
  readonly description?: string | undefined;
  readonly default?: unknown;
  readonly enum?: readonly (string | number)[] | undefined;
  readonly pattern?: string | undefined;
  readonly format?: keyof typeof FORMATS | undefined;
  readonly minimum?: number | undefined;
  readonly maximum?: number | undefined;
  /** Lists: the declaration of one entry. Without it entries are text. */
  readonly items?: OptionDeclaration | undefined;
  /** Maps: the declarations of the names and of the values. Without them both are text. */
  readonly keys?: OptionDeclaration | undefined;
  readonly values?: OptionDeclaration | undefined;
  /** Objects: their properties; those not `required` may be left out. */
  readonly properties?: Readonly<Record<string, OptionDeclaration>> | undefined;
  readonly required?: boolean | undefined;
  /** `append`: lists and maps of several layers are joined; else the last layer wins. */
  readonly merge?: 'append' | 'replace' | undefined;
  /** Lists of objects: the property that tells entries apart; two layers say more about one entry. */
  readonly unique?: string | undefined;
  /** The value is a secret: text, or a reference that is read when it is needed. */
  readonly secret?: boolean | undefined;
}

/** Where a secret stands when it is not written down in the configuration itself. */
export type SecretReference = { readonly file: string } | { readonly env: string };

const secretReference = z
  .strictObject({
    file: z
      .string()
      .min(1)
      .optional()
      .describe('file that holds the secret, one trailing line break is dropped'),
    env: z.string().min(1).optional().describe('environment variable that holds the secret'),
  })
  .refine(
    ({ file, env }) => (file === undefined) !== (env === undefined),
    'a secret that is kept elsewhere is {file: PATH} or {env: NAME}',
  );

const declarationFields = {
  type: z
    .enum(['string', 'integer', 'boolean', 'list', 'map', 'object'])
    .describe('string, integer, boolean, list, map or object'),
  enum: z
    .array(z.union([z.string(), z.number()]))
    .min(1)
    .optional()
    .describe('the only values allowed'),
  pattern: z
    .string()
    .refine(isRegex, 'not a regular expression')
    .optional()
    .describe('regular expression the whole text must match'),
  format: z.enum(FORMAT_NAMES).optional().describe('kind of text or number'),
  minimum: z.int().optional(),
  maximum: z.int().optional(),
  merge: z
    .enum(['append', 'replace'])
    .optional()
    .describe('append: values of several layers are joined'),
  unique: z.string().optional().describe('lists of objects: the property that tells entries apart'),
  secret: z
    .boolean()
    .optional()
    .describe('kept out of plans, logs and manifests; may be {file: …} or {env: …}'),
  required: z.boolean().optional().describe('within an object: the property must be given'),
};

const innerDeclaration: z.ZodType<OptionDeclaration> = z
  .lazy(() =>
    z.strictObject({
      ...declarationFields,
      description: z.string().optional(),
      default: z.unknown().optional(),
      items: innerDeclaration.optional(),
      keys: innerDeclaration.optional(),
      values: innerDeclaration.optional(),
      properties: z.record(z.string(), innerDeclaration).optional(),
    }),
  )
  .meta({ id: 'declaration' });

export const OPTION_NAME = /^[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*)+$/;

/** A top-level declaration must say what the option is for. */
export const optionDeclarationSchema = z.strictObject({
  ...declarationFields,
  description: z.string().min(1).describe('what the option does, for people'),
  default: z
    .unknown()
    .optional()
    .describe('value when nobody sets it; without it the option is unset'),
  items: innerDeclaration.optional().describe('lists: one entry'),
  keys: innerDeclaration.optional().describe('maps: the names'),
  values: innerDeclaration.optional().describe('maps: the values'),
  properties: z
    .record(z.string(), innerDeclaration)
    .optional()
    .describe('objects: their properties'),
});

function isRegex(source: string): boolean {
  try {
    new RegExp(source);
    return true;
  } catch {
    return false;
  }
}

/** The schema that values of a declared option must satisfy. */
export function valueSchema(declaration: OptionDeclaration): z.ZodType {
  const plain = plainSchema(declaration);
  return declaration.secret === true ? z.union([plain, secretReference]) : plain;
}

function plainSchema(declaration: OptionDeclaration): z.ZodType {
  if (declaration.enum !== undefined) {
    const literals = declaration.enum.map((value) => z.literal(value));
    const strings = declaration.enum.filter((value) => typeof value === 'string');
    return strings.length === literals.length ? z.enum(strings) : z.union(literals);
  }
  switch (declaration.type) {
    case 'boolean':
      return z.boolean();
    case 'integer':
      return checkedFormat(integerSchema(declaration), declaration);
    case 'string':
      return checkedFormat(stringSchema(declaration), declaration);
    case 'list':
      return withoutTwins(
        z.array(valueSchema(declaration.items ?? { type: 'string' })),
        declaration.unique,
      );
    case 'map':
      return z.record(
        valueSchema(declaration.keys ?? { type: 'string' }) as z.ZodType<string, string>,
        valueSchema(declaration.values ?? { type: 'string' }),
      );
    case 'object':
      return z.strictObject(
        Object.fromEntries(
          Object.entries(declaration.properties ?? {}).map(([name, property]) => {
            const schema = valueSchema(property).describe(property.description ?? name);
            return [name, property.required === true ? schema : schema.optional()];
          }),
        ),
      );
  }
}

function withoutTwins(schema: z.ZodArray, unique: string | undefined): z.ZodType {
  if (unique === undefined) return schema;
  return schema.superRefine((entries, context) => {
    const values = entries.map((entry) => (entry as Record<string, unknown>)[unique]);
    for (const [index, value] of values.entries()) {
      const first = values.indexOf(value);
      if (first < index)
        context.addIssue({
          code: 'custom',
          path: [index, unique],
          message: `entry ${first + 1} is about ${String(value)}, too\nwrite one entry that says all of it`,
        });
    }
  });
}

function integerSchema(declaration: OptionDeclaration): z.ZodType {
  let schema = z.int();
  if (declaration.minimum !== undefined) schema = schema.min(declaration.minimum);
  if (declaration.maximum !== undefined) schema = schema.max(declaration.maximum);
  return schema;
}

function stringSchema(declaration: OptionDeclaration): z.ZodType {
  const { pattern } = declaration;
  if (pattern === undefined) return z.string();
  const regex = new RegExp(`^(?:${pattern})$`);
  return z.string().superRefine((value, context) => {
    if (!regex.test(value))
      context.addIssue({
        code: 'custom',
        message: `"${value}" does not match the pattern ${pattern}`,
      });
  });
}

function checkedFormat(schema: z.ZodType, declaration: OptionDeclaration): z.ZodType {
  if (declaration.format === undefined) return schema;
  const format = FORMATS[declaration.format];
  return schema.superRefine((value, context) => {
    const problem = format.check(value as string | number);
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  });
}

/** A one-word name for a type, as `list options` and the documentation print it. */
export function typeLabel(declaration: OptionDeclaration): string {
  if (declaration.enum !== undefined) return declaration.enum.join(' | ');
  const inner = declaration.format ?? declaration.type;
  switch (declaration.type) {
    case 'list':
      return `list of ${typeLabel(declaration.items ?? { type: 'string' })}`;
    case 'map':
      return `map of ${typeLabel(declaration.values ?? { type: 'string' })}`;
    case 'object':
      return `{${Object.keys(declaration.properties ?? {}).join(', ')}}`;
    default:
      return inner;
  }
}
