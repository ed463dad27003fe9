import { ByteSource, CutOff } from './byte-source.ts';
import { headerOf, parsePax, textOf, type PaxRecords, type TarHeader } from './tar-header.ts';

/** What a tar archive says about a file. */
export interface TarEntry {
  /** Without `./` in front and `/` at the end; empty for the top folder. */
  readonly path: string;
  /** Of the header: `0` file, `1` hard link, `2` symlink, … */
  readonly type: string;
  /** Permission bits, 0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes, holes of sparse files included. */
  readonly size: number;
  /** Of a symlink as it is, of a hard link as `path` is. */
  readonly target: string;
  /** `MAJOR:MINOR` of device nodes. */
  readonly device: string;
  /** Extended attributes and ACLs: name → bytes. */
  readonly attributes: ReadonlyMap<string, Buffer>;
}

/** Gets the content of a file. */
export interface ContentReader {
  readonly onPiece: (piece: Buffer) => void;
  readonly onEnd: () => void;
}

/** The archive is not what it should be. The message continues a sentence: `is no tar archive`. */
export class DamagedTar extends Error {}

const BLOCK = 512;
const NO_TAR = 'is no tar archive';
/** Long names and attributes; the kernel allows 64 KiB for an attribute. */
const MOST_METADATA = 16 * 1024 ** 2;

/**
 * Reads a tar archive (ustar, pax, GNU) from a stream. Of our own, because the package `tar` hands
 * pax headers on as text, in which the bytes of attributes such as capabilities are lost.
 * @param onEntry is told of every file; what it returns gets the content
 * @throws DamagedTar, CutOff
 */
export async function readTar(
  chunks: AsyncIterable<Buffer>,
  onEntry: (entry: TarEntry) => ContentReader | undefined,
): Promise<void> {
  const source = new ByteSource(chunks);
  let global: PaxRecords = new Map();
  let local: PaxRecords = new Map();
  for (;;) {
    const { position } = source;
    const block = await source.take(BLOCK).catch((error: unknown) => {
      throw error instanceof CutOff && position === 0 ? new DamagedTar(NO_TAR) : error;
    });
    if (block.every((byte) => byte === 0)) break;
    const header = headerOf(block);
    if (header === undefined) {
      throw new DamagedTar(position === 0 ? NO_TAR : `is damaged at byte ${position}`);
    }
    if ('xgLK'.includes(header.type)) {
      const data = await metadata(source, header.size);
      if (header.type === 'g') global = new Map([...global, ...parsePax(data)]);
      else if (header.type === 'x') local = new Map([...local, ...parsePax(data)]);
      else local.set(header.type === 'L' ? 'path' : 'linkpath', withoutNul(data));
      continue;
    }
    if (header.type === 'S') await skipSparseMap(source, block);
    const records = new Map([...global, ...local]);
    local = new Map();
    // Links and folders have no content, whatever they say.
    const hasContent = !'12345'.includes(header.type);
    const stored = hasContent ? (numberOf(records, 'size') ?? header.size) : 0;
    const reader = onEntry(entryOf(header, records, stored));
    await source.pass(stored, reader?.onPiece ?? (() => undefined));
    reader?.onEnd();
    await source.pass(padding(stored), () => undefined);
  }
  await source.drain();
}

const padding = (size: number): number => (BLOCK - (size % BLOCK)) % BLOCK;

async function metadata(source: ByteSource, size: number): Promise<Buffer> {
  if (size > MOST_METADATA) throw new DamagedTar(`is damaged at byte ${source.position}`);
  const data = await source.take(size);
  await source.take(padding(size));
  return data;
}

const withoutNul = (data: Buffer): Buffer => {
  const end = data.indexOf(0);
  return end < 0 ? data : data.subarray(0, end);
};

/** GNU's old sparse format: the map goes on in further blocks as long as a flag says so. */
async function skipSparseMap(source: ByteSource, header: Buffer): Promise<void> {
  let more = header[482] === 1;
  while (more) more = (await source.take(BLOCK))[504] === 1;
}

function numberOf(records: PaxRecords, key: string): number | undefined {
  const value = records.get(key);
  return value === undefined ? undefined : Number(value.toString('latin1'));
}

function entryOf(header: TarHeader, records: PaxRecords, stored: number): TarEntry {
  const name = records.get('GNU.sparse.name') ?? records.get('path') ?? header.name;
  const target = textOf(records.get('linkpath') ?? header.target);
  const size =
    numberOf(records, 'GNU.sparse.realsize') ??
    numberOf(records, 'GNU.sparse.size') ??
    (header.type === 'S' ? header.realSize : stored);
  return {
    path: cleanPath(textOf(name)),
    // Before 1988 a directory was a file with a slash at the end of its name.
    type: '0\0'.includes(header.type) && textOf(name).endsWith('/') ? '5' : header.type,
    mode: header.mode,
    uid: numberOf(records, 'uid') ?? header.uid,
    gid: numberOf(records, 'gid') ?? header.gid,
    size,
    target: header.type === '1' ? cleanPath(target) : target,
    device: header.device,
    attributes: attributesOf(records),
  };
}

const cleanPath = (path: string): string =>
  path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');

/** `SCHILY.xattr.NAME` and `SCHILY.acl.access` are what GNU tar writes, and others have taken up. */
function attributesOf(records: PaxRecords): Map<string, Buffer> {
  const attributes = new Map<string, Buffer>();
  for (const [key, value] of records) {
    if (key.startsWith('SCHILY.xattr.')) attributes.set(key.slice('SCHILY.xattr.'.length), value);
    else if (key === 'RHT.security.selinux') attributes.set('security.selinux', value);
    else if (/^SCHILY\.acl\.(access|default)$/.test(key)) attributes.set(key.slice(7), value);
  }
  return attributes;
}
