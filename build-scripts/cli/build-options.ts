import type { Argv } from 'yargs';
import { wholeNumber } from './argument-values.ts';

const cacheDir = {
  type: 'string',
  requiresArg: true,
  describe: 'folder of the cache; default: $MKIMAGE_CACHE, or obj/cache of this project',
} as const;

export const buildOptions = (y: Argv) =>
  y
    .positional('profile', {
      type: 'string',
      array: true,
      demandOption: true,
      describe: 'path or name of a profile',
    })
    .option('quiet', {
      alias: 'q',
      type: 'boolean',
      describe: 'say nothing but warnings and errors',
    })
    .option('verbose', {
      alias: 'v',
      type: 'boolean',
      describe: 'show the output of every tool',
    })
    .option('plain', { type: 'boolean', describe: 'lines instead of live progress' })
    .option('workdir', {
      type: 'string',
      requiresArg: true,
      describe: 'folder to work in; default: memory, or $TMPDIR when there is too little',
    })
    .option('jobs', {
      alias: 'j',
      type: 'string',
      requiresArg: true,
      coerce: wholeNumber('--jobs', 1, 64),
      describe: 'profiles built side by side',
    })
    .option('output-dir', {
      alias: 'O',
      type: 'string',
      requiresArg: true,
      describe: 'folder for images and logs; default: obj/ of this project',
    })
    .option('output', {
      alias: 'o',
      type: 'string',
      array: true,
      nargs: 1,
      requiresArg: true,
      describe: 'formats to make instead of those of the profile, with commas between',
    })
    .option('until', {
      choices: ['rootfs', 'disk'] as const,
      describe: 'stop after the root file system, or after the raw disk',
    })
    .option('offline', {
      type: 'boolean',
      describe: 'build from the cache alone, without any network',
    })
    .option('refresh', {
      type: 'boolean',
      describe: 'take no layer from the cache, but fill it anew',
    })
    .option('cache', {
      type: 'boolean',
      default: true,
      describe: 'keep layers for the next build; --no-cache: neither take nor keep any',
    })
    .option('cache-dir', cacheDir)
    .option('verify-reproducible', {
      type: 'boolean',
      describe: 'build it again in other circumstances, and compare',
    })
    .conflicts('offline', 'refresh')
    .conflicts('output', 'until')
    .conflicts('quiet', 'verbose')
    .example('$0 profiles/deb12-amd64-lxc', 'a Debian 12 container image below obj/')
    .example('$0 deb12-amd64-lxc --set base.hostname=web1', 'the same with another host name');

export const cacheOptions = (y: Argv) =>
  y
    .positional('what', { choices: ['list', 'prune', 'verify'] as const, demandOption: true })
    .option('keep', {
      type: 'string',
      requiresArg: true,
      describe: 'prune: size that may be left, like 5G; default: $MKIMAGE_CACHE_SIZE, or 20G',
    })
    .option('json', { type: 'boolean', describe: 'list: as data' })
    .option('cache-dir', cacheDir);
