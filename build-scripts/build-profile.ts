import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { BuildMessages } from './build-messages.ts';
import { buildKey, findRecord, writeRecord, type BuildRecord } from './build-record.ts';
import { buildSeed, pinnedEpoch, pinnedSeed, profileDiskSeed } from './build-seed.ts';
import { keyOf } from './cache/inputs.ts';
import type { BuildOptions, BuildResult, BuildUntil } from './build-request.ts';
import { cachedResults } from './cached-results.ts';
import { cachedInitramfs } from './cached-initramfs.ts';
import { composeSteps } from './compose-disk.ts';
import { ARCHITECTURES } from './config/settings.ts';
import type { ResolvedProfile } from './config/resolved-profile.ts';
import { requireBinfmt } from './host/binfmt.ts';
import { sideBySide, type Job, type Step, type StepHandle } from './host/progress.ts';
import { requireTools } from './host/tools.ts';
import { LayeredRoot } from './layered-root.ts';
import { imageOfProfile, outputsStep } from './make-outputs.ts';
import { PARTIAL, removePartial } from './output-directory.ts';
import { outputFormat } from './outputs/index.ts';
import type { Artifact } from './outputs/output.ts';
import { diskLayout, writeManifest } from './published-files.ts';
import { publish } from './publish/publish.ts';
import type { BuildContext } from './rootfs/build-context.ts';
import { readSecrets } from './rootfs/read-secrets.ts';
import { rootSteps } from './root-steps.ts';
import { runHook } from './rootfs/run-hook.ts';

/** What building a root file system needs from the host, with the Debian package of each. */
export const BUILD_TOOLS = [
  { command: 'mmdebstrap', package: 'mmdebstrap' },
  { command: 'tar', package: 'tar' },
  { command: 'xz', package: 'xz-utils' },
  { command: 'dpkg-query', package: 'dpkg' },
] as const;

