import type { BuildLog } from '../host/build-log.ts';
import type { Sandbox } from '../host/sandbox.ts';
import { contentMeter } from './measure-content.ts';

/**
 * What the file systems mounted at `mounts` have to take of an unpacked root; see
 * {@link contentMeter}. Files with several names count once for each.
 */
export async function measureRoot(
  root: string,
  mounts: readonly string[],
  sandbox: Sandbox,
  log: BuildLog,
): Promise<Record<string, number>> {
  const meter = contentMeter(mounts);
  // Names may hold anything but NUL.
  const find = sandbox.pipe(['find', root, '-xdev', '-mindepth', '1', '-printf', '%s %y %P\\0'], {
    log,
  });
  let rest = '';
  find.stdout.setEncoding('utf8');
  for await (const chunk of find.stdout as AsyncIterable<string>) {
    const entries = (rest + chunk).split('\0');
    rest = entries.pop() ?? '';
    for (const entry of entries) {
      const match = /^(\d+) (.) (.*)$/s.exec(entry);
      if (match === null) continue;
      const [, size = '0', type, name = ''] = match;
      meter.add({ path: `/${name}`, size: type === 'f' ? Number(size) : 0 });
    }
  }
  await find.done;
  return { ...meter.contents };
}
