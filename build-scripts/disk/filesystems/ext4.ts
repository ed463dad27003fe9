import { UserError } from '../../host/errors.ts';
import { contentError, isFullMessage } from './content-error.ts';
import type { FileSystem, MakeRequest, FileSystemPlanOf } from './file-system.ts';
import { makeInPlace, type InFile } from './scratch-file.ts';

/**
 * What mke2fs turned on in Debian 11, for every release alike: kernels from 5.10 and GRUB from 2.06
 * know all of it. Newer ones, left out: orphan_file, metadata_csum_seed.
 */
const FEATURES = [
  'none',
  'has_journal',
  'ext_attr',
  'resize_inode',
  'dir_index',
  'filetype',
  'extent',
  '64bit',
  'flex_bg',
  'sparse_super',
  'large_file',
  'huge_file',
  'dir_nlink',
  'extra_isize',
  'metadata_csum',
];
const BLOCK_SIZE = 4096;
/** mke2fs's usual ratio. */
const BYTES_PER_INODE = 16_384;
/** Inodes for what is not there yet, beside those for the content. */
const SPARE_INODES = 1.25;

type Request = MakeRequest<FileSystemPlanOf<'ext4'>>;

export const ext4: FileSystem<'ext4'> = {
  type: 'ext4',
  check: 'e2fsck -fn',
  verifiesInPlace: true,
  async make(request) {
    const inodes = await inodesFor(request);
    await makeInPlace(request, (place) => format(request, place, inodes), ext4.verify);
  },
  async verify({ tools, path, offset }) {
    // "FILE?OPTIONS" is how libext2fs (unix_io) is told of an offset.
    const where = offset === 0 ? path : `${path}?offset=${offset}`;
    await tools.run(['e2fsck', '-fn', where]);
  },
};

async function format({ node, directory, tools, space }: Request, place: InFile, inodes: number) {
  const { label } = node;
  const command = [
    'mke2fs',
    ...['-q', '-F', '-t', 'ext4'],
    ...['-O', FEATURES.join(',')],
    ...['-b', String(BLOCK_SIZE), '-I', '256', '-N', String(inodes), '-m', '5'],
    ...['-e', 'continue'],
    // Inode tables are left to the kernel: below LUKS the holes there are not zeros.
    ...['-E', `offset=${place.offset},hash_seed=${node.hashSeed},nodiscard,lazy_itable_init=1`],
    ...['-U', node.uuid],
    ...(label === undefined ? [] : ['-L', label]),
    ...(directory === undefined ? [] : ['-d', directory]),
    place.path,
    `${Math.floor(space.size / BLOCK_SIZE) * (BLOCK_SIZE / 1024)}k`,
  ];
  await tools.run(command, { sameBits: node.uuid }).catch((error: unknown) => {
    throw isFullMessage(error) ? contentError(node, error) : error;
  });
}

/** At least mke2fs's usual number, and enough for the content. */
async function inodesFor({ node, directory, tools, space }: Request): Promise<number> {
  const usual = Math.floor(space.size / BYTES_PER_INODE);
  if (directory === undefined) return usual;
  const { stdout } = await tools.run(['du', '--inodes', '-s', '--', directory]);
  const used = Number.parseInt(stdout, 10);
  if (!Number.isInteger(used)) {
    throw new UserError(`${node.path}: du does not say how many files there are: ${stdout}`);
  }
  return Math.max(usual, Math.ceil(used * SPARE_INODES) + 64);
}
