import type { Location } from '../config/diagnostics.ts';

/**
 * What a disk will look like, decided to the byte and to the last identity before anything is
 * written. A plan is a tree; every node lies in the address space of its parent: a partition in the
 * disk, the content of a RAID1, LUKS or LVM node in what that layer offers.
 *
 * All offsets and sizes are bytes. UUIDs are lower case with dashes unless said otherwise.
 */
export interface DiskPlan {
  readonly size: number;
  readonly firmware: readonly Firmware[];
  readonly table: 'gpt' | 'mbr';
  /** GPT: a GUID in upper case; MBR: `0x` and eight hexadecimal digits. */
  readonly diskId: string;
  readonly partitions: readonly PartitionPlan[];
}

export type Firmware = 'uefi' | 'bios';

/** Where a node comes from, for messages. */
export interface NodeOrigin {
  /** Like `partitions[2].content.content`; `builtin` for what the plan adds by itself. */
  readonly path: string;
  readonly at?: Location | undefined;
}

export interface PartitionPlan extends NodeOrigin {
  /** From 1. */
  readonly number: number;
  readonly name: string;
  /** Multiple of 1 MiB. */
  readonly offset: number;
  readonly size: number;
  /** GPT: type GUID in upper case; MBR: two hexadecimal digits. */
  readonly type: string;
  /** GPT partition GUID in upper case; none on MBR. */
  readonly uuid?: string | undefined;
  /** MBR: the active partition. */
  readonly active: boolean;
  readonly content: NodePlan;
}

interface Placed extends NodeOrigin {
  /** In the parent's address space. */
  readonly offset: number;
  readonly size: number;
}

export type NodePlan =
  BiosBootPlan | VfatPlan | Ext4Plan | BtrfsPlan | SwapPlan | Raid1Plan | LuksPlan | LvmPlan;

/** GPT only: holds GRUB's core image. */
export interface BiosBootPlan extends Placed {
  readonly type: 'bios-boot';
}

interface Mounted extends Placed {
  readonly label?: string | undefined;
  /** Undefined: not mounted by fstab. */
  readonly mount?: string | undefined;
  /** fstab options, defaults filled in. */
  readonly options: string;
}

export interface VfatPlan extends Mounted {
  readonly type: 'vfat';
  /** `1A2B-3C4D` */
  readonly serial: string;
}

export interface Ext4Plan extends Mounted {
  readonly type: 'ext4';
  readonly uuid: string;
  readonly hashSeed: string;
}

export interface BtrfsPlan extends Mounted {
  readonly type: 'btrfs';
  readonly uuid: string;
  readonly deviceUuid: string;
  readonly compress?: string | undefined;
  /** In the order in which they are mounted; empty: the top level itself is mounted. */
  readonly subvolumes: readonly {
    readonly name: string;
    readonly mount: string;
    /** fstab options, with `subvol=`. */
    readonly options: string;
    readonly isDefault: boolean;
  }[];
  readonly snapper: boolean;
}

export interface SwapPlan extends Placed {
  readonly type: 'swap';
  readonly uuid: string;
  readonly label?: string | undefined;
  readonly options: string;
}

/** md metadata 1.0 (superblock at the end) or 1.2 (4 KiB from the start). */
export interface Raid1Plan extends Placed {
  readonly type: 'raid1';
  /** Without homehost; written as `any:NAME`. */
  readonly name: string;
  readonly metadata: '1.0' | '1.2';
  /** Members the array is made for; one is present. */
  readonly devices: number;
  /** 32 hexadecimal digits. */
  readonly arrayUuid: string;
  readonly deviceUuid: string;
  /** Offset of the superblock and of the data in this node's space, bytes. */
  readonly superblockOffset: number;
  readonly dataOffset: number;
  readonly dataSize: number;
  readonly content: NodePlan;
}

export interface LuksPlan extends Placed {
  readonly type: 'luks';
  /** Mapped name. */
  readonly name: string;
  readonly version: 1 | 2;
  readonly uuid: string;
  readonly cipher: string;
  /** Bits. */
  readonly keySize: 256 | 512;
  readonly hash: 'sha256' | 'sha512';
  /** Bytes. */
  readonly sectorSize: 512 | 4096;
  readonly pbkdf: {
    readonly type: 'argon2id' | 'argon2i' | 'pbkdf2';
    readonly memoryKiB: number;
    readonly iterations: number;
  };
  /** How to come by the passphrase; never the text. Paths are absolute. */
  readonly passphrase:
    { readonly file: string } | { readonly env: string } | { readonly prompt: string };
  /** Secret volume key file for bit-identical builds; random without. */
  readonly volumeKeyFile?: string | undefined;
  /** Encrypt the free space, too. */
  readonly fill: boolean;
  /** Where the payload lies in this node's space, bytes. */
  readonly payloadOffset: number;
  readonly payloadSize: number;
  readonly content: NodePlan;
}

export interface LvmPlan extends Placed {
  readonly type: 'lvm';
  /** Volume group. */
  readonly name: string;
  /** 32 characters as LVM has them, without dashes. */
  readonly vgUuid: string;
  readonly pvUuid: string;
  /** Bytes. */
  readonly extentSize: number;
  /** First byte of extent 0 in this node's space. */
  readonly extentsOffset: number;
  /** Extents of the PV. */
  readonly extentCount: number;
  readonly volumes: readonly LogicalVolumePlan[];
}

export interface LogicalVolumePlan extends NodeOrigin {
  readonly name: string;
  readonly uuid: string;
  readonly firstExtent: number;
  readonly extentCount: number;
  /** Its offset is 0: a volume is an address space of its own. */
  readonly content: NodePlan;
}
