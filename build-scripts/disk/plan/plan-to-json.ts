import type { DiskPlan } from '../disk-plan.ts';

/**
 * A plan as JSON text, two spaces deep, with a line break at the end. It holds no secrets: where
 * passphrases and keys come from, never what they are. Places in disk.yml become `FILE:LINE`,
 * without the text of the line.
 */
export function planToJson(plan: DiskPlan): string {
  const text = JSON.stringify(
    plan,
    (key, value: unknown) =>
      key === 'at' && isLocation(value) ? `${value.file}:${value.line}` : value,
    2,
  );
  return `${text}\n`;
}

const isLocation = (value: unknown): value is { file: string; line: number } =>
  typeof value === 'object' && value !== null && 'file' in value && 'line' in value;
