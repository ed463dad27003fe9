import type { DiskPlan } from '../disk-plan.ts';
import type { ImageRoot } from '../image-root.ts';
import { crypttab, emptyCrypttab, emptyMdadmConf, mdadmConf } from '../plan/tables.ts';

/** A table of LUKS containers or arrays in the image. */
export interface LayerTable {
  readonly file: string;
  /** Undefined: this disk has nothing of that kind. */
  readonly text: string | undefined;
  /** Without rows. */
  readonly empty: string;
  /** Finds a row, in the whole text of a file. */
  readonly row: RegExp;
}

export const layerTables = (plan: DiskPlan): LayerTable[] => [
  {
    file: '/etc/crypttab',
    text: crypttab(plan),
    empty: emptyCrypttab(),
    row: /^[ \t]*[^#\s]/m,
  },
  {
    file: '/etc/mdadm/mdadm.conf',
    text: mdadmConf(plan),
    empty: emptyMdadmConf(),
    // Three letters of a keyword are enough, in any case: mdadm.conf(5).
    row: /^arr/im,
  },
];

/**
 * What is written in place of a file of the image: of devices that another machine had, an old table
 * lets the system wait for 90 seconds at each boot.
 *
 * @param present the text of the image's own file; empty when there is none
 * @returns undefined to leave the file alone
 */
export function tableFor({ text, empty, row }: LayerTable, present: string): string | undefined {
  return text ?? (row.test(present) ? empty : undefined);
}

const READ = 'if [ -f "$1" ]; then cat -- "$1"; fi';

/** Writes crypttab and mdadm.conf. @throws CommandError */
export async function writeLayerTables(root: ImageRoot, plan: DiskPlan): Promise<void> {
  for (const table of layerTables(plan)) {
    const present = table.text === undefined ? (await root.script(READ, [table.file])).stdout : '';
    const text = tableFor(table, present);
    if (text !== undefined) await root.write(table.file, text);
  }
}
