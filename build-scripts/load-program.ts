/**
 * What dist/PROGRAM.cjs is made from: runs the bundle of a program with the machine code that V8 made
 * of it in an earlier run of the same command, which makes starting twice as fast. Where that does not
 * fit (another Node.js), V8 refuses it and compiles as usual.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire, SourceMap, type SourceMapPayload } from 'node:module';
import path from 'node:path';
import vm from 'node:vm';
import { COMMANDS } from './cli/commands.ts';

/** File name of the bundle, in the folder of this file. Set by bundle.js. */
declare const BUNDLE: string;

const file = path.join(__dirname, BUNDLE);
/** Each command needs other parts of the program. */
const codeFile = `${file}.${usedPart(process.argv.slice(2))}.code`;

function usedPart(argv: readonly string[]): string {
  if (argv.some((word) => ['--help', '-h', '--version'].includes(word))) return 'help';
  return COMMANDS.find((command) => command === argv[0]) ?? 'build';
}

let map: SourceMap | undefined;
const sourceMap = (): SourceMap =>
  (map ??= new SourceMap(JSON.parse(readFileSync(`${file}.map`, 'utf8')) as SourceMapPayload));

/** As node prints it: name and place. */
type Site = NodeJS.CallSite & { toString(): string };

/** A place in the sources rather than in the bundle. */
function describe(site: Site): string {
  const [line, column] = [site.getLineNumber(), site.getColumnNumber()];
  if (site.getFileName() !== file || line === null || column === null) return site.toString();
  const entry = sourceMap().findEntry(line - 1, column - 1);
  if (!('originalSource' in entry)) return site.toString();
  const { originalSource, originalLine, originalColumn } = entry;
  const origin = `${path.resolve(__dirname, originalSource)}:${originalLine + 1}:${originalColumn + 1}`;
  return site.toString().replace(`${file}:${line}:${column}`, origin);
}

// Not node's --enable-source-maps: that reads the map at each start, this only when it is needed.
Error.prepareStackTrace = (error, sites) =>
  [String(error), ...sites.map((site: Site) => `    at ${describe(site)}`)].join('\n');

function readCode(): Buffer | undefined {
  try {
    return readFileSync(codeFile);
  } catch {
    return undefined;
  }
}

function keepCode(): void {
  const partial = `${codeFile}.${process.pid}.partial`;
  try {
    writeFileSync(partial, script.createCachedData());
    renameSync(partial, codeFile);
  } catch {
    // Somebody else's checkout, or a full disk: then it starts as fast as it can.
    rmSync(partial, { force: true });
  }
}

const code = readCode();
const wrapper = ['(function (exports, require, module, __filename, __dirname) {', '\n})'];
// esbuild writes ASCII.
const script = new vm.Script(wrapper.join(readFileSync(file, 'latin1')), {
  filename: file,
  ...(code === undefined ? {} : { cachedData: code }),
  importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
});
if (code === undefined || script.cachedDataRejected === true) {
  process.once('exit', (exitCode) => {
    // A mistake on the command line only needs a part of it.
    if (exitCode === 0) keepCode();
  });
}
const run = script.runInThisContext() as (...args: unknown[]) => void;
run({}, createRequire(file), {}, file, __dirname);
