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
  needs(_node, here, context) {
    context.mistake(
      [...here.part.path, 'size'],
      'a swap has no content that its size could follow from',
      'give it a size like 1G',
    );
    return MIB;
  },
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
