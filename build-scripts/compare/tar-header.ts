/** Records of a pax header: keyword → bytes. */
export type PaxRecords = Map<string, Buffer>;

/** The fields of a header block, POSIX.1-2017 pax(1), "ustar Interchange Format", and GNU's. */
export interface TarHeader {
  readonly name: Buffer;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly type: string;
  readonly target: Buffer;
  readonly device: string;
  /** Of a file in GNU's old sparse format, type `S`. */
  readonly realSize: number;
}

/** @returns undefined when the checksum is wrong */
export function headerOf(block: Buffer): TarHeader | undefined {
  const CHECKSUM = { from: 148, to: 156 };
  let sum = 0;
  for (let i = 0; i < block.length; i += 1)
    sum += i >= CHECKSUM.from && i < CHECKSUM.to ? 0x20 : (block[i] ?? 0);
  if (sum !== number(block, CHECKSUM.from, 8)) return undefined;
  const isPosix = block.toString('latin1', 257, 263) === 'ustar\0';
  const prefix = isPosix ? text(block, 345, 155) : Buffer.alloc(0);
  const name = text(block, 0, 100);
  const type = String.fromCharCode(block[156] ?? 0);
  return {
    name: prefix.length === 0 ? name : Buffer.concat([prefix, Buffer.from('/'), name]),
    mode: number(block, 100, 8) & 0o7777,
    uid: number(block, 108, 8),
    gid: number(block, 116, 8),
    size: number(block, 124, 12),
    type,
    target: text(block, 157, 100),
    device: '34'.includes(type) ? `${number(block, 329, 8)}:${number(block, 337, 8)}` : '',
    realSize: type === 'S' ? number(block, 483, 12) : 0,
  };
}

function text(block: Buffer, from: number, length: number): Buffer {
  const field = block.subarray(from, from + length);
  const end = field.indexOf(0);
  return end < 0 ? field : field.subarray(0, end);
}

/** Octal digits, or with the first bit set a binary number (GNU). */
function number(block: Buffer, from: number, length: number): number {
  const field = block.subarray(from, from + length);
  if (((field[0] ?? 0) & 0x80) === 0) {
    return Number.parseInt(text(block, from, length).toString('latin1').trim() || '0', 8);
  }
  return field.subarray(1).reduce((value, byte) => value * 256 + byte, (field[0] ?? 0) & 0x7f);
}

/** `LENGTH KEYWORD=VALUE\n`, where the value may hold any byte. What is no record ends it. */
export function parsePax(data: Buffer): PaxRecords {
  const records: PaxRecords = new Map();
  for (let at = 0; at < data.length;) {
    const space = data.indexOf(0x20, at);
    const length = Number(data.toString('latin1', at, space));
    const equals = data.indexOf(0x3d, space);
    const isRecord = space > at && length > 0 && equals > space && equals < at + length;
    if (!isRecord || data[at + length - 1] !== 0x0a) break;
    records.set(
      data.toString('utf8', space + 1, equals),
      data.subarray(equals + 1, at + length - 1),
    );
    at += length;
  }
  return records;
}

/** A file name as text. What is no UTF-8 keeps its bytes, as `\xNN`, so that names stay different. */
export function textOf(name: Buffer): string {
  const decoded = name.toString('utf8');
  if (!decoded.includes('\uFFFD')) return decoded;
  return name
    .toString('latin1')
    .replace(/[^ -~]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
