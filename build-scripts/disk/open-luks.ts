import { formatBytes } from '../host/format.ts';
import type { LuksPlan } from './disk-plan.ts';
import { luksHeader } from './layers/luks-header.ts';
import { withVolumeKey } from './layers/volume-key.ts';
import { luksSpace } from './space/luks-space.ts';
import { shiftedSpace } from './space/shifted-space.ts';
import type { Space } from './space/space.ts';
import type { ToolRunner } from './tool-runner.ts';

export interface OpenLuksContext {
  readonly tools: ToolRunner;
  /** By the path of the node. */
  readonly passphrases: ReadonlyMap<string, Buffer>;
  /** Private; this process and the tools see it under the same name. */
  readonly stage: string;
  readonly signal: AbortSignal | undefined;
  readonly update: (text: string) => void;
  readonly warn: (text: string) => void;
}

/** Starts a LUKS container in a space. @returns what its content is written to; to be finished */
export async function openLuks(
  node: LuksPlan,
  space: Space,
  context: OpenLuksContext,
): Promise<Space> {
  const { tools, passphrases, stage, signal, update, warn } = context;
  const passphrase = passphrases.get(node.path);
  if (passphrase === undefined) throw new Error(`${node.path}: its passphrase was not read`);
  update(`LUKS ${node.name}`);
  return withVolumeKey(
    node,
    (volumeKey) => {
      // Its key derivation takes as long as it is told to: meanwhile the content is made.
      const copy = Buffer.from(volumeKey);
      const header = luksHeader(
        (argv, given) => tools.run(argv, given),
        node,
        { volumeKey: copy, passphrase },
        stage,
      ).finally(() => copy.fill(0));
      header.catch(() => undefined);
      const payload = shiftedSpace(space, node.payloadOffset, node.payloadSize);
      const inner = luksSpace(payload, {
        key: volumeKey,
        sectorSize: node.sectorSize,
        fill: node.fill,
        onFill: (filled, total) => {
          update(`LUKS ${node.name}: filling ${formatBytes(filled)} of ${formatBytes(total)}`);
        },
        signal,
      });
      return Promise.resolve({
        ...inner,
        async finish() {
          await space.write(0, await header);
          await inner.finish?.();
        },
      });
    },
    { warn },
  );
}
