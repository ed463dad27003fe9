/**
 * Order of two version numbers like `6.14` and `6.2`, or of two kernel releases like
 * `6.1.0-9-amd64` and `6.1.0-10-amd64`: runs of digits count as numbers.
 * @returns negative, 0 or positive, as for `Array.sort`
 */
export function compareVersions(a: string, b: string): number {
  const left = a.split(/(\d+)/);
  const right = b.split(/(\d+)/);
  for (let i = 0; i < Math.max(left.length, right.length); i += 1) {
    const [x = '', y = ''] = [left[i], right[i]];
    if (x === y) continue;
    // Odd places hold the digits.
    if (i % 2 === 1) return Number(x === '' ? -1 : x) - Number(y === '' ? -1 : y);
    return x < y ? -1 : 1;
  }
  return 0;
}
