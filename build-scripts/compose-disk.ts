import { createHash, randomBytes } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import path from 'node:path';
import type { ComposeOptions, ComposeResult, Composition, Layout } from './composition.ts';
import { copyBootFiles } from './disk/configure/boot-files.ts';
import { InitramfsCache } from './disk/configure/initramfs-cache.ts';
import { configureRoot, lookAtRoot } from './disk/configure/configure-root.ts';
import type { DiskWrite } from './disk/boot-loaders/bios.ts';
import type { DiskPlan, LuksPlan } from './disk/disk-plan.ts';
import type { FileSystemPlan } from './disk/filesystems/file-system.ts';
import { splitRoot } from './disk/filesystems/split-root.ts';
import { openHostTools } from './disk/host-tools.ts';
import { imageRoot } from './disk/image-root.ts';
import { writePartitionTable } from './disk/layers/partition-table.ts';
import { measureRoot } from './disk/measure-root.ts';
import { openLuks } from './disk/open-luks.ts';
import { mountPointsOf, nodesOf, planDisk } from './disk/plan/index.ts';
import { checkVolumeKeys, readPassphrases } from './disk/read-passphrases.ts';
import { fileSpace } from './disk/space/file-space.ts';
import type { ToolRunner } from './disk/tool-runner.ts';
import { openToolsTree } from './disk/tools-tree.ts';
import { leaveAsUnpacked, unpackTarball } from './disk/unpack-tarball.ts';
import { verifyDisk } from './disk/verify-disk.ts';
import { writeNode, type WriteContext } from './disk/write-nodes.ts';
import { contentHash } from './host/content-hash.ts';
import { formatBytes } from './host/format.ts';
import type { Step, StepHandle } from './host/progress.ts';
import { runAll } from './host/run-all.ts';
import { openSandbox, type Sandbox } from './host/sandbox.ts';

/** Public identities follow from it: the layout's own seed, SOURCE_DATE_EPOCH, or chance. */
export function diskSeed(
  layout: Layout,
  name: string,
  given: string | undefined,
  environment: NodeJS.ProcessEnv = process.env,
  chance: () => string = () => randomBytes(32).toString('hex'),
): string {
  const fixed = given ?? layout.disk.seed ?? environment.SOURCE_DATE_EPOCH;
  const material = fixed === undefined || fixed === '' ? chance() : `${name}\n${fixed}`;
  return createHash('sha256').update(`mkimage disk seed\n${material}`).digest('hex');
}

