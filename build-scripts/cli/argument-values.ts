/** What follows an option is no value for it: wrong usage, found before anything is done. */
class ArgumentError extends Error {
  readonly exitCode = 2;
}

/** yargs gives an array when an option is repeated; the last one counts, as in most programs. */
const last = (given: string | readonly string[]): string =>
  typeof given === 'string' ? given : (given.at(-1) ?? '');

/** For `coerce` of an option of type string. @throws ArgumentError */
export function wholeNumber(option: string, least: number, most: number) {
  return (given: string | readonly string[]): number => {
    const text = last(given);
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new ArgumentError(
      `${option} takes a whole number from ${least} to ${most}, and not "${text}"`,
    );
  };
}

/** The same for an amount of memory or disk: `512M`, `1.5G`, `2T`. @throws ArgumentError */
export function sizeText(option: string) {
  return (given: string | readonly string[]): string => {
    const text = last(given);
    if (/^\d+(\.\d+)?[MGT]$/.test(text) && Number.parseFloat(text) > 0) return text;
    throw new ArgumentError(`${option} takes a size like 512M or 20G, and not "${text}"`);
  };
}

const MIB_IN = { M: 1, G: 1024, T: 1024 ** 2 } as const;
/** Linux and its initramfs do not start with less. */
const LEAST_MEMORY = 128;

/** The same for the memory of a machine. @returns MiB @throws ArgumentError */
export function memorySize(option: string) {
  return (given: string | readonly string[]): number => {
    const text = sizeText(option)(given);
    const mib = Math.floor(Number.parseFloat(text) * MIB_IN[text.slice(-1) as keyof typeof MIB_IN]);
    if (mib >= LEAST_MEMORY) return mib;
    throw new ArgumentError(`${option} takes ${LEAST_MEMORY}M or more, and not "${text}"`);
  };
}
