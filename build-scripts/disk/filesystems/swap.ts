import type { FileSystem } from './file-system.ts';
import { makeInScratchFile } from './scratch-file.ts';

/** Of all architectures that images are built for. */
const PAGE_SIZE = 4096;

export const swap: FileSystem<'swap'> = {
  type: 'swap',
  check: 'swaplabel',
  verifiesInPlace: false,
  async make(request) {
    const { node, tools } = request;
    await makeInScratchFile(
      request,
      async (file) => {
        await tools.run([
          ...['mkswap', '--quiet', '--pagesize', String(PAGE_SIZE), '--uuid', node.uuid],
          ...(node.label === undefined ? [] : ['--label', node.label]),
          file,
        ]);
      },
      swap.verify,
    );
  },
  async verify({ tools, path }) {
    // Refuses everything that is no swap area.
    await tools.run(['swaplabel', path]);
  },
};
