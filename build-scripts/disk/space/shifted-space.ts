import { checkRange, type Space } from './space.ts';

/**
 * A part of a space as a space of its own.
 * @param offset where it starts in `parent`, bytes
 * @param size bytes
 * @throws RangeError when the part does not lie within the parent
 */
export function shiftedSpace(parent: Space, offset: number, size: number): Space {
  checkRange(parent.size, offset, size);
  const { inFile } = parent;
  return {
    size,
    ...(inFile && { inFile: { path: inFile.path, offset: inFile.offset + offset } }),
    async write(at, data) {
      checkRange(size, at, data.length);
      await parent.write(offset + at, data);
    },
  };
}
