#!/bin/sh
# Runs a command inside a root directory, with /proc, /sys and the sandbox's /dev in place.
#
#   run-in-root.sh ROOT COMMAND [ARGUMENT...]
#
# For use in the sandbox; hooks call it as "$MKIMAGE_CHROOT" "$1" COMMAND... The command gets mount
# and PID namespaces of its own: its mounts and daemons end with it. PID 1 there is this script,
# outside of ROOT: that is how systemctl and others tell that they are in a chroot.
set -eu

if [ "${1-}" != --inner ]; then
  if [ $# -lt 2 ]; then
    echo 'usage: run-in-root.sh ROOT COMMAND [ARGUMENT...]' >&2
    exit 64
  fi
  exec unshare --mount --propagation private --pid --fork --kill-child -- /bin/sh "$0" --inner "$@"
fi
cd -- "$2"
shift 2

# A symlink here would mount over, and write into, the host's own directories.
for directory in proc sys dev; do
  if [ -L "$directory" ] || { [ -e "$directory" ] && [ ! -d "$directory" ]; }; then
    echo "run-in-root.sh: $PWD/$directory is not a directory" >&2
    exit 65
  fi
  [ -d "$directory" ] || mkdir -m 755 "$directory"
done

quiet() { "$@" 2>/dev/null; }

quiet mount -t proc -o nosuid,nodev,noexec proc proc || mount --rbind /proc proc
# A user namespace without a network namespace of its own can only show the host's /sys.
quiet mount -t sysfs -o ro,nosuid,nodev,noexec sysfs sys || mount --rbind /sys sys
mount --rbind /dev dev

# These name things outside of ROOT.
unset TMPDIR MKIMAGE_CHROOT MKIMAGE_WORKDIR OLDPWD
export HOME=/root
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

# Not exec: this shell has to stay PID 1.
status=0
chroot . "$@" || status=$?
exit "$status"
