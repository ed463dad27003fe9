import { optionsPage } from './options-page.ts';
import { writeGenerated } from './generated-files.ts';
import { withImportCommands } from './import-commands.ts';
import { projectDir } from './project-dir.ts';
import { referencePage } from './reference-page.ts';

process.exitCode = writeGenerated(
  projectDir,
  {
    'docs/options.md': optionsPage(projectDir),
    'docs/reference.md': referencePage(),
    'README.md': withImportCommands(projectDir, 'README.md'),
    'docs/targets.md': withImportCommands(projectDir, 'docs/targets.md'),
  },
  process.argv,
  'npm run docs',
);
