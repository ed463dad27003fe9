#!/bin/sh
# Starts a root file system as a container inside a machine with systemd, which needs no program for
# containers: how `mkimage test` starts a container of another architecture.
#
#   nested-container.sh unpack TARBALL DISK   TARBALL: a disk that is a tar archive; DISK is formatted
#   nested-container.sh start                 in the background; the PID of its init goes to $place/pid
#
# Its init finds what https://systemd.io/CONTAINER_INTERFACE/ describes, and what a privileged container
# of LXC has: lxc.mount.auto = proc:mixed sys:ro cgroup:mixed.
set -eu

place=/run/mkimage-container
root=$place/root
unit=mkimage-container.service
# Of the active ones, the last is /dev/console.
port=$(sed 's/.* //' /sys/class/tty/console/active)

case $1 in
unpack)
    mkdir "$root"
    mkfs.ext4 -q -F "$3"
    # The machine is slow, and its disks are thrown away: nothing is prepared for later.
    mount -o noinit_itable "$3" "$root"
    # As it is unpacked on a host: host/unpack-root.ts.
    tar --extract --file="$2" --directory="$root" --numeric-owner --preserve-permissions \
        --delay-directory-restore --acls --xattrs '--xattrs-include=*'
    ;;

start)
    # The container's console is the machine's serial port. No pseudoterminal: when a getty hangs up its
    # terminal, script(1) and others take that for the end.
    systemctl stop "serial-getty@$port.service"
    systemd-run --quiet --unit=$unit --property=Delegate=yes --property=KillMode=mixed sh "$0" supervise
    ;;

# As a service of the machine.
supervise)
    cgroup=/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)
    # A cgroup that has controllers to give has no processes of its own.
    mkdir "$cgroup/supervisor" "$cgroup/payload"
    echo 0 >"$cgroup/supervisor/cgroup.procs"
    sed 's/[^ ]*/+&/g' "$cgroup/cgroup.controllers" >"$cgroup/cgroup.subtree_control"
    exec unshare --pid --fork sh "$0" isolate "$cgroup/payload"
    ;;

# As PID 1 of the container, from here on.
isolate)
    echo 0 >"$2/cgroup.procs"
    exec unshare --mount --uts --ipc --net --cgroup sh "$0" enter
    ;;

enter)
    # /proc is still the machine's, and so is this number.
    read -r pid _ </proc/self/stat
    cd "$root"
    mount -t proc -o nosuid,nodev,noexec proc proc
    for name in sys sys/net sysrq-trigger; do mount --bind proc/$name proc/$name; done
    for name in sys sysrq-trigger; do mount -o remount,bind,ro,nosuid,nodev,noexec proc/$name; done
    mount -t sysfs -o ro,nosuid,nodev,noexec sysfs sys
    mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 sys/fs/cgroup
    mount -t tmpfs -o mode=755,nosuid,nodev tmpfs run
    mount -t tmpfs -o mode=755,nosuid tmpfs dev
    # Numbers: Documentation/admin-guide/devices.txt of Linux.
    while read -r name minor; do mknod -m 666 "dev/$name" c 1 "$minor"; done <<END
null 3
zero 5
full 7
random 8
urandom 9
END
    mknod -m 666 dev/tty c 5 0
    mkdir dev/pts dev/shm
    # 5: the group tty, of every Debian.
    mount -t devpts -o newinstance,ptmxmode=666,mode=620,gid=5,nosuid,noexec devpts dev/pts
    mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs dev/shm
    ln -s pts/ptmx dev/ptmx
    ln -s /proc/self/fd dev/fd
    for name in stdin:0 stdout:1 stderr:2; do ln -s "fd/${name#*:}" "dev/${name%:*}"; done
    : >dev/console
    mount --bind "/dev/$port" dev/console
    echo mkimage-test >/proc/sys/kernel/hostname
    exec 3>"$place/pid"
    # The machine's root comes to lie over ours, and is taken away.
    pivot_root . .
    umount -l .
    cd /
    # Whoever enters from now on is inside.
    echo "$pid" >&3
    exec 3>&- </dev/console >/dev/console 2>&1
    # What LXC takes away: lxc.cap.drop in its common.conf.
    exec env -i container=lxc TERM=linux PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        setpriv --bounding-set=-mac_admin,-mac_override,-sys_time,-sys_module,-sys_rawio /sbin/init
    ;;
esac
