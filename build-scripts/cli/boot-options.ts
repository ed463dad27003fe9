import type { Argv } from 'yargs';
import { memorySize, sizeText, wholeNumber } from './argument-values.ts';

const FIRMWARE = ['bios', 'uefi', 'secure-boot'] as const;

/** Options that `boot` and `test` share. */
const targetOptions = {
  output: {
    alias: 'o',
    type: 'string',
    array: true,
    nargs: 1,
    requiresArg: true,
    describe: 'of a profile with several: the format to start, or several with commas between',
  },
  firmware: { choices: FIRMWARE, describe: 'how to start it; default: as the image was made for' },
  arch: {
    choices: ['amd64', 'arm64'] as const,
    describe: 'of an image file without a manifest; default: that of this machine',
  },
  memory: {
    type: 'string',
    requiresArg: true,
    coerce: memorySize('--memory'),
    describe: 'memory of the machine; default: 1536M',
  },
  cpus: {
    type: 'string',
    requiresArg: true,
    coerce: wholeNumber('--cpus', 1, 64),
    describe: 'processors of the machine; default: 2',
  },
  workdir: {
    type: 'string',
    requiresArg: true,
    describe: 'folder for what the machine writes; default: $TMPDIR',
  },
  'output-dir': {
    alias: 'O',
    type: 'string',
    requiresArg: true,
    describe: 'folder with the images; default: obj/ of this project',
  },
} as const;

export const bootOptions = (y: Argv) =>
  y
    .positional('target', {
      type: 'string',
      demandOption: true,
      describe: 'profile (its newest image), or the file of an image',
    })
    .options(targetOptions)
    .options({
      graphic: { type: 'boolean', describe: 'a window instead of this terminal' },
      ssh: {
        type: 'string',
        requiresArg: true,
        coerce: wholeNumber('--ssh', 1, 65535),
        describe: 'port of this host that leads to the ssh server of the machine',
      },
      'disk-size': {
        type: 'string',
        requiresArg: true,
        coerce: sizeText('--disk-size'),
        describe: 'size of the disk, like 20G; default: as large as the image',
      },
      'second-disk': { type: 'boolean', describe: 'an empty second disk, as large as the first' },
      'secure-boot': { type: 'boolean', describe: 'UEFI that starts only what is signed' },
      'cloud-init': {
        type: 'string',
        requiresArg: true,
        describe: 'folder with user-data and meta-data, or a file that is the user-data',
      },
    })
    .conflicts('secure-boot', 'firmware')
    .example('$0 boot deb12-amd64-kvm --ssh 2222', 'the console here, ssh at port 2222');

export const testOptions = (y: Argv) =>
  y
    .positional('target', {
      type: 'string',
      array: true,
      demandOption: true,
      describe: 'profiles (their newest images), or files of images',
    })
    .options(targetOptions)
    .options({
      scenario: {
        alias: 's',
        type: 'string',
        array: true,
        nargs: 1,
        requiresArg: true,
        describe:
          'what to try, with commas between: plain, larger-disk, wrong-passphrase, power-cut, clones, second-disk, all; default: plain',
      },
      'host-image': {
        type: 'string',
        requiresArg: true,
        describe:
          'profile or file of the machine that a container of another architecture is started in; default: the newest one that was built',
      },
      'passphrase-file': {
        type: 'string',
        requiresArg: true,
        describe: 'file with what opens the disk; default: as the layout of the profile says',
      },
      json: { type: 'string', requiresArg: true, describe: 'write a report as JSON; - is stdout' },
      junit: { type: 'string', requiresArg: true, describe: 'write a report as JUnit XML' },
      jobs: {
        alias: 'j',
        type: 'string',
        requiresArg: true,
        coerce: wholeNumber('--jobs', 1, 64),
        describe: 'machines at the same time; default: 1',
      },
      quiet: { alias: 'q', type: 'boolean', describe: 'say nothing unless something fails' },
      plain: { type: 'boolean', describe: 'lines instead of live progress' },
    })
    .example('$0 test deb12-amd64-kvm --scenario all', 'all that can happen to a machine');
