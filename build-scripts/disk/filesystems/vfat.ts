import { UserError } from '../../host/errors.ts';
import { contentError, isFullMessage, placeOf } from './content-error.ts';
import type { FileSystem, FileSystemPlanOf, MakeRequest } from './file-system.ts';
import { makeInPlace, type InFile } from './scratch-file.ts';

const SECTOR = 512;
const MIB = 1024 ** 2;
/**
 * FAT32 has at least 65525 clusters (Microsoft, FAT specification 1.03, section 3.5): with clusters
 * of one sector that and its two FATs need 33 MiB.
 */
const SMALLEST_FAT32 = 34 * MIB;
/** From here on clusters of 4 KiB still make a FAT32, and keep the FATs small. */
const LARGE = 512 * MIB;
/** Files per mcopy: far from the longest command line. */
const BATCH = 200;

type Request = MakeRequest<FileSystemPlanOf<'vfat'>>;

export const vfat: FileSystem<'vfat'> = {
  type: 'vfat',
  check: 'fsck.vfat -n',
  verifiesInPlace: false,
  async make(request) {
    await makeInPlace(request, (place) => format(request, place), vfat.verify);
  },
  async verify({ tools, path }) {
    await tools.run(['fsck.vfat', '-n', path]);
  },
};

async function format(request: Request, place: InFile): Promise<void> {
  const { node, directory, tools, space } = request;
  const sector = String(place.offset / SECTOR);
  const [bits, perCluster] =
    space.size < SMALLEST_FAT32 ? ['16'] : ['32', space.size < LARGE ? '1' : '8'];
  await tools.run([
    ...['mkfs.vfat', '-F', bits, '-S', String(SECTOR)],
    ...(perCluster === undefined ? [] : ['-s', perCluster]),
    // The serial comes last: --invariant would set its own.
    ...['--invariant', '-i', node.serial.replace('-', '')],
    ...(node.label === undefined ? [] : ['-n', node.label]),
    ...['--offset', sector, '-h', sector],
    place.path,
    String(Math.floor(space.size / 1024)),
  ]);
  if (directory !== undefined) await fill(request, directory, place);
}

/** Sorted, so that the order on the disk does not depend on the host's. */
async function fill({ node, tools }: Request, directory: string, place: InFile): Promise<void> {
  const list = async (...tests: string[]): Promise<string[]> => {
    const { stdout } = await tools.run([
      ...['find', directory, '-mindepth', '1', ...tests, '-printf', '%P\\0'],
    ]);
    return stdout.split('\0').slice(0, -1).sort();
  };
  const [odd] = await list('-not', '-type', 'f', '-not', '-type', 'd');
  if (odd !== undefined) {
    throw new UserError(
      `${placeOf(node)}: ${node.mount ?? ''}/${odd} is neither a file nor a directory, which vfat cannot hold`,
    );
  }
  const image = ['-i', `${place.path}@@${place.offset}`];
  const command = async (argv: string[]): Promise<void> => {
    await tools.run(argv).catch((error: unknown) => {
      throw isFullMessage(error) ? contentError(node, error) : error;
    });
  };

  const directories = await list('-type', 'd');
  for (const batch of batches(directories)) {
    await command(['mmd', ...image, ...batch.map((name) => `::/${name}`)]);
  }
  const files = await list('-type', 'f');
  const folders = new Set(files.map(folderOf));
  for (const folder of folders) {
    const names = files.filter((name) => folderOf(name) === folder);
    for (const batch of batches(names)) {
      await command([
        'mcopy',
        '-m',
        ...image,
        ...batch.map((name) => `${directory}/${name}`),
        `::/${folder}`,
      ]);
    }
  }
}

/** With a slash at the end; empty for the top. */
function folderOf(name: string): string {
  return name.slice(0, name.lastIndexOf('/') + 1);
}

function batches(names: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(names.length / BATCH) }, (_, index) =>
    names.slice(index * BATCH, (index + 1) * BATCH),
  );
}
