import type {
  DiskPlan,
  LuksPlan,
  LvmPlan,
  PartitionPlan,
  Raid1Plan,
  SwapPlan,
} from '../../../build-scripts/disk/disk-plan.ts';

export const MIB = 1024 ** 2;

/** Some content that no test of a layer looks at. */
export const swap: SwapPlan = {
  type: 'swap',
  path: 'content',
  offset: 0,
  size: MIB,
  uuid: '5b0c2f0e-3b54-4b3c-9a36-1d2d4a1f2a11',
  options: 'sw',
};

type Given = Pick<PartitionPlan, 'number' | 'name' | 'offset' | 'size' | 'type'> &
  Partial<PartitionPlan>;
export const partition = (given: Given): PartitionPlan => ({
  path: `partitions[${given.number - 1}]`,
  active: false,
  content: swap,
  ...given,
});

export const gptDisk: DiskPlan = {
  size: 64 * MIB,
  firmware: ['uefi', 'bios'],
  table: 'gpt',
  diskId: '6F2C0A8B-93D1-4E0A-8C7C-0D5C3B1A9E42',
  partitions: [
    partition({
      number: 1,
      name: 'bios',
      offset: MIB,
      size: MIB,
      type: '21686148-6449-6E6F-744E-656564454649',
      uuid: '0B1EAF4D-7A58-4C1F-9D0E-2F6B8C1D3E01',
    }),
    partition({
      number: 2,
      name: 'esp',
      offset: 2 * MIB,
      size: 10 * MIB,
      type: 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B',
      uuid: '0B1EAF4D-7A58-4C1F-9D0E-2F6B8C1D3E02',
    }),
    partition({
      number: 3,
      name: 'root-a+b.c_d',
      offset: 12 * MIB,
      size: 51 * MIB,
      type: '0FC63DAF-8483-4772-8E79-3D69D8477DE4',
      uuid: '0B1EAF4D-7A58-4C1F-9D0E-2F6B8C1D3E03',
    }),
  ],
};

export const mbrDisk: DiskPlan = {
  size: 64 * MIB,
  firmware: ['bios'],
  table: 'mbr',
  diskId: '0x1a2b3c4d',
  partitions: [
    partition({ number: 1, name: 'boot', offset: MIB, size: 10 * MIB, type: '83', active: true }),
    partition({ number: 2, name: 'pv', offset: 11 * MIB, size: 53 * MIB, type: 'fd' }),
  ],
};

/** A member of `size` bytes, laid out as the plan does it. */
export function raid1(metadata: '1.0' | '1.2', devices: number, size = 32 * MIB): Raid1Plan {
  const atEnd = (Math.floor(size / 512 - 16) & ~7) * 512;
  return {
    type: 'raid1',
    path: 'partitions[2].content',
    offset: 0,
    size,
    name: 'pv',
    metadata,
    devices,
    arrayUuid: '0123456789abcdeffedcba9876543210',
    deviceUuid: '00112233445566778899aabbccddeeff',
    superblockOffset: metadata === '1.0' ? atEnd : 4096,
    dataOffset: metadata === '1.0' ? 0 : MIB,
    dataSize: metadata === '1.0' ? atEnd - 256 * 512 : size - MIB,
    content: swap,
  };
}

export const volumeGroup: LvmPlan = {
  type: 'lvm',
  path: 'partitions[2].content',
  offset: 0,
  size: 64 * MIB,
  name: 'vg-0',
  vgUuid: 'Vg0000aaaabbbbccccddddeeeeffff01',
  pvUuid: 'Pv0000aaaabbbbccccddddeeeeffff01',
  extentSize: 4 * MIB,
  extentsOffset: MIB,
  extentCount: 15,
  volumes: [
    {
      path: 'volumes[0]',
      name: 'root',
      uuid: 'Lv0000aaaabbbbccccddddeeeeffff01',
      firstExtent: 0,
      extentCount: 10,
      content: swap,
    },
    {
      path: 'volumes[1]',
      name: 'var-log',
      uuid: 'Lv0000aaaabbbbccccddddeeeeffff02',
      firstExtent: 10,
      extentCount: 4,
      content: swap,
    },
  ],
};

/** A container with a payload of 8 MiB; its costs are as low as they may be. */
export function luks(version: 1 | 2, given: Partial<LuksPlan> = {}): LuksPlan {
  const payloadOffset = (version === 2 ? 16 : 2) * MIB;
  return {
    type: 'luks',
    path: 'partitions[2].content',
    offset: 0,
    size: payloadOffset + 8 * MIB,
    name: 'crypt',
    version,
    uuid: '9f3c1c1e-6c1b-4f0d-8a55-3d0b1f1c7a10',
    cipher: 'aes-xts-plain64',
    keySize: 512,
    hash: 'sha256',
    sectorSize: version === 2 ? 4096 : 512,
    pbkdf: { type: 'pbkdf2', memoryKiB: 0, iterations: 1000 },
    passphrase: { env: 'UNUSED' },
    fill: false,
    payloadOffset,
    payloadSize: 8 * MIB,
    content: swap,
    ...given,
  };
}
