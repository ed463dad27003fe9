import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ConfigError, DiagnosticList } from '../../../../build-scripts/config/diagnostics.ts';
import { diskSchema } from '../../../../build-scripts/config/disk-schema.ts';
import { validate } from '../../../../build-scripts/config/validate.ts';
import { parseYaml } from '../../../../build-scripts/config/yaml-source.ts';
import { planDisk, type PlanInput } from '../../../../build-scripts/disk/plan/index.ts';

const layouts = path.resolve(import.meta.dirname, '../layouts');

/**
 * A layout as tar-to-disk reads it.
 *
 * @throws {ConfigError} when it does not even fit the schema
 */
export function inputOf(
  source: string,
  file: string,
  contents: PlanInput['contents'] = {},
  seed = 'a seed',
): PlanInput {
  const diagnostics = new DiagnosticList();
  const document = parseYaml(source, file, diagnostics);
  const disk = document && validate(diskSchema, document, diagnostics);
  diagnostics.throwIfAny();
  if (disk === undefined) throw new Error('a refusal without a reason');
  return { disk, document, folder: '/layouts', contents, seed };
}

/** One of the layouts of this folder, by its file name without `.yml`. */
export const layoutInput = (name: string, contents: PlanInput['contents']): PlanInput =>
  inputOf(readFileSync(path.join(layouts, `${name}.yml`), 'utf8'), `${name}.yml`, contents);

/** Everything that is said about a layout that can not be planned. */
export function refusalOf(source: string, contents: PlanInput['contents'] = {}): string {
  try {
    planDisk(inputOf(source, 'disk.yml', contents));
  } catch (error) {
    if (error instanceof ConfigError) return `${error.message}\n`;
    throw error;
  }
  return 'accepted\n';
}

/**
 * The text of a file that a result is compared with. With UPDATE_EXPECTED the result is written
 * there, and the test fails: read what was written before you commit it.
 */
export function expectedText(file: string, actual: string): string {
  if (process.env.UPDATE_EXPECTED !== undefined) {
    writeFileSync(file, actual);
    throw new Error(`${path.basename(file)} was written, run again without UPDATE_EXPECTED`);
  }
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}
