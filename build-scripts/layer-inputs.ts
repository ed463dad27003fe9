import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import {
  digest,
  fileDigest,
  keyOf,
  secretDigest,
  treeInputs,
  type Inputs,
} from './cache/inputs.ts';
import type { SourceState } from './cache/repository-state.ts';
import { hookLabel, type Hook } from './config/collection.ts';
import { hostFilesOf } from './config/host-files.ts';
import { optionVariables } from './config/option-environment.ts';
import type { ResolvedProfile } from './config/resolved-profile.ts';
import { hookEnvironment } from './rootfs/hook-environment.ts';
import { EARLY_PHASES, installations, type Installation } from './rootfs/install-steps.ts';

/** What is the same for all layers of a build. */
export interface LayerContext {
  readonly profile: ResolvedProfile;
  /** With secrets. */
  readonly values: ReadonlyMap<string, unknown>;
  /** Of the cache; see {@link secretDigest}. */
  readonly secret: Buffer;
  /** Undefined when times and identities may be those of an earlier build. */
  readonly pinnedEpoch: number | undefined;
  readonly pinnedSeed: string | undefined;
  /** This program and the host's tools: name → version. */
  readonly tools: ReadonlyMap<string, string>;
}

/** Settings that decide which packages there are. */
const PACKAGE_SETTINGS = [
  'suite',
  'arch',
  'variant',
  'mirror',
  'components',
  'snapshot',
  'snapshot-mirror',
] as const;

/** What names the state of the package sources of a profile. */
export function sourcesKey({ settings }: ResolvedProfile): string {
  const { suite, arch, mirror, components, snapshot, repositories } = settings;
  return digest(
    ...[suite, arch, mirror, components, snapshot, settings['snapshot-mirror'], repositories].map(
      ({ value }) => value,
    ),
  );
}

/** What the inputs of all layers of a profile are, but for the layers below them. */
export interface ProfileInputs {
  /** Of the layer that mmdebstrap makes, without the sources. */
  readonly base: Inputs;
  /** Of packages on top, in their order. */
  readonly later: readonly Inputs[];
  readonly root: Inputs;
}

/** Reads every file that counts. */
export function readInputs(context: LayerContext): ProfileInputs {
  const [, ...later] = installations(context.profile);
  return {
    base: basePackagesInputs(context),
    later: later.map((one) => laterPackagesInputs(one, context)),
    root: rootInputs(context),
  };
}

/** Names the inputs as they are: something has changed when it is another text. */
export const inputsMark = ({ base, later, root }: ProfileInputs): string =>
  digest(...[base, ...later, root].map(keyOf));

/** With what the package sources have. */
export function onSources(base: Inputs, sources: readonly SourceState[]): Inputs {
  const inputs = new Map(base);
  for (const source of sources) inputs.set(source.release, digest(source.indexes, source.digest));
  return inputs;
}

/** With the key of the layer below. */
export const onLayer = (inputs: Inputs, below: string): Inputs =>
  new Map([...inputs, ['packages below', below]]);

function basePackagesInputs(context: LayerContext): Inputs {
  const { profile, tools, pinnedEpoch } = context;
  const inputs = new Map<string, string>(tools);
  for (const name of PACKAGE_SETTINGS) {
    const { value } = profile.settings[name];
    inputs.set(`setting ${name}`, digest(value));
  }
  for (const repository of profile.settings.repositories.value) {
    const { key, ...rest } = repository;
    inputs.set(`repository ${repository.name}`, digest(rest));
    inputs.set(`key of repository ${repository.name}`, fileDigest(key));
  }
  for (const input of installationInputs(installations(profile)[0], context)) inputs.set(...input);
  if (pinnedEpoch !== undefined) inputs.set('SOURCE_DATE_EPOCH', String(pinnedEpoch));
  return inputs;
}

