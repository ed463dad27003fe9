import { jsonSchemas } from './json-schemas.ts';
import { writeGenerated } from './generated-files.ts';
import { projectDir } from './project-dir.ts';

const files = Object.fromEntries(
  Object.entries(jsonSchemas()).map(([name, text]) => [`schemas/${name}`, text]),
);
process.exitCode = writeGenerated(projectDir, files, process.argv, 'npm run schemas');
