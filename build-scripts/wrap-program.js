/** Of the file beside a bundle that has its machine code. */
export const CODE_CACHE = '.code';

/**
 * A CommonJS module as a function, like node's `Module.wrap`. Machine code only fits the very text
 * that it was made from.
 * @param {string} code
 * @returns {string}
 */
export function wrapProgram(code) {
  return `(function (exports, require, module, __filename, __dirname) { ${code}\n})`;
}
