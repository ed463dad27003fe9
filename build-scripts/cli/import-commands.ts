import { readFileSync } from 'node:fs';
import path from 'node:path';
import { searchPaths } from '../config/search-paths.ts';
import { resolveProfile } from '../config/resolve-profile.ts';
import { imageOfProfile } from '../make-outputs.ts';
import { OUTPUT_NAMES, outputFormat } from '../outputs/index.ts';
import type { HowTo } from '../outputs/output.ts';

/** Format → a shipped profile that it is made of. */
const SHOWN: Readonly<Record<string, string>> = {
  lxc: 'deb12-amd64-lxc',
  qcow2: 'deb12-amd64-kvm',
  vhdx: 'deb12-amd64-hyper-v',
  ova: 'deb12-amd64-esxi',
  vmdk: 'deb12-amd64-esxi',
  vhd: 'deb12-amd64-hyper-v',
  raw: 'deb12-amd64-hardware-uefi',
  'raw-zst': 'deb12-amd64-hardware-uefi',
  kernel: 'deb12-amd64-kvm',
  squashfs: 'deb12-amd64-lxc',
  tar: 'deb12-amd64-lxc',
};
/** Of the files that a build may publish: {@link fileKey}. */
const FILES = [
  ...['rootfs.tar.zst', 'rootfs.squashfs', 'metadata.tar.xz', 'vmlinuz', 'initrd', 'disk.qcow2'],
  ...[
    'disk.vhdx',
    'disk.ova',
    'disk.vmdk',
    'disk.vhd',
    'disk.raw',
    'disk.raw.zst',
    'disk.raw.bmap',
  ],
];
const MARKED =
  /(<!-- commands of ([a-z0-9, -]+): npm run docs -->\n).*?(<!-- end of commands -->\n)/gs;

/**
 * A page of the documentation with what the closing summary of a build says, between the marks:
 * `<!-- commands of lxc, qcow2: npm run docs -->` … `<!-- end of commands -->`.
 */
export function withImportCommands(projectDir: string, page: string): string {
  const text = readFileSync(path.join(projectDir, page), 'utf8');
  return text.replaceAll(MARKED, (_, begin: string, formats: string, end: string) => {
    const sections = formats.split(', ').flatMap((format) => commandsOf(projectDir, format));
    return [begin, ...sections.map((section) => `${section}\n`), end].join('\n');
  });
}

function commandsOf(projectDir: string, format: string): string[] {
  const profile = SHOWN[format] ?? format;
  const image = imageOfProfile(
    resolveProfile({
      profile: path.join(projectDir, 'profiles', `${profile}.yml`),
      paths: searchPaths({ projectDir, workingDir: projectDir }),
      knownOutputs: OUTPUT_NAMES,
    }),
  );
  const files = new Map(FILES.map((key) => [key, `${profile}_${key}`]));
  return outputFormat(format)
    .howToUse(image, files)
    .map((one) => section(format, one));
}

const section = (format: string, { target, commands }: HowTo): string =>
  [
    `**${target}**, \`${format}\`:`,
    '',
    `\`\`\`${target === 'Hyper-V' ? 'powershell' : 'sh'}`,
    ...commands,
    '```',
  ].join('\n');
