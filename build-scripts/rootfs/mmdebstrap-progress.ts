/** What mmdebstrap is at, read from its verbose output. */
export interface BootstrapProgress {
  /** Undefined: the line says nothing new. */
  detail(line: string): string | undefined;
}

type Stage = 'lists' | 'download' | 'extract' | 'essential' | 'install' | 'clean';

/** mmdebstrap 1.3 announces its stages in lines that begin with `I: `. */
const STAGES: readonly { readonly begins: string; readonly stage: Stage }[] = [
  { begins: 'I: running apt-get update', stage: 'lists' },
  { begins: 'I: downloading packages', stage: 'download' },
  { begins: 'I: extracting archives', stage: 'extract' },
  { begins: 'I: installing essential packages', stage: 'essential' },
  { begins: 'I: installing remaining packages', stage: 'install' },
  { begins: 'I: cleaning package lists', stage: 'clean' },
];

const UNITS: Record<string, number> = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9 };

/** @param format how to print a number of bytes */
export function bootstrapProgress(format: (bytes: number) => string): BootstrapProgress {
  let stage: Stage | undefined;
  let bytes = 0;
  let downloaded = 0;
  let expected = 0;
  let unpacked = new Set<string>();
  let configured = new Set<string>();
  return {
    detail(line) {
      const next = STAGES.find(({ begins }) => line.startsWith(begins));
      if (next !== undefined) {
        stage = next.stage;
        unpacked = new Set();
        configured = new Set();
        expected = 0;
        return {
          lists: 'package lists',
          download: 'downloading',
          extract: 'extracting',
          essential: 'essential packages',
          install: 'remaining packages',
          clean: 'cleaning',
        }[stage];
      }
      const upgraded = /, (\d+) newly installed/.exec(line);
      if (upgraded !== null) expected = Number(upgraded[1]);
      // Get:17 http://… bookworm/main amd64 libc6 amd64 2.36-9 [2,756 kB]
      const got = /^Get:\d+ .*\[([\d.,]+) ([kMG]?B)\]$/.exec(line);
      if (got !== null) {
        bytes += Number((got[1] ?? '0').replace(/,/g, '')) * (UNITS[got[2] ?? 'B'] ?? 1);
        downloaded++;
        return `downloading ${downloaded} files, ${format(bytes)}`;
      }
      const dpkg = /^(Unpacking|Setting up) (\S+)/.exec(line);
      if (dpkg === null) return undefined;
      (dpkg[1] === 'Unpacking' ? unpacked : configured).add(dpkg[2] ?? '');
      const total = Math.max(expected, unpacked.size);
      return dpkg[1] === 'Unpacking'
        ? `unpacking ${unpacked.size}/${total} packages`
        : `configuring ${configured.size}/${Math.max(total, configured.size)} packages`;
    },
  };
}
