import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { DecompressStream } from 'zstd-napi';
import type { BuildLog } from '../host/build-log.ts';
import { UserError } from '../host/errors.ts';
import { giveToCaller } from '../host/file-owner.ts';
import { runAll } from '../host/run-all.ts';
import type { Sandbox } from '../host/sandbox.ts';
import { scriptPath } from '../host/script-path.ts';
import { requireTools } from '../host/tools.ts';
import { writeCompressed } from '../host/write-compressed.ts';
import { toolEnvironment, type ToolOptions, type ToolRunner } from './tool-runner.ts';
import { LEFT_OUT, SAME_BITS_LIBRARY, toolsCommand, toolsName } from './tools-recipe.ts';

export type { ToolRunner } from './tool-runner.ts';

/** Decompresses at about 1 GB/s; higher levels save little of the 40 MB. */
const ZSTD_LEVEL = 6;
const DEBIAN_ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

export interface ToolsTreeRequest {
  readonly sandbox: Sandbox;
  /** Folder of the cached tarballs, `obj/tools`; made when it is not there. */
  readonly cache: string;
  /** Directories beside the workspace in which tools read and write; absolute. */
  readonly shared: readonly string[];
  /** SOURCE_DATE_EPOCH of the tools. */
  readonly epoch: () => number;
  readonly log?: BuildLog | undefined;
  readonly mirror?: readonly string[] | undefined;
  readonly proxy?: string | undefined;
  readonly onDetail?: ((text: string) => void) | undefined;
}

/**
 * Unpacks the tools tree in the sandbox, after making it when it is not cached yet. It may still be
 * unpacked when this returns: whatever uses it first waits, and gets the error.
 * @throws UserError when mmdebstrap is missing or a shared directory will not do
 * @throws CommandError when mmdebstrap fails
 */
export async function openToolsTree(request: ToolsTreeRequest): Promise<ToolRunner> {
  const { sandbox, log } = request;
  for (const directory of request.shared) requireShareable(directory);
  const tarball = await cachedTools(request);
  const tree = path.join(sandbox.tree, 'tools');
  const ready = unpack(tarball, tree, sandbox, log).catch((error: unknown) => {
    throw new UserError(`the cached disk tools cannot be unpacked: ${(error as Error).message}`, {
      hint: `remove ${tarball}; the next run makes it anew`,
      cause: error,
    });
  });
  // Whoever waits for it is told.
  ready.catch(() => undefined);

  const script = scriptPath('../disk/run-in-tools.sh');
  const directories = [...new Set([sandbox.directory, ...request.shared])];
  const run = async (argv: readonly string[], { sameBits, env, ...options }: ToolOptions = {}) => {
    await ready;
    const preload =
      sameBits === undefined
        ? []
        : ['env', `LD_PRELOAD=${SAME_BITS_LIBRARY}`, `SAME_BITS_SEED=${sameBits}`];
    return sandbox.run(['/bin/sh', script, tree, ...directories, '--', ...preload, ...argv], {
      log,
      logCommand: argv,
      ...options,
      cwd: '/',
      extendEnv: false,
      env: { ...toolEnvironment(request.epoch()), ...env },
    });
  };
  return {
    kind: 'tree',
    run,
    async versions() {
      const { stdout } = await run(['dpkg-query', '-W', '-f=${Package}\\t${Version}\\n']);
      const lines = stdout.trimEnd().split('\n');
      return new Map(lines.map((line) => line.split('\t') as [string, string]));
    },
  };
}

/** A directory that can appear in the tools tree at its own path without hiding the tools. */
function requireShareable(directory: string): void {
  const [top = ''] = directory.split('/').slice(1);
  const hides = /^\/(usr|usr\/(s?bin|lib)|etc|proc|dev|bin|sbin|lib\w*)?\/*$/.test(directory);
  if (path.isAbsolute(directory) && top !== '' && !hides) return;
  throw new UserError(`the disk tools cannot work in ${directory}`, {
    hint: 'choose another directory for the output',
  });
}

/** @returns the path of the tarball */
async function cachedTools(request: ToolsTreeRequest): Promise<string> {
  const arch = DEBIAN_ARCHITECTURES[process.arch];
  if (arch === undefined) {
    throw new UserError(`there are no disk tools for this machine (${process.arch})`, {
      hint: 'use the tools of this host: --tools host',
    });
  }
  const library = await readFile(scriptPath('../disk/same-bits.c'), 'utf8');
  const source = { arch, mirror: request.mirror };
  const tarball = path.join(request.cache, toolsName(source, library));
  const isCached = await stat(tarball).then(
    () => true,
    () => false,
  );
  if (isCached) return tarball;
  // Profiles that are built side by side need it at the same moment.
  const making = inTheMaking.get(tarball) ?? makeTools(tarball, source, library, request);
  inTheMaking.set(tarball, making);
  try {
    await making;
  } finally {
    inTheMaking.delete(tarball);
  }
  return tarball;
}

const inTheMaking = new Map<string, Promise<void>>();

/** Appears under its name whole or not at all; of two makers at once the second one wins. */
async function makeTools(
  tarball: string,
  source: Parameters<typeof toolsCommand>[0],
  library: string,
  { sandbox, log, cache, proxy, onDetail }: ToolsTreeRequest,
): Promise<void> {
  requireTools([{ command: 'mmdebstrap', package: 'mmdebstrap' }]);
  onDetail?.('making the tree of disk tools (once)');
  const root = path.join(sandbox.tree, 'new-tools');
  await sandbox.run(toolsCommand(source, root), {
    log,
    capture: false,
    env: {
      LC_ALL: 'C.UTF-8',
      LANGUAGE: undefined,
      DEBIAN_FRONTEND: 'noninteractive',
      ...(proxy === undefined ? {} : { http_proxy: proxy, https_proxy: proxy }),
    },
  });
  const compile = ['tcc', '-shared', '-o', SAME_BITS_LIBRARY, '-'];
  await sandbox.runInRoot(root, compile, { log, input: library });

  await mkdir(cache, { recursive: true });
  const partial = `${tarball}.${randomUUID()}.partial`;
  try {
    const packed = sandbox.pipe(
      ['tar', '-C', root, '-c', '--sort=name', ...LEFT_OUT.map((it) => `--exclude=${it}`), '.'],
      { log },
    );
    const written = writeCompressed(packed.stdout, partial, { level: ZSTD_LEVEL });
    await runAll<unknown>([written, packed.done]);
    await giveToCaller(cache);
    await giveToCaller(partial);
    await rename(partial, tarball);
  } finally {
    await rm(partial, { force: true });
  }
  await sandbox.run(['rm', '-rf', '--one-file-system', '--', root], { log });
}

async function unpack(
  tarball: string,
  tree: string,
  sandbox: Sandbox,
  log: BuildLog | undefined,
): Promise<void> {
  const source = createReadStream(tarball);
  const input = source.pipe(new DecompressStream());
  source.on('error', (error) => input.destroy(error));
  await sandbox.run(['mkdir', '--', tree], { log });
  await sandbox.run(['tar', '-C', tree, '-xp', '--numeric-owner'], { log, input });
}
