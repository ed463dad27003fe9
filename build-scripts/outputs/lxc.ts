import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { dump } from 'js-yaml';
import { ARCHITECTURES } from '../config/settings.ts';
import { hashFile } from '../host/hash-file.ts';
import { runCommand } from '../host/process.ts';
import type { Artifact, HowTo, ImageFacts, OutputContext, OutputFormat } from './output.ts';

/**
 * Containers: the root file system tarball as it is for Proxmox VE, and a metadata tarball beside
 * it that Incus (`metadata.yaml`) and `lxc-create -t local` (`config` …) both understand.
 */
export const lxc: OutputFormat = {
  name: 'lxc',
  description: 'container image for Proxmox VE, LXC and Incus: rootfs tar.zst and metadata tar.xz',
  source: 'rootfs',
  usesTools: false,
  isQuick: true,
  produce: async (context) => [await writeMetadata(context)],
  howToUse,
};

async function writeMetadata({ image, log, directory, epoch }: OutputContext): Promise<Artifact> {
  const folder = path.join(directory, 'lxc-metadata');
  await mkdir(folder, { mode: 0o755 });
  const files = metadataFiles(image, epoch);
  for (const [name, text] of Object.entries(files)) {
    await writeFile(path.join(folder, name), text);
    await chmod(path.join(folder, name), 0o644);
  }
  const target = path.join(directory, 'metadata.tar.xz');
  // lxc-create's "local" template unpacks nothing but xz.
  await runCommand(
    [
      ...['tar', '--create', '--xz', `--file=${target}`, `--directory=${folder}`, '--format=ustar'],
      ...['--owner=0', '--group=0', '--numeric-owner', '--mode=0644', `--mtime=@${epoch}`],
      ...Object.keys(files).sort(),
    ],
    { log },
  );
  return { name: 'metadata', extension: '.tar.xz', ...(await hashFile(target)) };
}

/** Incus: image format; LXC: what /usr/share/lxc/templates/lxc-local reads. */
export function metadataFiles(image: ImageFacts, epoch: number): Record<string, string> {
  const { machine } = ARCHITECTURES[image.arch];
  const release = `${image.suite ?? 'unknown'} (Debian ${image.version ?? '?'})`;
  const include = (name: string): string => `lxc.include = LXC_TEMPLATE_CONFIG/${name}\n`;
  const config = `# ${image.name}, Debian ${image.version ?? '?'}\n${include('common.conf')}lxc.arch = ${machine}\n`;
  return {
    'metadata.yaml': dump({
      architecture: machine,
      creation_date: epoch,
      properties: {
        description: image.description ?? image.name,
        name: image.name,
        os: 'Debian',
        release,
      },
    }),
    config,
    'config-user': `${config}${include('userns.conf')}`,
    'create-message': `Created from ${image.name}, Debian ${release}.\n`,
    templates: '',
    // Far away: these images do not come from a server that replaces them.
    expiry: '32503680000\n',
  };
}

function howToUse(image: ImageFacts, files: ReadonlyMap<string, string>): HowTo[] {
  const rootfs = files.get('rootfs.tar.zst') ?? 'ROOTFS';
  const metadata = files.get('metadata.tar.xz') ?? 'METADATA';
  const onServer = path.basename(rootfs);
  const { name } = image;
  return [
    {
      target: 'Proxmox VE',
      commands: [
        `scp ${rootfs} root@PVE:/var/lib/vz/template/cache/`,
        '# there:',
        `pct create 9999 local:vztmpl/${onServer} --ostype debian --hostname ${name} \\`,
        '  --unprivileged 1 --features nesting=1 --memory 512 --rootfs local-lvm:2 \\',
        '  --net0 name=eth0,bridge=vmbr0,ip=dhcp',
        'pct start 9999 && pct enter 9999',
      ],
    },
    {
      target: 'Incus',
      commands: [
        `incus image import ${metadata} ${rootfs} --alias ${name}`,
        `incus launch ${name} ${name} && incus exec ${name} -- bash`,
      ],
    },
    {
      target: 'LXC',
      commands: [
        // From stdin: zstd ignores a symlink that it is given by name.
        `zstd -dc < ${rootfs} | xz -T0 -1 > /tmp/rootfs.tar.xz`,
        `lxc-create -n ${name} -t local -- -m ${metadata} -f /tmp/rootfs.tar.xz`,
        `lxc-start -n ${name} && lxc-attach -n ${name}`,
      ],
    },
  ];
}
