import { createHash } from 'node:crypto';

/** What is longer is told apart by its hash. */
const MOST_SHOWN = 64;

/** An extended attribute as people write it, if it can be; else its bytes in hexadecimal. */
export function attributeText(name: string, value: Buffer): string {
  const capabilities = name === 'security.capability' ? capabilityText(value) : undefined;
  if (capabilities !== undefined) return capabilities;
  const text = value.toString('latin1').replace(/\0$/, '');
  if (text !== '' && /^[ -~\n]*$/.test(text)) return text.trimEnd().replaceAll('\n', ',');
  if (value.length <= MOST_SHOWN) return `0x${value.toString('hex')}`;
  return `${value.length} bytes, SHA-256 ${createHash('sha256').update(value).digest('hex')}`;
}

/** include/uapi/linux/capability.h of Linux, in the order of their numbers. */
const CAPABILITIES = [
  ...['chown', 'dac_override', 'dac_read_search', 'fowner', 'fsetid', 'kill', 'setgid', 'setuid'],
  ...['setpcap', 'linux_immutable', 'net_bind_service', 'net_broadcast', 'net_admin', 'net_raw'],
  ...['ipc_lock', 'ipc_owner', 'sys_module', 'sys_rawio', 'sys_chroot', 'sys_ptrace', 'sys_pacct'],
  ...['sys_admin', 'sys_boot', 'sys_nice', 'sys_resource', 'sys_time', 'sys_tty_config', 'mknod'],
  ...['lease', 'audit_write', 'audit_control', 'setfcap', 'mac_override', 'mac_admin', 'syslog'],
  ...['wake_alarm', 'block_suspend', 'audit_read', 'perfmon', 'bpf', 'checkpoint_restore'],
];

/**
 * `struct vfs_ns_cap_data` as cap_to_text(3) writes it: `cap_net_raw=ep`. Revisions 2 and 3, the
 * ones with 64 capabilities; the third adds the root user of a namespace.
 */
function capabilityText(value: Buffer): string | undefined {
  if (value.length !== 20 && value.length !== 24) return undefined;
  const magic = value.readUInt32LE(0);
  const revision = magic >>> 24;
  if (revision !== (value.length === 20 ? 2 : 3)) return undefined;
  const bits = (low: number, high: number): bigint =>
    BigInt(value.readUInt32LE(low)) | (BigInt(value.readUInt32LE(high)) << 32n);
  const permitted = bits(4, 12);
  const inheritable = bits(8, 16);
  const effective = (magic & 1) === 1 ? 'e' : '';
  const groups = new Map<string, string[]>();
  for (let i = 0; i < 64; i += 1) {
    const has = (set: bigint): boolean => ((set >> BigInt(i)) & 1n) === 1n;
    const flags = `${effective}${has(inheritable) ? 'i' : ''}${has(permitted) ? 'p' : ''}`;
    if (flags === effective) continue;
    groups.set(flags, [...(groups.get(flags) ?? []), `cap_${CAPABILITIES[i] ?? String(i)}`]);
  }
  const text = [...groups].map(([flags, names]) => `${names.join(',')}=${flags}`).join(' ');
  const root = revision === 3 ? ` (root ${value.readUInt32LE(20)})` : '';
  return `${text === '' ? '=' : text}${root}`;
}