/** The steps from a root file system tarball to a raw disk image. Nothing runs yet. */
export function composeSteps(options: ComposeOptions): Composition {
  const { layout, log, epoch, image, scratch, signal } = options;
  const result: ComposeResult = {
    isTaken: false,
    plan: undefined,
    facts: undefined,
    contents: {},
    checks: [],
    contentSha256: '',
    secureBoot: false,
    versions: new Map(),
    tools: undefined,
  };
  let sandbox: Sandbox;
  let tools: ToolRunner;
  let plan: DiskPlan;
  let directories: ReadonlyMap<FileSystemPlan, string>;
  let writes: readonly DiskWrite[] = [];
  let passphrases: ReadonlyMap<string, Buffer> = new Map();
  let packedRoot: string | undefined;
  const rootPath = (): string => packedRoot ?? path.join(sandbox.tree, 'root');
  const detail = (step: StepHandle) => (text: string) => {
    step.update(text);
  };
  const planWith = (contents: Readonly<Record<string, number>>): DiskPlan =>
    planDisk({ ...layout, contents, seed: options.seed });
  const measure = (): Promise<Record<string, number>> =>
    measureRoot(rootPath(), mountPointsOf(layout.disk), sandbox, log);

  const prepare: Step = {
    title: 'check the layout, get the tools',
    async run(step) {
      // Without content: everything about the layout itself is known now.
      plan = planWith({});
      const warn = (text: string): void => {
        step.warn(text);
      };
      passphrases = await readPassphrases(luksNodes(plan), warn, options.asked);
      await checkVolumeKeys(luksNodes(plan));
      log.redact([...passphrases.values()].map((passphrase) => passphrase.toString('utf8')));
      sandbox = await openSandbox({ log, workdir: options.workdir, signal });
      options.defer(() => sandbox.close());
      tools =
        options.tools === 'host'
          ? await openHostTools({
              sandbox,
              log,
              epoch,
              purposes: new Set(['table', ...nodesOf(plan).map(({ type }) => type)] as const),
              warn: (text) => {
                step.warn(text);
              },
            })
          : await openToolsTree({
              sandbox,
              cache: options.toolsCache,
              proxy: options.proxy,
              shared: [path.dirname(image), scratch],
              epoch,
              log,
              onDetail: detail(step),
            });
      result.tools = tools;
      const known = await options.takeDisk?.(() => tools.versions());
      if (known === undefined) return;
      forget(passphrases);
      plan = planWith(known.contents);
      Object.assign(result, known, { isTaken: true, plan, versions: await tools.versions() });
    },
  };
  const unlessKnown = (step: Step): Step => ({
    ...step,
    skip: () => (result.isTaken ? 'the disk is in the cache' : (step.skip?.() ?? false)),
  });
  const steps: Step[] = [
    {
      title: `unpack ${path.basename(options.tarball)}`,
      skip: () => packedRoot !== undefined && 'the tree that it was packed from is there',
      async run(step) {
        const total = (await stat(options.tarball)).size;
        await unpackTarball(options.tarball, rootPath(), tools, (bytes) => {
          step.update(`${formatBytes(bytes)} of ${formatBytes(total)}`);
        });
      },
    },
    {
      title: 'configure: fstab, initramfs, boot loaders',
      async run(step) {
        if (packedRoot !== undefined) await leaveAsUnpacked(rootPath(), epoch(), sandbox, log);
        plan = planWith(await measure());
        const root = imageRoot({ sandbox, root: rootPath(), epoch: epoch(), log });
        const facts = await lookAtRoot(root, sandbox, plan, (text) => {
          step.warn(text);
        });
        const { lastLook, initramfs } = options;
        const configured = await configureRoot({
          root,
          sandbox,
          plan,
          facts,
          kernelArguments: options.kernelArguments,
          serial: options.serial,
          initramfsCache: initramfs && new InitramfsCache(initramfs, sandbox, root),
          runHooks: lastLook === undefined ? undefined : () => lastLook(rootPath(), sandbox),
          onDetail: detail(step),
        });
        result.facts = facts;
        result.secureBoot = configured.secureBoot;
        const [kernel] = configured.kernels;
        if (options.bootFiles !== undefined && kernel !== undefined)
          await copyBootFiles(root, kernel, options.bootFiles);
        // The initramfs has come since. The layout is the same, so are all identities; the boot
        // code goes to places that depend on no content.
        result.contents = await measure();
        plan = planWith(result.contents);
        result.plan = plan;
        writes = configured.writes;
        directories = await splitRoot({
          root: rootPath(),
          nodes: nodesOf(plan).filter(isFileSystem),
          staged: path.join(sandbox.tree, 'staged'),
          sandbox,
          epoch: epoch(),
          log,
        });
      },
    },
    {
      title: 'write the disk',
      async run(step) {
        const handle = await open(image, 'wx', 0o600);
        try {
          await handle.truncate(plan.size);
          await writePartitionTable((argv, given) => tools.run(argv, given), image, plan);
          const context: WriteContext = {
            tools,
            scratch,
            directories,
            epoch: epoch(),
            signal,
            openLuks: (node, space) =>
              openLuks(node, space, {
                tools,
                passphrases,
                stage: sandbox.stage,
                signal,
                update: detail(step),
                warn: (text) => {
                  step.warn(text);
                },
              }),
            onDetail: detail(step),
          };
          await runAll(
            plan.partitions.map(({ content, offset, size }) =>
              writeNode(content, fileSpace({ handle, path: image, offset, size }), context),
            ),
          );
          for (const { offset, data } of writes) await handle.write(data, 0, data.length, offset);
          await handle.sync();
        } finally {
          await handle.close();
          forget(passphrases);
        }
      },
    },
  ];
  const verify: Step = {
    title: 'verify',
    async run(step) {
      if (result.isTaken) return;
      // All of it only reads.
      [result.checks, result.contentSha256, result.versions] = await Promise.all([
        verifyDisk({ plan, image, tools, scratch, onDetail: detail(step) }),
        contentHash(image),
        tools.versions(),
      ]);
    },
  };
  return {
    prepare,
    sandbox: () => sandbox,
    takeRoot(root) {
      packedRoot = root;
    },
    steps: steps.map(unlessKnown),
    verify,
    result,
    close: () => sandbox.close(),
  };
}

function forget(passphrases: ReadonlyMap<string, Buffer>): void {
  for (const passphrase of passphrases.values()) passphrase.fill(0);
}

const luksNodes = (plan: DiskPlan): LuksPlan[] =>
  nodesOf(plan).filter((node) => node.type === 'luks');

const isFileSystem = (node: ReturnType<typeof nodesOf>[number]): node is FileSystemPlan =>
  ['vfat', 'ext4', 'btrfs', 'swap'].includes(node.type);
