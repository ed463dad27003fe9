import path from 'node:path';
import { inside, partTitle, type Here, type PlanContext } from '../context.ts';
import { KIB, MIB, GIB, alignDown, alignUp, parseSize, roughSize } from '../sizes.ts';
import type { LuksPlan } from '../../disk-plan.ts';
import type { NodeKind, NodeOf } from './node-kind.ts';

/** Where the payload begins: 16 MiB is cryptsetup's choice for LUKS2, 2 MiB (4096 sectors) for LUKS1. */
const PAYLOAD_OFFSET = { 1: 2 * MIB, 2: 16 * MIB } as const;
/** Payloads are whole 4 KiB sectors, also when the sectors are smaller. */
const PAYLOAD_UNIT = 4 * KIB;

/** What the payload can be written with; data is encrypted without the kernel's help. */
export const CIPHERS: readonly string[] = ['aes-xts-plain64'];

type Pbkdf = LuksPlan['pbkdf'];

/** Opens in a second or two on small machines, too; OWASP's advice for both is met. */
const DEFAULT_ARGON2 = { memoryKiB: 64 * KIB, iterations: 4 } as const;
const DEFAULT_PBKDF2_ITERATIONS = 1_000_000;

/** Bounds of cryptsetup (lib/crypto_backend/pbkdf_check.c and crypto_backend.h). */
const LEAST_ITERATIONS = { pbkdf2: 1000, argon2i: 4, argon2id: 4 } as const;
const LEAST_MEMORY = 32 * KIB;
const MOST_MEMORY = 4 * GIB;

const versionOf = (node: NodeOf<'luks'>): 1 | 2 => node.version ?? 2;

export const luks: NodeKind<'luks'> = {
  type: 'luks',
  refuses(content) {
    if (content.type === 'luks') return 'it would be encrypted twice';
    if (content.type === 'raid1')
      return 'put the LUKS on the array instead: then it is encrypted once for all members';
    return undefined;
  },
  check(node, here, context) {
    const at = (...key: string[]): (string | number)[] => [...here.path, ...key];
    if (node.cipher !== undefined && !CIPHERS.includes(node.cipher))
      context.mistake(
        at('cipher'),
        `the cipher ${node.cipher} is not supported`,
        `supported: ${CIPHERS.join(', ')}`,
      );
    if (versionOf(node) === 1 && node['sector-size'] === 4096)
      context.mistake(
        at('sector-size'),
        'LUKS1 has sectors of 512 bytes',
        'leave it out, or take version 2',
      );
    checkPbkdf(node, at, context);
    const { type } = pbkdfOf(node);
    if (node['volume-key'] !== undefined && type !== 'pbkdf2')
      context.mistake(
        at('volume-key'),
        `with a volume key file the pbkdf has to be pbkdf2, not ${type}`,
        'such a header is made without cryptsetup, and without argon2: write pbkdf: {type: pbkdf2}',
      );
  },
  needs(node, here, context) {
    return (
      PAYLOAD_OFFSET[versionOf(node)] +
      alignUp(context.needs(node.content, inside(node, here)), PAYLOAD_UNIT)
    );
  },
  place(node, here, range, context) {
    const origin = context.origin(here.path);
    const version = versionOf(node);
    const payloadOffset = PAYLOAD_OFFSET[version];
    const uuid = node.uuid ?? context.identities.uuid(origin.path, 'uuid');
    const file = (name: string): string => path.resolve(context.folder, name);
    const keyFile = node['volume-key']?.file;
    const { passphrase } = node;
    const payloadSize = payloadSizeIn(node, here, range.size, context);
    return {
      type: 'luks',
      ...origin,
      ...range,
      name: node.name,
      version,
      uuid,
      cipher: node.cipher ?? 'aes-xts-plain64',
      keySize: node['key-size'] ?? 512,
      hash: node.hash ?? 'sha256',
      sectorSize: node['sector-size'] ?? (version === 1 ? 512 : 4096),
      pbkdf: pbkdfOf(node),
      passphrase: 'file' in passphrase ? { file: file(passphrase.file) } : passphrase,
      volumeKeyFile: keyFile === undefined ? undefined : file(keyFile),
      fill: node.fill ?? false,
      payloadOffset,
      payloadSize,
      content: context.place(node.content, inside(node, here), { offset: 0, size: payloadSize }),
    };
  },
};

function payloadSizeIn(
  node: NodeOf<'luks'>,
  here: Here,
  size: number,
  context: PlanContext,
): number {
  const header = PAYLOAD_OFFSET[versionOf(node)];
  const payloadSize = alignDown(size - header, PAYLOAD_UNIT);
  if (payloadSize > 0) return payloadSize;
  context.mistake(
    [...here.part.path, 'size'],
    `${partTitle(here.part)}: the LUKS header takes ${roughSize(header)} of ${roughSize(size)}, nothing is left for the content`,
  );
  return context.needs(node.content, inside(node, here));
}

function pbkdfOf(node: NodeOf<'luks'>): Pbkdf {
  const {
    type = versionOf(node) === 1 ? 'pbkdf2' : 'argon2id',
    memory,
    iterations,
  } = node.pbkdf ?? {};
  if (type === 'pbkdf2')
    return { type, memoryKiB: 0, iterations: iterations ?? DEFAULT_PBKDF2_ITERATIONS };
  const spec = memory === undefined ? undefined : parseSize(memory);
  return {
    type,
    memoryKiB: spec?.kind === 'bytes' ? Math.floor(spec.bytes / KIB) : DEFAULT_ARGON2.memoryKiB,
    iterations: iterations ?? DEFAULT_ARGON2.iterations,
  };
}

function checkPbkdf(
  node: NodeOf<'luks'>,
  at: (...key: string[]) => (string | number)[],
  context: PlanContext,
): void {
  const { pbkdf } = node;
  if (pbkdf === undefined) return;
  const { type, memory, iterations } = pbkdf;
  if (versionOf(node) === 1 && type !== 'pbkdf2')
    context.mistake(at('pbkdf', 'type'), `LUKS1 knows pbkdf2 only, not ${type}`);
  if (iterations !== undefined && iterations < LEAST_ITERATIONS[type])
    context.mistake(
      at('pbkdf', 'iterations'),
      `${type} has at least ${LEAST_ITERATIONS[type]} iterations`,
    );
  if (memory === undefined) return;
  const spec = parseSize(memory);
  if (type === 'pbkdf2')
    context.mistake(at('pbkdf', 'memory'), 'pbkdf2 has no memory cost', 'leave it out');
  else if (spec.kind !== 'bytes' || spec.bytes < LEAST_MEMORY || spec.bytes > MOST_MEMORY)
    context.mistake(
      at('pbkdf', 'memory'),
      `the memory cost of ${type} is between 32K and 4G`,
      'write it like 64M',
    );
}
