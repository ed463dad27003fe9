import type { LogicalVolumePlan, LvmPlan } from '../disk-plan.ts';

/** What the metadata tells about its making. */
export interface LvmCreation {
  /** Seconds since 1970. */
  readonly time: number;
  /** Host name. */
  readonly host: string;
}

const SECTOR = 512;

/** LVM's metadata of a volume group as text; its grammar is LVM's lib/format_text/export.c. */
export function lvmText(plan: LvmPlan, creation: LvmCreation): string {
  return [
    `${plan.name} {`,
    `id = "${dashed(plan.vgUuid)}"`,
    'seqno = 1',
    'format = "lvm2"',
    'status = ["RESIZEABLE", "READ", "WRITE"]',
    'flags = []',
    `extent_size = ${plan.extentSize / SECTOR}`,
    'max_lv = 0',
    'max_pv = 0',
    'metadata_copies = 0',
    '',
    'physical_volumes {',
    '',
    'pv0 {',
    `id = "${dashed(plan.pvUuid)}"`,
    // Only a hint; LVM finds its devices by the id and puts the real name here when it next writes.
    'device = "unknown"',
    '',
    'status = ["ALLOCATABLE"]',
    'flags = []',
    `dev_size = ${plan.size / SECTOR}`,
    `pe_start = ${plan.extentsOffset / SECTOR}`,
    `pe_count = ${plan.extentCount}`,
    '}',
    '}',
    '',
    'logical_volumes {',
    '',
    ...plan.volumes.flatMap((volume) => logicalVolume(volume, creation)),
    '}',
    '',
    '}',
    'contents = "Text Format Volume Group"',
    'version = 1',
    '',
    'description = ""',
    '',
    `creation_host = ${quoted(creation.host)}`,
    `creation_time = ${creation.time}`,
    '',
    '',
  ].join('\n');
}

/** One linear segment on the only PV. */
function logicalVolume(volume: LogicalVolumePlan, creation: LvmCreation): string[] {
  return [
    `${volume.name} {`,
    `id = "${dashed(volume.uuid)}"`,
    'status = ["READ", "WRITE", "VISIBLE"]',
    'flags = []',
    `creation_time = ${creation.time}`,
    `creation_host = ${quoted(creation.host)}`,
    'segment_count = 1',
    '',
    'segment1 {',
    'start_extent = 0',
    `extent_count = ${volume.extentCount}`,
    '',
    'type = "striped"',
    'stripe_count = 1',
    '',
    'stripes = [',
    `"pv0", ${volume.firstExtent}`,
    ']',
    '}',
    '}',
    '',
  ];
}

/** An id as the text has it: 6-4-4-4-4-4-6 characters. @throws RangeError when it is not an id */
function dashed(id: string): string {
  const groups = /^(\w{6})(\w{4})(\w{4})(\w{4})(\w{4})(\w{4})(\w{6})$/.exec(id)?.slice(1);
  if (groups === undefined) throw new RangeError(`not an LVM id: ${id}`);
  return groups.join('-');
}

function quoted(text: string): string {
  return `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
}
