import { kernel } from './kernel.ts';
import { lxc } from './lxc.ts';
import type { Artifact, OutputContext, OutputFormat } from './output.ts';
import { ova } from './ova.ts';
import { qcow2 } from './qcow2.ts';
import { rawZst } from './raw-zst.ts';
import { raw } from './raw.ts';
import { squashfs } from './squashfs.ts';
import { tar } from './tar.ts';
import { vhd } from './vhd.ts';
import { vhdx } from './vhdx.ts';
import { vmdk } from './vmdk.ts';

/** Every format, in the order `mkimage list outputs` shows them. */
export const OUTPUT_FORMATS: readonly OutputFormat[] = [
  lxc,
  tar,
  squashfs,
  raw,
  rawZst,
  qcow2,
  vhdx,
  vhd,
  vmdk,
  ova,
  kernel,
];

export const OUTPUT_NAMES: readonly string[] = OUTPUT_FORMATS.map(({ name }) => name);

/** @throws Error when the name is unknown: the resolver has checked it before */
export function outputFormat(name: string): OutputFormat {
  const format = OUTPUT_FORMATS.find((candidate) => candidate.name === name);
  if (format === undefined) throw new Error(`no output format "${name}"`);
  return format;
}

/** Formats that are made at the same time: each keeps a processor busy. */
const LANES = 2;

/**
 * Makes several formats side by side.
 * @param take hands over the files of an earlier build, if there are any
 * @returns the files of each, in the order of `names`
 * @throws what the first that failed has thrown, when all have come to rest
 */
export async function produceOutputs(
  names: readonly string[],
  context: OutputContext,
  take: (format: OutputFormat) => Promise<readonly Artifact[] | undefined> = () =>
    Promise.resolve(undefined),
): Promise<ReadonlyMap<string, readonly Artifact[]>> {
  const made = new Map<string, readonly Artifact[]>();
  // All of them first: a format may hold the file of another one.
  await inLanes(names, context, async (name) => {
    const files = await take(outputFormat(name));
    if (files !== undefined) made.set(name, files);
  });
  const missing = names.filter((name) => !made.has(name));
  const given = { ...context, taken: new Map(made) };
  await inLanes(missing, context, async (name) => {
    made.set(name, await outputFormat(name).produce(given));
  });
  return new Map(names.map((name) => [name, made.get(name) ?? []]));
}

async function inLanes(
  names: readonly string[],
  { onDetail, signal }: OutputContext,
  act: (name: string) => Promise<void>,
): Promise<void> {
  const queue = names.values();
  const active = new Set<string>();
  let failed = false;
  const showActive = (): void => {
    if (active.size > 0) onDetail([...active].join(', '));
  };
  const lane = async (): Promise<void> => {
    for (const name of queue) {
      if (failed) return;
      signal?.throwIfAborted();
      active.add(name);
      showActive();
      try {
        await act(name);
      } catch (error) {
        failed = true;
        throw error;
      }
      active.delete(name);
      showActive();
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: LANES }, lane));
  for (const result of ended) if (result.status === 'rejected') throw result.reason;
}
