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
  const results: [string, readonly Artifact[]][] = [];
  const queue = names.entries();
  const active = new Set<string>();
  let failed = false;
  const showActive = (): void => {
    if (active.size > 0) context.onDetail([...active].join(', '));
  };
  const lane = async (): Promise<void> => {
    for (const [index, name] of queue) {
      if (failed) return;
      context.signal?.throwIfAborted();
      active.add(name);
      showActive();
      try {
        const format = outputFormat(name);
        results[index] = [name, (await take(format)) ?? (await format.produce(context))];
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
  return new Map(results);
}
