/** Columns of fstab(5). */
function fieldsOf(line: string): string[] {
  return line.trim().split(/\s+/);
}

/** Made by the kernel or reached by network: what an image can ask for whatever its disk. */
const NO_DEVICE =
  /^(tmpfs|ramfs|none|proc|sysfs|devpts|overlay|cgroup2?|debugfs|tracefs|nfs4?|cifs|9p|virtiofs)$/;

/**
 * The fstab of the disk, and what the image already mounts from elsewhere than a disk (tmpfs and
 * network file systems), unless the disk mounts something there.
 */
export function mergeFstab(ofDisk: string, ofImage: string): string {
  const lines = (text: string): string[] => text.split('\n').filter((line) => line.trim() !== '');
  const isComment = (line: string): boolean => line.trim().startsWith('#');
  const taken = new Set(
    lines(ofDisk)
      .filter((line) => !isComment(line))
      .map((line) => fieldsOf(line)[1]),
  );
  const kept = lines(ofImage).filter((line) => {
    const [, mount, type = ''] = fieldsOf(line);
    return !isComment(line) && NO_DEVICE.test(type) && !taken.has(mount);
  });
  return `${[ofDisk.trimEnd(), ...kept].join('\n')}\n`;
}