/** Never read by hooks of early phases, unless they name it. */
const LATE_PARTS =
  /^(files|tests|hooks\/(customize|disk))(\/|$)|^(README\.md|collection\.yml|files\.yml|(disk|repositories)\.yml\.liquid)$/;

/** A hook, the options that it names, and what lies beside it. */
function hookInputs(hook: Hook, context: LayerContext): [string, string][] {
  const { profile, values, secret, pinnedSeed = '' } = context;
  const environment = hookEnvironment(hook, { profile, values, epoch: 0, seed: pinnedSeed });
  const collection = profile.collections.find((one) => one.collection.name === hook.collection);
  const folder = collection?.collection.directory ?? path.dirname(hook.path);
  const readsFiles = /\bfiles\//.test(readFileSync(hook.path, 'latin1'));
  const beside = treeInputs(folder, `collections/${hook.collection}`, (relative) =>
    readsFiles && /^files(\/|$)/.test(relative) ? false : LATE_PARTS.test(relative),
  );
  const isNamed = (option: string, value: unknown): boolean =>
    Object.keys(optionVariables(option, value)).some((name) => name in environment);
  return [
    ...hostFiles(profile, isNamed),
    ...Object.entries(environment)
      .filter(([name]) => /^(OPT|MKIMAGE)_/.test(name))
      .map(([name, value]): [string, string] => [
        `${name} of ${hookLabel(hook)}`,
        secretDigest(secret, value),
      ]),
    ...beside,
  ];
}

/** Files of the host that options name: a hook may read them. */
function hostFiles(
  { options, path: file }: ResolvedProfile,
  counts: (option: string, value: unknown) => boolean,
): [string, string][] {
  return [...options.values()]
    .filter(({ name, value }) => counts(name, value))
    .flatMap(({ declaration, value }) => hostFilesOf(declaration, value))
    .map((name) => path.resolve(path.dirname(file), name))
    .filter((name) => existsSync(name))
    .flatMap((name): [string, string][] => [
      [name, fileDigest(name)],
      ...(statSync(name).isDirectory() ? treeInputs(name, name) : []),
    ]);
}

const laterPackagesInputs = (installation: Installation, context: LayerContext): Inputs =>
  new Map([...context.tools, ...installationInputs(installation, context)]);

function installationInputs(
  { packages, hooks: byPhase }: Installation,
  context: LayerContext,
): [string, string][] {
  const hooks = EARLY_PHASES.flatMap((phase) => byPhase[phase]);
  return [
    ...packages.map((name): [string, string] => [`package ${name}`, 'installed']),
    ['order of early hooks', digest(hooks.map(hookLabel))],
    ...hooks.flatMap((hook) => hookInputs(hook, context)),
  ];
}

/** Left out: nothing of it comes into an image. */
const NOT_BUILT = /^(tests(\/|$)|README\.md$)/;

function rootInputs(context: LayerContext): Inputs {
  const { profile, values, secret, tools, pinnedEpoch, pinnedSeed } = context;
  const inputs = new Map<string, string>(tools);
  inputs.set('name of the profile', digest(profile.name));
  const names = profile.collections.map(({ collection }) => collection.name);
  inputs.set('order of collections', digest(names));
  for (const { collection } of profile.collections) {
    const tree = treeInputs(collection.directory, `collections/${collection.name}`, (relative) =>
      NOT_BUILT.test(relative),
    );
    for (const input of tree) inputs.set(...input);
  }
  for (const [name, value] of values) inputs.set(`option ${name}`, secretDigest(secret, value));
  for (const input of hostFiles(profile, () => true)) inputs.set(...input);
  for (const [name, { value }] of Object.entries(profile.settings))
    if (name !== 'apt-proxy') inputs.set(`setting ${name}`, secretDigest(secret, value));
  if (pinnedEpoch !== undefined) inputs.set('SOURCE_DATE_EPOCH', String(pinnedEpoch));
  if (pinnedSeed !== undefined) inputs.set('setting seed', pinnedSeed);
  return inputs;
}
