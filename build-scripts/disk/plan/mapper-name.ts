/** Longest name of a device-mapper device: DM_NAME_LEN (128) of linux/dm-ioctl.h with its NUL. */
export const LONGEST_MAPPER_NAME = 127;

/**
 * The name of a volume below /dev/mapper: hyphens are doubled, one hyphen joins the two names
 * (build_dm_name() of libdevmapper). `vg-a`, `lv-b` → `vg--a-lv--b`.
 */
export const mapperName = (group: string, volume: string): string =>
  `${group.replaceAll('-', '--')}-${volume.replaceAll('-', '--')}`;
