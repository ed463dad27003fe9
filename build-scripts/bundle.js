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

/** Programs: dist/NAME.js is made from this source. */
const entryPoints = {
  mkimage: 'mkimage.ts',
  index: 'build-scripts/index.ts',
  'tar-to-disk': 'build-scripts/cli/tar-to-disk.ts',
  'write-schemas': 'build-scripts/cli/write-schemas.ts',
  'write-docs': 'build-scripts/cli/write-docs.ts',
};

const result = await build({
  absWorkingDir: root,
  entryPoints,
  outdir: dist,
  write: false,
  bundle: true,
  // A command's code is loaded when the command runs: --help stays fast.
  splitting: true,
  // With its dependencies: one file is loaded faster than three hundred. Not what is native code.
  external: ['zstd-napi'],
  // For dependencies that are CommonJS.
  banner: {
    js: "import { createRequire as makeRequire_ } from 'node:module'; const require = makeRequire_(import.meta.url);",
  },
  format: 'esm',
  platform: 'node',
  target: 'node20',
  sourcemap: 'linked',
  logLevel: 'warning',
}).catch(() => {
  // esbuild has printed the messages itself.
  process.exit(1);
});

// Files appear whole, and a program's chunks before the program: another process may be starting
// from dist/ right now.
await mkdir(dist, { recursive: true });
const isEntry = (/** @type {string} */ file) => path.basename(file, '.js') in entryPoints;
const files = result.outputFiles.toSorted(
  (a, b) => Number(isEntry(a.path)) - Number(isEntry(b.path)),
);
for (const file of files) {
  const partial = `${file.path}.${process.pid}.partial`;
  await writeFile(partial, file.contents);
  await rename(partial, file.path);
}

// The launchers rebuild when a source is newer than this: what changed since the start counts.
const stamp = path.join(dist, '.built');
await writeFile(stamp, '');
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
