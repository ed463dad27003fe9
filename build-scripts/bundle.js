/**
 * Bundles the TypeScript sources into dist/ with esbuild. Run by `npm run build` and by the
 * launchers (build-scripts/launch.sh); plain JavaScript, because node has to run it before
 * anything is built.
 */
import { mkdir, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';

const root = path.dirname(import.meta.dirname);
const dist = path.join(root, 'dist');
const started = new Date();
const dayInMs = 24 * 60 * 60 * 1000;

/** What is started often: one file each, which dist/NAME.cjs runs: load-program.ts. */
const programs = { mkimage: 'mkimage.ts', 'tar-to-disk': 'tar-to-disk.ts' };

/** dist/NAME.js is made from this source. */
const modules = {
  index: 'build-scripts/index.ts',
  'write-schemas': 'build-scripts/cli/write-schemas.ts',
  'write-docs': 'build-scripts/cli/write-docs.ts',
};

/** @type {import('esbuild').BuildOptions & { write: false }} */
const common = {
  absWorkingDir: root,
  outdir: dist,
  write: false,
  bundle: true,
  // With its dependencies: one file is loaded faster than three hundred. Not what is native code.
  external: ['zstd-napi'],
  platform: 'node',
  target: 'node20',
  sourcemap: 'linked',
  logLevel: 'warning',
};
const asUrl = "const importMetaUrl_ = require('node:url').pathToFileURL(__filename).href;";
const asRequire =
  "import { createRequire as makeRequire_ } from 'node:module'; const require = makeRequire_(import.meta.url);";

const [bundles, library] = await Promise.all([
  build({
    ...common,
    entryPoints: programs,
    // V8 only looks at the length of a source to tell whether machine code is of it.
    entryNames: '[name]-[hash]',
    outExtension: { '.js': '.cjs' },
    format: 'cjs',
    define: { 'import.meta.url': 'importMetaUrl_' },
    banner: { js: asUrl },
  }),
  build({
    ...common,
    entryPoints: modules,
    splitting: true,
    format: 'esm',
    // For dependencies that are CommonJS.
    banner: { js: asRequire },
  }),
]).catch(() => {
  // esbuild has printed the messages itself.
  process.exit(1);
});

const files = [
  ...bundles.outputFiles,
  ...(await Promise.all(Object.keys(programs).map(starter))),
  ...library.outputFiles,
];

/** @param {string} name */
async function starter(name) {
  const isBundle = (/** @type {string} */ file) =>
    file.endsWith('.cjs') && path.basename(file).startsWith(`${name}-`);
  const bundle = bundles.outputFiles.find((file) => isBundle(file.path));
  const { outputFiles } = await build({
    ...common,
    entryPoints: { [name]: 'build-scripts/load-program.ts' },
    outExtension: { '.js': '.cjs' },
    format: 'cjs',
    sourcemap: false,
    define: { BUNDLE: JSON.stringify(path.basename(bundle?.path ?? '')) },
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error(`nothing to start ${name} with`);
  return file;
}

// Files appear whole, and what starts a program after the program: another process may be starting
// from dist/ right now.
await mkdir(dist, { recursive: true });
for (const file of files) {
  const partial = `${file.path}.${process.pid}.partial`;
  await writeFile(partial, file.contents);
  await rename(partial, file.path);
}

// The launchers rebuild when a source is newer than this, what changed since the start counts, and
// for another Node.js.
const stamp = path.join(dist, '.built');
await writeFile(stamp, `${process.version}\n`);
await utimes(stamp, started, started);

// What runs right now may still load a chunk of the previous build, so only old leftovers go.
const current = new Set(files.map((file) => path.basename(file.path)));
for (const name of await readdir(dist)) {
  const file = path.join(dist, name);
  if (current.has(name) || file === stamp) continue;
  const age = await stat(file).then(
    (s) => Date.now() - s.mtimeMs,
    () => 0,
  );
  if (age > dayInMs) await rm(file, { force: true });
}
