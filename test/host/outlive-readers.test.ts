import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { transformSync } from 'esbuild';
import { project } from '../support/needs.ts';
import { temporaryFolder } from '../support/project.ts';

test.each(['stdout', 'stderr'])('a program whose %s nobody reads goes on', (stream) => {
  const source = readFileSync(path.join(project, 'build-scripts/host/outlive-readers.ts'), 'utf8');
  const { code } = transformSync(source, { loader: 'ts', format: 'esm' });
  const folder = temporaryFolder();
  const script = `${code}
    import { writeFileSync } from 'node:fs';
    outliveReaders();
    for (let i = 0; i < 3; i += 1) {
      process.${stream}.write('text\\n');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    writeFileSync('${folder}/end', 'reached');`;
  // The reader is gone before the first line.
  const pipe = stream === 'stdout' ? '' : '2>&1 >/dev/null';
  execFileSync('sh', [
    ...['-c', `(sleep 0.3; "$1" --input-type=module -e "$2" ${pipe}) | true`],
    ...['sh', process.execPath, script],
  ]);
  expect(readFileSync(path.join(folder, 'end'), 'utf8')).toBe('reached');
});
