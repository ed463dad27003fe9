import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import type { ResolvedService } from '../../build-scripts/config/resolved-profile.ts';
import { presetFile } from '../../build-scripts/rootfs/apply-services.ts';
import { needsPrograms } from '../support/needs.ts';
import { temporaryFolder } from '../support/project.ts';
import { testUnless } from '../support/test-unless.ts';

const service = (action: ResolvedService['action'], unit: string): ResolvedService => ({
  action,
  unit,
  collection: 'c',
});

test('each unit once, masked ones not at all', () => {
  expect(
    presetFile([
      service('enable', 'ssh.service'),
      service('mask', 'apt-daily.timer'),
      service('disable', 'cron.service'),
      service('enable', 'ssh.service'),
    ]),
  ).toBe(`# The services that the profile of this image enables and disables.
disable cron.service
enable ssh.service
`);
});

testUnless(
  needsPrograms('systemctl'),
  'systemd comes to the same result as the build: disabling wins',
  () => {
    const root = temporaryFolder();
    const preset = path.join(root, 'etc/systemd/system-preset');
    const units = path.join(root, 'usr/lib/systemd/system');
    for (const folder of [preset, units]) mkdirSync(folder, { recursive: true });
    for (const name of ['on', 'off', 'both']) {
      writeFileSync(path.join(units, `${name}.service`), '[Install]\nWantedBy=multi-user.target\n');
    }
    const services = [
      service('enable', 'on.service'),
      service('enable', 'both.service'),
      service('disable', 'off.service'),
      service('disable', 'both.service'),
    ];
    writeFileSync(path.join(preset, '00-image.preset'), presetFile(services));
    execFileSync('systemctl', [`--root=${root}`, 'preset-all'], { stdio: 'pipe' });
    const isEnabled = (name: string): boolean =>
      lstatSync(path.join(root, `etc/systemd/system/multi-user.target.wants/${name}.service`), {
        throwIfNoEntry: false,
      }) !== undefined;
    expect(['on', 'off', 'both'].filter(isEnabled)).toEqual(['on']);
  },
);
