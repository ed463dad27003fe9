/**
 * What docs/disk.md ("Second disk") tells a person to do, for any layout: copies the partition table
 * and what firmware starts from, completes the mirrors and waits until they are in step. Runs as root
 * in a machine whose second disk is empty.
 */
export const ADD_SECOND_DISK = `
set -eu
first=vda second=vdb
sfdisk --dump /dev/$first | sed -E '/^label-id|^last-lba/d; s/, uuid=[^,]*//' | sfdisk --quiet /dev/$second
udevadm settle
members=
for md in /sys/class/block/md*; do
    [ "$(cat "$md/md/level" 2>/dev/null)" = raid1 ] || continue
    for member in "$md"/slaves/*; do members="$members \${member##*/}"; done
done
# The boot code, and on an MBR what lies before the first partition.
dd if=/dev/$first of=/dev/$second bs=440 count=1 conv=notrunc status=none
case $(sfdisk --dump /dev/$first) in
*'label: dos'*) dd if=/dev/$first of=/dev/$second bs=512 skip=1 seek=1 count=2047 conv=notrunc status=none ;;
esac
# What is on no mirror: GRUB's partition, the ESP.
for partition in /sys/class/block/$first/$first[0-9]*; do
    name=\${partition##*/}
    case " $members " in *" $name "*) continue ;; esac
    mount=$(findmnt --noheadings --output TARGET --source "/dev/$name" || true)
    if [ -n "$mount" ]; then umount "$mount"; fi
    dd if="/dev/$name" of="/dev/$second\${name#$first}" bs=1M status=none
    if [ -n "$mount" ]; then mount "$mount"; fi
done
for md in /sys/class/block/md*; do
    array=/dev/\${md##*/}
    [ "$(cat "$md/md/level" 2>/dev/null)" = raid1 ] || continue
    for member in "$md"/slaves/*; do number=\${member##*/$first}; done
    if [ "$(cat "$md/md/raid_disks")" -gt 1 ]; then
        mdadm --quiet --add "$array" "/dev/$second$number"
    else
        mdadm --quiet --grow "$array" --raid-devices=2 --add "/dev/$second$number"
    fi
done
for md in /sys/class/block/md*; do
    array=/dev/\${md##*/}
    mdadm --wait "$array" || true
    [ "$(cat "$md/md/degraded")" = 0 ] || { cat /proc/mdstat; exit 1; }
done
sync
`;
