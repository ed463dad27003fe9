import type { Argv } from 'yargs';

export const diffOptions = (y: Argv) =>
  y
    .positional('a', {
      type: 'string',
      demandOption: true,
      describe:
        'profile (its newest image), PROFILE@1 (the one before), a manifest, or a root file system as .tar.zst or .tar',
    })
    .positional('b', { type: 'string', describe: 'the other image, which is taken for the newer' })
    .option('all', {
      type: 'boolean',
      default: false,
      describe: 'every file and option, also where there are many',
    })
    .option('json', { type: 'boolean', default: false, describe: 'as data' })
    .option('output-dir', {
      alias: 'O',
      type: 'string',
      requiresArg: true,
      describe: 'folder with the images; default: obj/ of this project',
    })
    .example('$0 diff deb12-amd64-lxc', 'the newest image, and the one before')
    .example('$0 diff old/web_manifest.json web', 'an image that was kept, and the newest one')
    .epilogue('Exit code: 0 no difference, 1 different, 2 trouble.');