/** The steps that build one profile, and the result they fill in. Nothing runs yet. */
export function buildJob(options: BuildOptions): { job: Job; result: BuildResult } {
  const { profile, log, epoch, directory, signal, until } = options;
  const { arch } = profile.settings;
  const names = outputsUntil(profile.outputs.value, until);
  const result: BuildResult = {
    unchangedSince: undefined,
    published: [],
    packages: 0,
    rootBytes: 0,
    outputs: names,
    checks: [],
  };
  const temporary = path.join(directory, `${PARTIAL}${randomBytes(6).toString('hex')}`);
  const inTemporary = (name: string): string => path.join(temporary, name);
  const { cache } = options;
  const seed = buildSeed(profile, process.env, cache?.store.secret);
  const messages = new BuildMessages();
  const secrets = readSecrets(profile);
  log.redact(secrets.secrets);
  let layers: LayeredRoot | undefined;
  let key: string | undefined;
  let packagesDate: number | undefined;
  // Not the time of the build: what has not changed stays the same, also for the cache.
  const contentEpoch = (): number =>
    pinnedEpoch(profile.settings.snapshot.value) ??
    Math.min(layers?.packagesDate ?? packagesDate ?? epoch, epoch);
  const context: BuildContext = {
    profile,
    shellCommand: options.shellCommand ?? ['./mkimage', 'shell', profile.path],
    log,
    values: secrets.values,
    get epoch() {
      return contentEpoch();
    },
    seed,
    warn: messages.warn,
    note: messages.note,
  };
  const diskSeed = makesDisk(profile, until)
    ? profileDiskSeed(profile, cache?.store.secret)
    : undefined;
  const theLayers = (): LayeredRoot => {
    if (layers === undefined) throw new Error('the layers were not looked up');
    return layers;
  };
  const cached =
    cache &&
    cachedResults({
      ...{ store: cache.store, profile, names, seed, diskSeed, layers: theLayers },
      tarballSha256: () => root.tarballSha256(),
      image: inTemporary('disk.raw'),
      directory: temporary,
      epoch: contentEpoch,
      note: messages.note,
    });
  const composition =
    profile.disk === undefined || diskSeed === undefined
      ? undefined
      : composeSteps({
          layout: { ...profile.disk, disk: profile.disk.layout },
          tarball: inTemporary('rootfs.tar.zst'),
          image: inTemporary('disk.raw'),
          scratch: temporary,
          toolsCache: options.toolsCache,
          proxy: profile.settings['apt-proxy'].value,
          tools: 'tree',
          log,
          epoch: contentEpoch,
          seed: diskSeed,
          asked: options.asked,
          takeDisk: cached?.takeDisk,
          bootFiles: names.includes('kernel') ? temporary : undefined,
          initramfs:
            cache &&
            cachedInitramfs(cache.store, profile.name, () => [
              ...(layers?.tools ?? []),
              pinnedEpoch(profile.settings.snapshot.value) ?? null,
            ]),
          lastLook: async (root, disk) => {
            for (const hook of profile.hooks.disk) await runHook(hook, root, disk, context);
          },
          workdir: options.workdir,
          signal,
          defer: options.defer,
        });
  const root = rootSteps({
    context,
    messages,
    cache: cache && { store: cache.store, layers: theLayers },
    target: inTemporary('rootfs.tar.zst'),
    workdir: options.workdir,
    signal,
    defer: options.defer,
    workplace: composition,
    onPackagesDate: (seconds) => {
      packagesDate = seconds;
    },
  });
  const tarball = (): Artifact => ({
    name: 'rootfs',
    extension: '.tar.zst',
    ...root.result().tarball,
  });

  const outputs = outputsStep({
    names,
    image: () => imageOfProfile(profile),
    rootfs: tarball,
    disk: composition && {
      path: inTemporary('disk.raw'),
      bytes: () => composition.result.plan?.size ?? 0,
    },
    bootFiles: composition && temporary,
    tools: () => composition?.result.tools,
    toolsCache: options.toolsCache,
    proxy: profile.settings['apt-proxy'].value,
    workdir: options.workdir,
    defer: options.defer,
    directory: temporary,
    epoch: contentEpoch,
    seed,
    log,
    take: cached && ((format) => cached.takeOutput(format, composition?.result)),
    signal,
  });

  const outputStep: Step = {
    ...outputs.step,
    async run(step) {
      await root.packed();
      await outputs.step.run(step);
    },
  };

  const lookUp = async (step: StepHandle): Promise<BuildRecord | undefined> => {
    if (cache === undefined) return undefined;
    layers = new LayeredRoot({
      store: cache.store,
      context: {
        profile,
        values: secrets.values,
        secret: cache.store.secret,
        pinnedEpoch: pinnedEpoch(profile.settings.snapshot.value),
        pinnedSeed: pinnedSeed(profile),
        tools: await cache.tools,
      },
      freshness: cache.freshness,
      log,
      messages,
      say: (text) => {
        step.note(text);
        log.write(`-- ${text}`);
      },
    });
    await layers.askSources();
    const inputs = layers.rootInputs();
    if (inputs === undefined) return undefined;
    key = await buildKey(profile, until, keyOf(inputs), cache.store);
    if (key === undefined || cache.freshness === 'refresh') return undefined;
    return findRecord(cache.store, profile, directory, key);
  };

  const steps: Step[] = [
    {
      title: 'check the host',
      async run(step) {
        messages.listen(({ kind, text }) => {
          if (kind === 'warning') step.warn(text);
          else step.note(text);
        });
        requireTools(BUILD_TOOLS);
        requireBinfmt(ARCHITECTURES[arch.value]);
        for (const warning of secrets.warnings) step.warn(warning);
        const record = await lookUp(step);
        if (record !== undefined) {
          messages.sayAgain(record.messages);
          const { published, packages, rootBytes, checks } = record;
          Object.assign(result, {
            unchangedSince: record.epoch,
            published,
            packages,
            rootBytes,
            checks,
          });
          return;
        }
        await removePartial(directory);
        await mkdir(temporary, { mode: 0o700 });
        options.defer(() => rm(temporary, { recursive: true, force: true }));
        await root.takeFromCache();
      },
    },
    // Questions, missing files and the first making of the tools come before the long work.
    ...(composition === undefined ? [] : [composition.prepare]),
    ...root.steps,
    ...(composition?.steps ?? []),
    ...(names.length === 0
      ? []
      : [composition === undefined ? outputStep : sideBySide(composition.verify, outputStep)]),
    {
      title: 'publish',
      async run() {
        await root.packed();
        await composition?.close();
        const made = outputs.made();
        const artifacts = [
          ...[tarball(), ...(await diskLayout(profile, temporary))],
          ...[...made.values()].flat(),
        ];
        result.checks = composition?.result.checks ?? [];
        artifacts.push(
          await writeManifest(
            options,
            temporary,
            root.result().packages,
            artifacts,
            messages.warnings(),
            composition?.result,
          ),
        );
        await root.settled();
        signal?.throwIfAborted();
        const isKept = layers?.hasChanged() === false;
        if (isKept) await cached?.keep(made, composition?.result);
        result.published = await publish(profile.name, directory, artifacts, epoch);
        result.packages = root.result().packages.length;
        result.rootBytes = root.result().tarball.bytesIn;
        // The sources may have become known only now.
        const inputs = layers?.rootInputs();
        if (cache === undefined || inputs === undefined || !isKept) return;
        key = await buildKey(profile, until, keyOf(inputs), cache.store);
        if (key === undefined) return;
        const { published, packages, rootBytes, checks } = result;
        const record = { key, epoch, published, packages, rootBytes, checks };
        await writeRecord(cache.store, profile, directory, { ...record, messages: messages.all() });
      },
    },
  ];
  const unlessUnchanged = (step: Step): Step => ({
    ...step,
    skip: () =>
      result.unchangedSince === undefined ? (step.skip?.() ?? false) : 'nothing has changed',
  });
  return { job: { name: profile.name, log, steps: steps.map(unlessUnchanged) }, result };
}

/** What is left to make when the build ends early; the root file system always is made. */
export function outputsUntil(names: readonly string[], until: BuildUntil): readonly string[] {
  if (until === 'rootfs') return [];
  if (until === undefined) return names;
  return names.some((name) => outputFormat(name).source === 'disk') ? ['raw'] : [];
}

/** Whether a build of this profile makes a disk. */
export function makesDisk(profile: ResolvedProfile, until: BuildUntil): boolean {
  const names = outputsUntil(profile.outputs.value, until);
  return profile.disk !== undefined && names.some((name) => outputFormat(name).source === 'disk');
}
