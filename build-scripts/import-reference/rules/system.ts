import type { Draft } from '../draft.ts';
import { sizeSpellings } from '../spellings.ts';

/** Features of the reference that are collections with us. */
const COLLECTIONS: Readonly<Record<string, string>> = {
  OFEAT_CRON: 'cron',
  OFEAT_RSYSLOG: 'rsyslog',
  OFEAT_HAVEGED: 'haveged',
  OFEAT_NTP_CONF: 'ntp',
  OFEAT_TMPFS_MOUNTS: 'tmpfs',
  OFEAT_TMPFS_APT_CACHE: 'tmpfs',
  OFEAT_WEB_PROXY: 'web-proxy',
  OFEAT_NET_SINKHOLE: 'network/sinkhole',
};
const TMPFS = [
  ['tmpfs.shm', 'OFEAT_TMPFS_MOUNTS', 'OCONF_TMPFS_DEV_SHM_SIZE'],
  ['tmpfs.tmp', 'OFEAT_TMPFS_MOUNTS', 'OCONF_TMPFS_TMP_SIZE'],
  ['tmpfs.var-tmp', 'OFEAT_TMPFS_MOUNTS', 'OCONF_TMPFS_VAR_TMP_SIZE'],
  ['tmpfs.run', 'OFEAT_TMPFS_MOUNTS', 'OCONF_TMPFS_RUN_SIZE'],
  ['tmpfs.apt-cache', 'OFEAT_TMPFS_APT_CACHE', 'OCONF_TMPFS_APT_CACHE_SIZE'],
] as const;

export function systemRules(draft: Draft): void {
  const { reference } = draft;
  const volume = 'OFEAT_HW_APT_CACHE_LV';
  if (reference.has('hardware/base') && reference.on(volume))
    draft.drop(['OFEAT_TMPFS_APT_CACHE', 'OCONF_TMPFS_APT_CACHE_SIZE'], `${volume} is 1`);
  for (const [feature, collection] of Object.entries(COLLECTIONS)) {
    if (reference.on(feature) && !draft.isFinished(feature))
      draft.collection(collection, [feature]);
    draft.finish(feature);
  }
  if (reference.on('OFEAT_NTP_CONF')) draft.option('ntp.client', 'chrony', ['OFEAT_NTP_CONF']);
  for (const [option, feature, size] of TMPFS)
    if (reference.on(feature) && !draft.isFinished(size))
      draft.option(option, draft.accepted(option, sizeSpellings(reference.text(size))), [size]);
  if (reference.on('OFEAT_PKG_INSTALL'))
    draft.addPackages(reference.words('OCONF_PKG_INSTALL'), ['OCONF_PKG_INSTALL']);
  draft.finish('OFEAT_PKG_INSTALL');

  const minimal = ['OFEAT_ROOTFS_MINIMAL', 'OFEAT_ROOTFS_MINIMAL_USR_SHARE'];
  draft.option(
    'base.minimal',
    minimal.every((name) => reference.on(name)),
    minimal,
  );
  // What the reference writes into every image; it has no option for it.
  if (reference.has('default')) draft.option('base.locale', 'en_US.UTF-8', []);
}
