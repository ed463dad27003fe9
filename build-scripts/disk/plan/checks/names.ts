import type { DiskFile } from '../../../config/disk-schema.ts';
import type { YamlPath } from '../../../config/yaml-source.ts';
import type { PlanContext } from '../context.ts';
import { LONGEST_MAPPER_NAME, mapperName } from '../mapper-name.ts';
import { BIOS_BOOT_NAME, hasBiosBoot } from '../place-partitions.ts';
import { walk } from '../walk.ts';

/** Code units of UTF-16 that a GPT entry has for the name (UEFI specification, 5.3.3). */
const LONGEST_GPT_NAME = 36;

/** Reports names that are there twice, too long, or not possible. */
export function checkNames(disk: DiskFile, context: PlanContext): void {
  const partitions = new Names('partition', context);
  if (hasBiosBoot(disk))
    partitions.take(BIOS_BOOT_NAME, 'the partition for GRUB is added by itself, with this name');
  disk.partitions.forEach(({ name }, index) => {
    const at = ['partitions', index, 'name'];
    partitions.add(name, at);
    if (disk.table === 'gpt' && name.length > LONGEST_GPT_NAME)
      context.mistake(
        at,
        `the name of a partition has at most ${LONGEST_GPT_NAME} characters, this has ${name.length}`,
      );
  });

  const groups = new Names('volume group', context);
  const arrays = new Names('array', context);
  const mapped = new Names('device-mapper device', context);
  mapped.take('control', 'device-mapper itself has this name');
  for (const { node, here } of walk(disk)) {
    if (!('name' in node)) continue;
    const at = [...here.path, 'name'];
    if (/^\.\.?$/.test(node.name)) context.mistake(at, `"${node.name}" can not be a name`);
    if (node.type === 'raid1') arrays.add(node.name, at);
    if (node.type === 'luks') {
      mapped.add(node.name, at);
      checkMapperName(node.name, at, context);
    }
    if (node.type !== 'lvm') continue;
    groups.add(node.name, at);
    const volumes = new Names('volume', context);
    node.volumes.forEach(({ name }, index) => {
      const volumeAt = [...here.path, 'volumes', index, 'name'];
      if (/^\.\.?$/.test(name)) context.mistake(volumeAt, `"${name}" can not be a name`);
      const deviceName = mapperName(node.name, name);
      if (volumes.add(name, volumeAt)) mapped.add(deviceName, volumeAt);
      checkMapperName(deviceName, volumeAt, context);
    });
  }
}

function checkMapperName(name: string, at: YamlPath, context: PlanContext): void {
  if (name.length > LONGEST_MAPPER_NAME)
    context.mistake(
      at,
      `/dev/mapper/${name} is too long`,
      `the last part has at most ${LONGEST_MAPPER_NAME} characters, this has ${name.length}; LVM doubles hyphens`,
    );
}

/** Names of a kind, each of which can be there once. */
class Names {
  private readonly what: string;
  private readonly context: PlanContext;
  /** Where each is for the first time, in words. */
  private readonly places = new Map<string, string | undefined>();

  constructor(what: string, context: PlanContext) {
    this.what = what;
    this.context = context;
  }

  /** A name that exists without being in the layout. */
  take(name: string, reason: string): void {
    this.places.set(name, reason);
  }

  /** Reports a name that is there already, and returns false then. */
  add(name: string, at: YamlPath): boolean {
    if (this.places.has(name)) {
      const first = this.places.get(name);
      this.context.mistake(at, `two of the same name: ${this.what} "${name}"`, first);
      return false;
    }
    const line = this.context.locate(at)?.line;
    this.places.set(name, line === undefined ? undefined : `the first one is in line ${line}`);
    return true;
  }
}
