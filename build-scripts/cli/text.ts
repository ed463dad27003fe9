/** A cell that is longer than this does not push the next column away in all other rows. */
const WIDEST = 60;

/** Rows as lines with aligned columns; the last column is not padded, empty cells at the end vanish. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, i) => {
      if (cell.length <= WIDEST) widths[i] = Math.max(widths[i] ?? 0, cell.length);
    });
  return rows.map((row) =>
    row
      .map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

/** A value as one line of YAML-like text. */
export function showValue(value: unknown): string {
  if (value === null || value === undefined) return '(unset)';
  if (typeof value === 'string')
    return value === '' ? '""' : value.includes('\n') ? JSON.stringify(value) : value;
  if (Array.isArray(value))
    return value.length === 0 ? '[]' : `[${value.map(showValue).join(', ')}]`;
  if (typeof value === 'object') {
    const inner = Object.entries(value).map(([key, entry]) => `${key}: ${showValue(entry)}`);
    return inner.length === 0 ? '{}' : `{${inner.join(', ')}}`;
  }
  return JSON.stringify(value);
}
