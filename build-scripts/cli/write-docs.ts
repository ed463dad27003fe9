import { optionsPage } from './options-page.ts';
import { writeGenerated } from './generated-files.ts';
import { projectDir } from './project-dir.ts';
import { referencePage } from './reference-page.ts';

process.exitCode = writeGenerated(
  projectDir,
  { 'docs/options.md': optionsPage(projectDir), 'docs/reference.md': referencePage() },
  process.argv,
  'npm run docs',
);
