import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readManifest, type Image } from '../support/mkimage.ts';
import { needsPrograms } from '../support/needs.ts';
import { makeScratch, removeScratch } from '../support/scratch.ts';
import { flipByte, layersMade, Site } from '../support/site.ts';
import { describeUnless } from '../support/test-unless.ts';

let site: Site;
const MACHINE = 'outputs: [raw]\nseed: cache\n';

describeUnless(needsPrograms('mmdebstrap', 'zstd'), 'a machine', () => {
  let sum = '';
  const disk = (image: Image): string =>
    readManifest(image).files.find(({ name }) => name.endsWith('.raw'))?.sha256 ?? '';

  beforeAll(async () => {
    site = new Site(await makeScratch('cache-disk'));
    site.write('deb12-amd64-kvm', MACHINE);
  });
  afterAll(() => removeScratch(site.scratch));

  test('keeps its initramfs while nothing that it was made from has changed', async () => {
    expect(layersMade(await site.build())).toEqual([
      ...['packages', 'packages on top', 'root', 'initramfs', 'disk'],
    ]);
    writeFileSync(site.file('files/etc/site.conf'), 'two\n');
    const image = await site.build();
    expect(layersMade(image)).toEqual(['root', 'disk']);
    sum = disk(image);
    expect(sum).toMatch(/^[0-9a-f]{64}$/);
    // To the byte what a build makes that has no cache.
    expect(disk(await site.build('--no-cache'))).toBe(sum);
  });

  test('needs no new disk for one format more, and no new format for a file that is gone', async () => {
    const more = await site.build('--output', 'raw,qcow2');
    expect(layersMade(more)).toEqual(['qcow2']);
    expect(disk(more)).toBe(sum);
    const qcow2 = (image: Image): string =>
      readManifest(image).files.find(({ name }) => name.endsWith('.qcow2'))?.sha256 ?? '';
    for (const name of readdirSync(more.directory))
      if (name.includes('_disk_')) rmSync(path.join(more.directory, name));
    const again = await site.build('--output', 'raw,qcow2');
    expect(layersMade(again)).toEqual([]);
    expect([disk(again), qcow2(again)]).toEqual([sum, qcow2(more)]);
    // Made from a disk of the cache or from a new one.
    const without = await site.build('--output', 'qcow2', '--no-cache');
    expect(layersMade(without)).toContain('disk');
    expect(qcow2(without)).toBe(qcow2(more));
    // Kernel and initramfs come out of a disk that is being made.
    expect(layersMade(await site.build('--output', 'kernel'))).toEqual(['disk']);
  });

  test('gets a new disk when that is damaged, and says so', async () => {
    const [file = ''] = site.dataOf('disk');
    // In the boot loader's partition.
    const handle = openSync(file, 'r+');
    writeSync(handle, 'garbage', 2 * 1024 ** 2);
    closeSync(handle);
    const image = await site.build('--output', 'qcow2');
    expect(layersMade(image)).toEqual(['disk', 'qcow2']);
    expect(image.stderr).toContain('the cache is damaged: disk of site; it is made anew');
    site.dataOf('image').forEach(flipByte);
    const other = await site.build('--output', 'qcow2,vmdk');
    expect(other.stderr).toContain('the cache is damaged: image of site; it is made anew');
    expect(layersMade(other).sort()).toEqual(['qcow2', 'vmdk']);
  });

  test('gets a new disk only, when only the layout has changed', async () => {
    const [layout = ''] = readdirSync((await site.build()).directory).filter((name) =>
      name.endsWith('_disk.yml'),
    );
    const text = readFileSync(path.join(site.scratch, 'obj/site', layout), 'utf8');
    writeFileSync(path.join(site.scratch, 'layout.yml'), text);
    site.write('deb12-amd64-kvm', `${MACHINE}disk: layout.yml\n`);
    writeFileSync(site.file('files/etc/site.conf'), 'two\n');
    expect(layersMade(await site.build())).toEqual([]);
    writeFileSync(path.join(site.scratch, 'layout.yml'), text.replace(/^size: .*$/m, 'size: 5G'));
    const image = await site.build();
    expect(layersMade(image)).toEqual(['disk']);
    expect(image.stderr).toContain('disk: made anew: layout changed');
    site.write('deb12-amd64-kvm', MACHINE);
  });

  test('gets a new initramfs when there is a new name, or other content of what was read', async () => {
    const file = site.file('files/etc/initramfs-tools/conf.d/site');
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, 'MODULES=most\n');
    expect(layersMade(await site.build())).toEqual(['root', 'initramfs', 'disk']);
    writeFileSync(file, 'MODULES=list\n');
    expect(layersMade(await site.build())).toEqual(['root', 'initramfs', 'disk']);
  });
});
