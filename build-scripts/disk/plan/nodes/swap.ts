import { MIB } from '../sizes.ts';
import { SWAP_OPTIONS } from '../mount-options.ts';
import { checkLabel, checkOptions } from './file-system.ts';
import type { NodeKind } from './node-kind.ts';

export const swap: NodeKind<'swap'> = {
  type: 'swap',
  check(node, here, context) {
    checkLabel(node.label, 15, here, context);
    checkOptions(node.options, here, context);
  },
  /** Only a guess for messages: a swap whose size would follow from this is refused. */
  needs: () => MIB,
  place(node, here, range, context) {
    const origin = context.origin(here.path);
    return {
      type: 'swap',
      ...origin,
      ...range,
      uuid: node.uuid ?? context.identities.uuid(origin.path, 'uuid'),
      label: node.label,
      options: node.options ?? SWAP_OPTIONS,
    };
  },
};
