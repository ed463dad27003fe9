import * as z from 'zod';

/**
 * disk.yml: one recursive grammar. A node is a partition table, a storage layer (raid1, luks, lvm)
 * or a file system. Sizes are text with a binary unit (`512M`, `1.5G`), a percentage of the parent,
 * `rest`, or `auto` (content plus headroom).
 */
const size = z
  .string({
    error: (issue) =>
      typeof issue.input === 'number'
        ? 'a size needs a unit\nwrite it like 512M or 10G'
        : undefined,
  })
  .regex(
    /^(\d+(\.\d+)?[KMGT]|\d{1,3}%|rest|auto)$/,
    'not a size\nwrite it like 512M, 10G, 50%, "rest" or "auto"',
  )
  .describe('512M, 10G, 50% of the parent, rest, or auto (content and headroom)');

const label = (longest: number): z.ZodOptional<z.ZodString> =>
  z
    .string()
    .min(1)
    .max(longest, `a label has at most ${longest} characters here`)
    .optional()
    .describe('file system label');
const uuid = z
  .string()
  .regex(
    /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
    'not a UUID\nwrite it like 0b1e…-….-…, lower case',
  )
  .optional()
  .describe('fixed identity; by default derived from the seed');
const mount = z
  .string()
  .regex(/^(?!.*\/\.\.(\/|$))\//, 'not an absolute path')
  .optional()
  .describe('mount point');
const options = z
  .string()
  .min(1)
  .optional()
  .describe('mount options; a sensible default for the mount point otherwise');
const name = z
  .string()
  .regex(/^[A-Za-z0-9_.+][A-Za-z0-9_.+-]*$/, 'letters, digits, "_", ".", "+" and "-"');

const passphrase = z
  .union(
    [
      z.strictObject({ file: z.string().min(1) }),
      z.strictObject({ env: z.string().min(1) }),
      z.strictObject({ prompt: z.string().min(1) }),
    ],
    // The text must not be repeated in a message.
    'a passphrase is never written down here\nwrite {file: PATH}, {env: NAME} or {prompt: QUESTION}',
  )
  .describe('where the passphrase is read from, never the text itself');

export type DiskNode =
  | z.output<typeof vfat>
  | z.output<typeof ext4>
  | z.output<typeof btrfs>
  | z.output<typeof swap>
  | Raid1Node
  | LuksNode
  | LvmNode;

const vfat = z.strictObject({
  type: z.literal('vfat'),
  mount,
  options,
  label: label(11),
  uuid: z
    .string()
    .regex(/^[0-9A-F]{4}-[0-9A-F]{4}$/, 'not a FAT serial\nwrite it like 1A2B-3C4D')
    .optional()
    .describe('FAT serial'),
});
const ext4 = z.strictObject({ type: z.literal('ext4'), mount, options, label: label(16), uuid });
const btrfs = z.strictObject({
  type: z.literal('btrfs'),
  mount,
  options,
  label: label(255),
  uuid,
  compress: z
    .string()
    .regex(
      /^(lzo|zstd(:\d{1,2})?|zlib(:\d)?)$/,
      'not a compression\nlzo, zlib or zstd, with a level like zstd:1',
    )
    .optional(),
  subvolumes: z
    .record(z.string().min(1), z.string().regex(/^\//))
    .optional()
    .describe('subvolume name → mount point'),
  snapper: z.boolean().optional().describe('set up snapper for the root'),
});
const swap = z.strictObject({ type: z.literal('swap'), options, label: label(15), uuid });

interface Raid1Node {
  type: 'raid1';
  name: string;
  metadata?: '1.0' | '1.2' | undefined;
  devices?: number | undefined;
  uuid?: string | undefined;
  content: DiskNode;
}
interface LuksNode {
  type: 'luks';
  name: string;
  version?: 1 | 2 | undefined;
  passphrase: z.output<typeof passphrase>;
  'volume-key'?: { file: string } | undefined;
  cipher?: string | undefined;
  'key-size'?: 256 | 512 | undefined;
  hash?: 'sha256' | 'sha512' | undefined;
  'sector-size'?: 512 | 4096 | undefined;
  pbkdf?:
    | {
        type: 'argon2id' | 'argon2i' | 'pbkdf2';
        memory?: string | undefined;
        iterations?: number | undefined;
      }
    | undefined;
  fill?: boolean | undefined;
  uuid?: string | undefined;
  content: DiskNode;
}
interface LvmNode {
  type: 'lvm';
  name: string;
  'extent-size'?: string | undefined;
  volumes: { name: string; size: string; content: DiskNode }[];
}

const node: z.ZodType<DiskNode> = z
  .lazy(
    () =>
      z.discriminatedUnion('type', [
        vfat,
        ext4,
        btrfs,
        swap,
        raid1,
        luks,
        lvm,
      ]) as unknown as z.ZodType<DiskNode>,
  )
  .meta({ id: 'node' });

const raid1: z.ZodObject = z.strictObject({
  type: z.literal('raid1'),
  name: name.describe('array name; homehost is "any"'),
  metadata: z
    .enum(['1.0', '1.2'])
    .optional()
    .describe('superblock at the end (1.0) or the start (1.2)'),
  devices: z
    .int()
    .min(1)
    .max(8)
    .optional()
    .describe('members the array is planned for; one is present in the image'),
  uuid,
  content: node,
});
const luks: z.ZodObject = z.strictObject({
  type: z.literal('luks'),
  name: name.describe('mapped name'),
  version: z.union([z.literal(1), z.literal(2)]).optional(),
  passphrase,
  'volume-key': z
    .strictObject({ file: z.string().min(1) })
    .optional()
    .describe('secret key file for bit-identical builds; random by default'),
  cipher: z.string().min(1).optional(),
  'key-size': z
    .union([z.literal(256), z.literal(512)])
    .optional()
    .describe('bits'),
  hash: z.enum(['sha256', 'sha512']).optional(),
  'sector-size': z
    .union([z.literal(512), z.literal(4096)])
    .optional()
    .describe('bytes'),
  pbkdf: z
    .strictObject({
      type: z.enum(['argon2id', 'argon2i', 'pbkdf2']),
      memory: size.optional(),
      iterations: z.int().min(1).optional(),
    })
    .optional()
    .describe('explicit costs, so that the build host plays no part'),
  fill: z
    .boolean()
    .optional()
    .describe('encrypt free space too, so that nobody sees how much is used'),
  uuid,
  content: node,
});
const lvm: z.ZodObject = z.strictObject({
  type: z.literal('lvm'),
  name: name.describe('volume group'),
  'extent-size': size.optional(),
  volumes: z.array(z.strictObject({ name, size, content: node })).min(1),
});

export const diskSchema = z
  .strictObject({
    size: size.describe('size of the whole disk, or auto'),
    firmware: z
      .array(z.enum(['uefi', 'bios']))
      .min(1)
      .describe('how the disk boots; both are possible'),
    table: z.enum(['gpt', 'mbr']),
    seed: z.string().min(1).optional().describe('makes all identities the same on every build'),
    partitions: z
      .array(z.strictObject({ name: name.describe('partition name'), size, content: node }))
      .min(1)
      .describe('partitions in their order on the disk'),
  })
  .describe('A disk layout for tar-to-disk');

export type DiskFile = z.output<typeof diskSchema>;
