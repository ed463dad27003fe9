import path from 'node:path';
import { outputFormat } from '../outputs/index.ts';
import { fileKey, type HowTo, type ImageFacts } from '../outputs/output.ts';
import type { Published } from '../publish/publish.ts';

/** What to type to use an image, as the end of a summary; empty when there is nothing to say. */
export function howToUse(
  outputs: readonly string[],
  image: ImageFacts,
  published: readonly Published[],
): string[] {
  const links = new Map(
    published.map(({ artifact, link }) => [fileKey(artifact), path.basename(link)]),
  );
  const all = outputs.flatMap((name) => outputFormat(name).howToUse(image, links));
  if (all.length === 0) return [];
  return ['  to use it, from that folder:', ...all.flatMap(lines), ''];
}

const lines = ({ target, commands }: HowTo): string[] =>
  commands.map((command, index) => `    ${(index === 0 ? target : '').padEnd(12)} ${command}`);
