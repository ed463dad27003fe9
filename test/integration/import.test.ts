import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { load } from 'js-yaml';
import { run } from '../support/command.ts';
import { startCreated } from '../support/container.ts';
import { firstReason, needsContainers, needsPrograms } from '../support/needs.ts';
import { makeScratch, removeScratch } from '../support/scratch.ts';
import { describeUnless } from '../support/test-unless.ts';
import { web, webImage, type BuiltImage } from '../support/web-image.ts';

const missing = firstReason(needsContainers(), needsPrograms('lxc-create', 'zstd', 'xz'));

describeUnless(missing, 'what the closing summary says', () => {
  let scratch: string;
  let image: BuiltImage;
  /** The lines under one heading, continued ones joined. */
  let commands: (heading: string) => string[];

  beforeAll(async () => {
    scratch = await makeScratch('import');
    image = await webImage('root');
    const [, howTo = ''] = image.stdout.split('to use it, from that folder:\n');
    const lines = howTo.replaceAll(/ \\\n +/g, ' ').split('\n');
    commands = (heading) => {
      const first = lines.findIndex((line) => line.startsWith(`    ${heading} `));
      if (first === -1) throw new Error(`no ${heading} in: ${image.stdout}`);
      const next = lines.findIndex((line, i) => i > first && !line.startsWith('        '));
      const own = lines.slice(first, next === -1 ? undefined : next);
      return own.map((line) => line.replace(`    ${heading} `, '').trim());
    };
  });
  afterAll(() => removeScratch(scratch));

  test('makes an LXC container that starts', async () => {
    const [unpack = '', create = '', start] = commands('LXC');
    expect(start).toBe(`lxc-start -n ${web.name} && lxc-attach -n ${web.name}`);
    // As printed, but for the places that are the machine's.
    const script = [unpack, create]
      .join('\n')
      .replaceAll('/tmp/rootfs.tar.xz', path.join(scratch, 'rootfs.tar.xz'))
      .replace('lxc-create ', `lxc-create --lxcpath ${scratch} `);
    expect(script).toContain(`--lxcpath ${scratch} -n ${web.name} -t local -- -m`);
    await run(['sh', '-eu', '-c', script], { cwd: image.directory });

    const config = readFileSync(path.join(scratch, web.name, 'config'), 'utf8');
    expect(config).toContain('lxc.include = /usr/share/lxc/config/common.conf');
    expect(config).toMatch(/^lxc\.arch = x86_64$/m);
    const container = await startCreated(scratch, web.name);
    try {
      expect(container.state).toBe('running');
      expect(await container.run(['cat', '/etc/debian_version'])).toMatch(/^12\./);
    } finally {
      await container.stop();
    }
  });

  test('names files that are there', () => {
    const [incus = ''] = commands('Incus');
    const [, metadata = '', rootfs = ''] =
      /^incus image import (\S+) (\S+) --alias web1$/.exec(incus) ?? [];
    expect(path.join(image.directory, metadata)).toBe(image.metadata);
    expect(path.join(image.directory, rootfs)).toBe(image.rootfs);
    const proxmox = commands('Proxmox VE').join('\n');
    expect(proxmox).toContain(`scp ${path.basename(image.rootfs)} root@PVE:`);
    expect(proxmox).toContain(`pct create 9999 local:vztmpl/${path.basename(image.rootfs)} `);
  });

  test('Incus finds what it needs in the metadata', async () => {
    const text = await run([
      'tar',
      '--extract',
      '--to-stdout',
      '--file',
      image.metadata,
      'metadata.yaml',
    ]);
    const { creation_date, ...metadata } = load(text) as Record<string, unknown>;
    expect(metadata).toEqual({
      architecture: 'x86_64',
      properties: {
        description: web.description,
        name: web.name,
        os: 'Debian',
        release: 'bookworm (Debian 12)',
      },
    });
    expect(creation_date).toBeLessThanOrEqual(Date.now() / 1000);
    expect(creation_date).toBeGreaterThan(Date.now() / 1000 - 3 * 86_400);
    const members = await run(['tar', '--list', '--file', image.metadata]);
    // For lxc-create.
    expect(members.split('\n')).toEqual(
      expect.arrayContaining(['config', 'config-user', 'templates']),
    );
  });
});
