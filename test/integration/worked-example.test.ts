import { lstatSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { optionVariables } from '../../build-scripts/config/option-environment.ts';
import { attempt } from '../support/command.ts';
import { bootNspawn } from '../support/container.ts';
import { imageOf, readManifest, type Image } from '../support/mkimage.ts';
import {
  firstReason,
  needsContainers,
  needsPrograms,
  needsRoot,
  project,
} from '../support/needs.ts';
import { makeScratch, removeScratch } from '../support/scratch.ts';
import { describeUnless, testUnless } from '../support/test-unless.ts';
import { unpack } from '../support/unpack.ts';

const page = 'docs/collections.md';
const collectionTest = 'docs/example/collections/hello-web/tests/10-page';

/** The command as the documentation has it: what a reader types is what is built here. */
function documentedCommand(): string[] {
  const text = readFileSync(path.join(project, page), 'utf8');
  const [command] = /^\.\/mkimage --collections \S+ \S+hello-web\.yml$/m.exec(text) ?? [];
  if (command === undefined) throw new Error(`${page} does not say how to build the example`);
  return command.split(' ');
}

describeUnless(firstReason(needsRoot, needsPrograms('zstd')), 'the worked example', () => {
  let scratch: string;
  let root: string;
  let image: Image;
  const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

  beforeAll(async () => {
    scratch = await makeScratch('example');
    root = path.join(scratch, 'root');
    const outcome = await attempt([...documentedCommand(), '--plain', '-O', scratch], {
      cwd: project,
    });
    if (outcome.exitCode !== 0) throw new Error(`it does not build:\n${outcome.stderr}`);
    image = imageOf(path.join(scratch, 'hello-web'), outcome);
    await unpack(image.rootfs, root);
  });
  afterAll(() => removeScratch(scratch));

  test('the note of its hook is shown', () => {
    expect(image.stderr).toMatch(
      /^note: hello-web: the page of hello-web lists \d+ packages, on port 8080$/m,
    );
  });

  test('its templates are rendered', () => {
    const { suite, arch } = readManifest(image).settings;
    const html = read('usr/local/share/hello-web/index.html');
    expect(html).toContain('<h1>Hello from the worked example</h1>\n');
    expect(html).toContain(`Built from the profile hello-web with Debian ${suite} for ${arch}.`);
    expect(read('etc/systemd/system/hello-web.service')).toContain('/hello-web/serve 8080\n');
  });

  test('its files have the modes that the documentation promises', () => {
    const mode = (file: string): number => lstatSync(path.join(root, file)).mode & 0o7777;
    expect(mode('usr/local/lib/hello-web/serve')).toBe(0o755);
    expect(mode('usr/local/lib/hello-web')).toBe(0o755);
    expect(mode('usr/local/share/hello-web/index.html')).toBe(0o644);
  });

  test('its user is there, its service enabled, its hook has run', () => {
    expect(read('etc/passwd')).toMatch(/^hello-web:/m);
    const wanted = 'etc/systemd/system/multi-user.target.wants/hello-web.service';
    expect(readlinkSync(path.join(root, wanted))).toBe('/etc/systemd/system/hello-web.service');
    expect(read('usr/local/share/hello-web/packages.txt')).toMatch(/^busybox\t/m);
  });

  testUnless(needsContainers(), 'it passes its own test once it runs', async () => {
    const container = await bootNspawn(root);
    try {
      expect(container.state).toBe('running');
      const options = Object.entries(readManifest(image).options).flatMap(([name, { value }]) =>
        Object.entries(optionVariables(name, value)),
      );
      const passed = await container.attempt(['sh', '-s'], {
        env: Object.fromEntries(options),
        input: readFileSync(path.join(project, collectionTest), 'utf8'),
      });
      expect(passed).toMatchObject({
        exitCode: 0,
        stdout: expect.stringContaining('<h1>Hello from the worked example</h1>'),
      });
    } finally {
      await container.stop();
    }
  });
});
