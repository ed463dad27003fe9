import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { attempt, run } from '../support/command.ts';
import { serveFolder, startProxy, type TestServer } from '../support/http.ts';
import { makeRepository, type LocalRepository } from '../support/local-repository.ts';
import { buildImage, mkimage, readManifest, type Image } from '../support/mkimage.ts';
import { needsPrograms } from '../support/needs.ts';
import { makeScratch, removeScratch } from '../support/scratch.ts';
import { published, writeSmallProfile } from '../support/small-build.ts';
import { describeUnless } from '../support/test-unless.ts';

const NAME = 'mkimage-test-package';

describeUnless(
  needsPrograms('gpg', 'dpkg-deb', 'zstd'),
  'a repository of one’s own, through a proxy',
  () => {
    let scratch: string;
    let repository: LocalRepository;
    let server: TestServer;
    let proxy: TestServer;
    let profile: (name: string, key: string) => Promise<string>;
    let image: Image;

    beforeAll(async () => {
      scratch = await makeScratch('repository');
      repository = await makeRepository(path.join(scratch, 'repository'), NAME);
      server = await serveFolder(repository.folder);
      proxy = await startProxy();
      profile = (name, key) =>
        writeSmallProfile(scratch, name, [
          'variant: apt',
          `apt-proxy: ${proxy.url}`,
          `packages: [${NAME}]`,
          'repositories:',
          `  - {name: own, uri: "${server.url}", suite: stable, key: ${key}}`,
        ]);
      // Nothing is downloaded that the cache has.
      image = await buildImage(await profile('own', repository.key), path.join(scratch, 'images'), {
        args: ['--no-cache'],
      });
    });
    afterAll(async () => {
      await server.close();
      await proxy.close();
      await removeScratch(scratch);
    });

    const fileInImage = (name: string): Promise<string> =>
      run(['tar', '--extract', '--zstd', '--to-stdout', '--file', image.rootfs, name]);

    test('its package is installed', async () => {
      expect(await fileInImage(`./usr/share/${NAME}/hello`)).toBe('hello');
      expect(readManifest(image).packages[NAME]).toMatchObject({ version: '1.0' });
    });

    test('the image keeps it, with its key', async () => {
      expect((await fileInImage('./etc/apt/sources.list.d/own.sources')).split('\n')).toEqual([
        'Types: deb',
        `URIs: ${server.url}`,
        'Suites: stable',
        'Components: main',
        'Signed-By: /etc/apt/keyrings/own.asc',
      ]);
      expect(await fileInImage('./etc/apt/keyrings/own.asc')).toBe(
        readFileSync(repository.key, 'utf8').trimEnd(),
      );
    });

    test('everything came through the proxy', () => {
      expect(proxy.requests).toContain(`${server.url}/pool/${NAME}.deb`);
      expect(
        proxy.requests.filter((url) => url.endsWith('/dists/bookworm/InRelease')),
      ).toHaveLength(1);
      expect(proxy.requests.filter((url) => /\/libc6_.*\.deb$/.test(url))).toHaveLength(1);
    });

    test('the proxy leaves no trace', async () => {
      const unpacked = path.join(scratch, 'unpacked');
      await run(['mkdir', unpacked]);
      // As an ordinary user: without owners, which nobody looks at here.
      const unpack = ['tar', '--extract', '--zstd', '--file', image.rootfs, '--no-same-owner'];
      await run([...unpack, '--directory', unpacked]);
      const search = ['grep', '--recursive', '--text', '--fixed-strings', '--files-with-matches'];
      const address = proxy.url.replace('http://', '');
      expect(await attempt([...search, '--regexp', address, '.'], { cwd: unpacked })).toMatchObject(
        {
          stdout: '',
          exitCode: 1,
        },
      );
      expect(readFileSync(image.manifest, 'utf8')).not.toContain(address);
    });

    test('with somebody else’s key it is refused', async () => {
      const other = await makeRepository(path.join(scratch, 'other'), NAME);
      const images = path.join(scratch, 'images');
      const refused = await profile('refused', other.key);
      const { exitCode, stderr } = await mkimage(['--plain', '-O', images, refused]);
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(
        /likely cause: the archive is signed with key [0-9A-F]{16}, which apt does not know/,
      );
      expect(published(path.join(images, 'refused'))).toEqual([]);
    });
  },
);
