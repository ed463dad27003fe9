import type { DiskPlan } from '../disk-plan.ts';
import type { ImageRoot } from '../image-root.ts';
import { nodesOf } from '../plan/plan-nodes.ts';

/**
 * What `snapper create-config /` would do, which only works on a mounted btrfs: the configuration
 * from the package's template, and its name in the list. The subvolume for /.snapshots is part of
 * the layout.
 */
const CONFIGURE = `set -eu
template=/usr/share/snapper/config-templates/default
[ -f "$template" ] || template=/etc/snapper/config-templates/default
mkdir -p /etc/snapper/configs /etc/default
if [ ! -e /etc/snapper/configs/root ]; then
  (umask 027; sed -e 's|^SUBVOLUME=.*|SUBVOLUME="/"|' -e 's|^FSTYPE=.*|FSTYPE="btrfs"|' \\
    "$template" >/etc/snapper/configs/root)
fi
list=/etc/default/snapper
[ -e "$list" ] || : >"$list"
names=$(sed -n 's/^SNAPPER_CONFIGS="\\{0,1\\}\\([^"]*\\)"\\{0,1\\}$/\\1/p' "$list")
case " $names " in
  *' root '*) ;;
  *)
    if grep -q '^SNAPPER_CONFIGS=' "$list"; then
      sed -i "s|^SNAPPER_CONFIGS=.*|SNAPPER_CONFIGS=\\"\${names:+$names }root\\"|" "$list"
    else
      printf 'SNAPPER_CONFIGS="root"\\n' >>"$list"
    fi
    ;;
esac`;

/** Configures snapper for the root when the layout wants it. The package is there: checkRoot. */
export async function configureSnapper(root: ImageRoot, plan: DiskPlan): Promise<void> {
  if (!nodesOf(plan).some((node) => node.type === 'btrfs' && node.snapper)) return;
  await root.script(CONFIGURE);
}
