import type { ReferenceFeature } from '../reference-option.ts';

const of = (area: string, rows: readonly (readonly [string, string])[]): ReferenceFeature[] =>
  rows.map(([name, ours]) => ({ area, name, ours }));

/** What is no option: commands, the files of a collection, the keys of a disk. For the documentation. */
export const referenceFeatures: readonly ReferenceFeature[] = [
  ...of('Commands', [
    ['mkimage PROFILE', '`./mkimage PROFILE`, one or several'],
    ['mkimage -n, --dry-run', '`./mkimage plan PROFILE`, and `./mkimage check PROFILE`'],
    ['mkimage -q, --quiet', '`--quiet`'],
    ['mkimage -S DIR, --staging', '`--workdir DIR`; it is removed afterwards'],
    ['mkimage -D DIR, --images', '`--output-dir DIR`'],
    ['mkimage --no-resolve-bcol-dep', 'gone: `requires` of a collection always holds'],
    [
      'convert-tar-to-disk -C CONFIG TARBALL',
      '`./tar-to-disk -C disk.yml TARBALL`; a build makes the disk by itself',
    ],
    ['convert-tar-to-disk -O DIR', '`-O DIR`'],
    ['convert-tar-to-disk --bios, --uefi', '`--bios`, `--uefi`'],
    ['a shell in the target at the end', '`--shell`; for a build `./mkimage shell PROFILE`'],
    ['obj/PROFILE/PROFILE_NAME_DATE_EPOCH.SUFFIXES and a symlink', 'the same names'],
  ]),
  ...of('Files of a collection', [
    ['meta: Depends', '`requires` in collection.yml'],
    ['meta: Wants', '`wants`'],
    ['meta: After', '`after`'],
    ['meta: Virtual', '`virtual`, or a profile that others extend'],
    ['config: NAME*=value', '`options`: declared with type, default and description'],
    ['config: NAME=value', '`set`'],
    ['config: NAME?=value', '`set` with an option of a collection that it `wants`'],
    ['package.list', '`packages`'],
    ['package.list.sh', '`packages` with `when`'],
    ['host_package.list', 'gone: tools for disks are in a tree of their own'],
    ['overlay/PHASE/', '`files/`, unpacked in the phase customize'],
    ['overlay/PHASE.permtab', '`files.yml`'],
    ['files/ (HOOK_FILESDIR)', 'any folder of the collection'],
    ['functions.sh, env.sh', 'gone: a hook is a program of its own'],
    [
      'hooks/PHASE/NN-name.sh',
      '`hooks/PHASE/NN-name`, or with `.chroot` at the end, inside the image',
    ],
    ['sed templates (@@NAME@@)', 'Liquid templates: `{{ option.name }}`'],
    ['share/merge-config/merge_vars', '`merge: append` of an option'],
    ['share/merge-config/alias_map', 'gone: nothing has been renamed'],
    ['collections/local/', 'the same'],
  ]),
  ...of('Keys of a disk (tar-to-disk.yml)', [
    ['disk_size_root', '`size`'],
    ['boot_type', '`firmware`, and `table`'],
    ['root_vg_name', '`name` of the content `lvm`'],
    ['snapper', '`snapper` of the content `btrfs`; off unless it is asked for'],
    ['boot_raid, root_vg_raid: enabled', 'a content `raid1`, or none'],
    ['boot_raid, root_vg_raid: name, mdadm_uuid, metadata', '`name`, `uuid`, `metadata`'],
    ['boot_raid, root_vg_raid: homehost', 'gone: always `any`'],
    ['root_vg_luks: enabled, enc_name', 'a content `luks`, its `name`'],
    ['root_vg_luks: luks_uuid', '`uuid`'],
    [
      'root_vg_luks: passphrase',
      '`passphrase: {file: …}`, `{env: …}` or `{prompt: …}`, never text',
    ],
    ['root_vg_luks: luks_type, hash, cipher, key_size', '`version`, `hash`, `cipher`, `key-size`'],
    ['root_vg_luks: integrity', 'gone: dm-integrity can not be written without the kernel'],
    ['root_vg_luks: pbkdf', '`pbkdf`'],
    ['volumes: name, size', '`name`, `size` of a partition or volume'],
    ['volumes: fstype', '`content: {type: …}`'],
    ['volumes: enabled', 'leave it out'],
    ['volumes: mnt_dir, mnt_opts', '`mount`, `options`'],
    ['volumes: label', '`label`'],
    ['volumes: fs_uuid', '`uuid`'],
    ['volumes: compression', '`compress`'],
  ]),
];
