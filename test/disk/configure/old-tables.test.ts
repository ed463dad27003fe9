import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { writeInitramfsSettings } from '../../../build-scripts/disk/configure/initramfs.ts';
import { parseFacts } from '../../../build-scripts/disk/configure/inspect-root.ts';
import { writeLayerTables } from '../../../build-scripts/disk/configure/layer-tables.ts';
import type { ImageRoot } from '../../../build-scripts/disk/image-root.ts';
import { runCommand } from '../../../build-scripts/host/process.ts';
import { makeScratch, removeScratch } from '../../support/scratch.ts';
import { PLAIN, planOf } from '../support/disk-plans.ts';

const CRYPTTAB = '/etc/crypttab';
const RESUME = '/etc/initramfs-tools/conf.d/resume';

let scratch: string;
/** What was written, by its name in the image. */
let written: Map<string, string>;
beforeEach(async () => {
  scratch = await makeScratch('old-tables');
  written = new Map();
});
afterEach(() => removeScratch(scratch));

/** A root whose scripts run here, on the files of a folder. */
const root = (): ImageRoot => ({
  path: scratch,
  run: (argv) => runCommand(argv),
  script: (text, args = []) =>
    runCommand(['/bin/sh', '-c', text, 'sh', ...args.map((file) => path.join(scratch, file))]),
  write(file, content) {
    written.set(file, content.toString());
    return Promise.resolve();
  },
  read: (file) => readFile(path.join(scratch, file)),
});

async function configureWith(files: Readonly<Record<string, string>>): Promise<string[]> {
  for (const [file, text] of Object.entries(files)) {
    const target = path.join(scratch, file);
    await mkdir(path.dirname(target), { recursive: true });
    await writeFile(target, text);
  }
  const plan = planOf(PLAIN);
  await writeLayerTables(root(), plan);
  await writeInitramfsSettings(root(), plan, parseFacts(''));
  return [...written.keys()];
}

test('a root without such files gets no tables', async () => {
  expect(await configureWith({})).toEqual([RESUME]);
});

test('those of another machine are replaced', async () => {
  const old = { [CRYPTTAB]: 'old UUID=1 none luks\n', [RESUME]: 'RESUME=UUID=1\n' };
  expect(await configureWith(old)).toEqual([CRYPTTAB, RESUME]);
  expect(written.get(RESUME)).toBe('RESUME=none\n');
});

test('those that name no device stay', async () => {
  expect(await configureWith({ [CRYPTTAB]: '# none\n', [RESUME]: '' })).toEqual([]);
});
