import { lxc } from './lxc.ts';
import type { Artifact, OutputContext, OutputFormat } from './output.ts';

/** Every format, in the order `mkimage list outputs` shows them. */
export const OUTPUT_FORMATS: readonly OutputFormat[] = [lxc];

export const OUTPUT_NAMES: readonly string[] = OUTPUT_FORMATS.map(({ name }) => name);

/** @throws Error when the name is unknown: the resolver has checked it before */
export function outputFormat(name: string): OutputFormat {
  const format = OUTPUT_FORMATS.find((candidate) => candidate.name === name);
  if (format === undefined) throw new Error(`no output format "${name}"`);
  return format;
}

export async function produceOutputs(
  names: readonly string[],
  context: OutputContext,
): Promise<readonly Artifact[]> {
  const all: Artifact[] = [];
  for (const name of names) all.push(...(await outputFormat(name).produce(context)));
  return all;
}
