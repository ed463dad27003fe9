import type { DiskPlan, NodePlan } from '../disk-plan.ts';
import { nodesOf } from './plan-nodes.ts';

const WRITTEN_BY = 'Written when this disk image was made.';

/**
 * /etc/fstab: file systems by UUID, each after those it is mounted in, then swap.
 *
 * @returns the whole text, with a header
 */
export function fstab(plan: DiskPlan): string {
  const rows = nodesOf(plan).flatMap(fstabRows);
  rows.sort((a, b) => depth(a) - depth(b) || compare(a.mount, b.mount) || compare(a.uuid, b.uuid));
  return document('/etc/fstab: what is mounted where.', [
    ['# <file system>', '<mount point>', '<type>', '<options>', '<dump>', '<pass>'],
    ...rows.map(({ uuid, mount, type, options, pass }) => [
      `UUID=${uuid}`,
      escapeField(mount),
      type,
      options,
      '0',
      String(pass),
    ]),
  ]);
}

interface FstabRow {
  readonly uuid: string;
  readonly mount: string;
  readonly type: string;
  readonly options: string;
  /** Order of fsck: the root first; 0 for what fsck does nothing for. */
  readonly pass: 0 | 1 | 2;
}

function fstabRows(node: NodePlan): FstabRow[] {
  switch (node.type) {
    case 'vfat':
    case 'ext4': {
      const { mount, options, type } = node;
      if (mount === undefined) return [];
      const uuid = type === 'vfat' ? node.serial : node.uuid;
      return [{ uuid, mount, type, options, pass: mount === '/' ? 1 : 2 }];
    }
    case 'btrfs': {
      const { uuid, type, mount, options, subvolumes } = node;
      if (subvolumes.length > 0)
        return subvolumes.map((subvolume) => ({
          uuid,
          type,
          mount: subvolume.mount,
          options: subvolume.options,
          pass: 0,
        }));
      return mount === undefined ? [] : [{ uuid, type, mount, options, pass: 0 }];
    }
    case 'swap':
      return [{ uuid: node.uuid, mount: 'none', type: 'swap', options: node.options, pass: 0 }];
    default:
      return [];
  }
}

/** Swap comes last. */
const depth = ({ mount }: FstabRow): number =>
  mount === '/' ? 0 : mount.startsWith('/') ? mount.split('/').length - 1 : Infinity;

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Blanks and backslashes in octal, as getmntent(3) reads them. */
const escapeField = (text: string): string =>
  text.replace(/[\s\\]/g, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`);

/**
 * /etc/crypttab; undefined when nothing is encrypted. All are opened in the initramfs, which asks
 * for the passphrase.
 *
 * Freed blocks are given back, but not where the free space is encrypted as well: it would show
 * which parts are in use.
 */
export function crypttab(plan: DiskPlan): string | undefined {
  const rows = nodesOf(plan)
    .filter((node) => node.type === 'luks')
    .map(({ name, uuid, fill }) => {
      const options = fill ? 'luks,initramfs' : 'luks,discard,initramfs';
      return [name, `UUID=${uuid}`, 'none', options];
    });
  return rows.length === 0 ? undefined : crypttabWith(rows);
}

/** The same for a disk on which nothing is encrypted. */
export const emptyCrypttab = (): string => crypttabWith([]);

const crypttabWith = (rows: readonly (readonly string[])[]): string =>
  document('/etc/crypttab: what is unlocked at boot.', [
    ['# <target name>', '<source device>', '<key file>', '<options>'],
    ...rows,
  ]);

/** /etc/mdadm/mdadm.conf; undefined when there is no array. */
export function mdadmConf(plan: DiskPlan): string | undefined {
  const arrays = nodesOf(plan).filter((node) => node.type === 'raid1');
  if (arrays.length === 0) return undefined;
  return mdadmConfWith(
    arrays.map(({ name, metadata, arrayUuid }) => [
      `ARRAY /dev/md/${name} metadata=${metadata} UUID=${fourGroups(arrayUuid)} name=any:${name}`,
    ]),
  );
}

/** The same for a disk without arrays: `mdadm --monitor` fails when there is no address in it. */
export const emptyMdadmConf = (): string => mdadmConfWith([]);

const mdadmConfWith = (arrays: readonly (readonly string[])[]): string =>
  document('/etc/mdadm/mdadm.conf: the arrays of this machine.', [
    ['HOMEHOST <system>'],
    ['MAILADDR root'],
    ...arrays,
  ]);

/** As mdadm writes UUIDs. */
const fourGroups = (uuid: string): string => uuid.match(/.{8}/g)?.join(':') ?? uuid;

function document(title: string, rows: readonly (readonly string[])[]): string {
  return [`# ${title}`, `# ${WRITTEN_BY}`, ...alignColumns(rows), ''].join('\n');
}

/** Lines with aligned columns; the last cell of a row is not padded. */
export function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows)
    row.slice(0, -1).forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, cell.length)));
  return rows.map((row) =>
    row
      .map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}
