/**
 * What dist/PROGRAM.cjs is made from: runs the bundle of a program with the machine code that
 * bundle.js has kept for it, which makes starting twice as fast. Where that does not fit (another
 * Node.js), V8 refuses it and compiles as usual.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire, SourceMap, type SourceMapPayload } from 'node:module';
import path from 'node:path';
import vm from 'node:vm';
import { CODE_CACHE, wrapProgram } from './wrap-program.js';

/** File name of the bundle, in the folder of this file. Set by bundle.js. */
declare const BUNDLE: string;

const file = path.join(__dirname, BUNDLE);
const cache = file + CODE_CACHE;

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

// esbuild writes ASCII.
const script = new vm.Script(wrapProgram(readFileSync(file, 'latin1')), {
  filename: file,
  ...(existsSync(cache) ? { cachedData: readFileSync(cache) } : {}),
  importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
});
const run = script.runInThisContext() as (...args: unknown[]) => void;
run({}, createRequire(file), {}, file, __dirname);
