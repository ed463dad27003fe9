#!/bin/sh
# Holds a sandbox open as long as stdin is, and removes it afterwards. Started by sandbox.ts, in a
# user namespace of its own when the caller is not root.
#
#   sandbox-init.sh WORKSPACE MEMORY      MEMORY: size of the tmpfs on tree/ in bytes, 0 for none
#
# Two processes share the work. The inner one is PID 1 of a new PID and mount namespace. It reads
# stdin until its end, which comes when the builder closes it or dies in any way. With PID 1 the
# kernel kills everything in the sandbox and drops its mounts. Only then the outer process goes on:
# nothing can be running or mounted in the workspace any more, so it is safe to remove.
set -eu

# Nobody but the builder decides when the sandbox ends.
trap '' HUP INT TERM
umask 022

case ${1-} in
  /*/mkimage-??????) ;;
  *)
    echo "not a workspace: ${1-}" >&2
    exit 64
    ;;
esac
workspace=$1
memory=$2

if [ "${3-}" != inner ]; then
  status=0
  unshare --mount --propagation private --pid --fork -- \
    /bin/sh "$0" "$workspace" "$memory" inner || status=$?
  rm -rf --one-file-system -- "$workspace"
  exit "$status"
fi

# /proc still shows the caller's PID namespace, so this is the PID the caller knows us by.
read -r pid _ </proc/self/stat

# A container that hides parts of /proc does not let us mount a new one. The old one has to do then.
mount -t proc -o nosuid,nodev,noexec proc /proc 2>/dev/null ||
  echo 'sandbox: no /proc of its own' >&2

# A /dev without any disk of the host. Real root makes the nodes anew, so that a chmod inside stays
# inside; in a user namespace only binding them is possible, and changing them is not.
device() {
  mknod -m 666 "$1" c "$2" "$3" 2>/dev/null || {
    : >"$1"
    mount --bind "/dev/$4" "$1"
  }
}
mount -t tmpfs -o mode=755,nosuid,size=64k,nr_inodes=64 mkimage-dev "$workspace/tmp"
cd "$workspace/tmp"
device null 1 3 null
device zero 1 5 zero
device full 1 7 full
device random 1 8 random
device urandom 1 9 urandom
device tty 5 0 tty
# What a package writes to the console is not for the host's console.
device console 1 3 null
mkdir pts shm
mount -t devpts -o nosuid,noexec,newinstance,mode=620,ptmxmode=666,gid=5 devpts pts
# The host's own: people put work directories and tarballs there.
mount --rbind /dev/shm shm 2>/dev/null || mount -t tmpfs -o mode=1777,nosuid,nodev mkimage-shm shm
ln -s pts/ptmx ptmx
ln -s /proc/self/fd fd
ln -s fd/0 stdin
ln -s fd/1 stdout
ln -s fd/2 stderr
cd /
mount --no-mtab --move "$workspace/tmp" /dev

kind=disk
if [ "$memory" != 0 ]; then
  if mount -t tmpfs -o "mode=755,size=$memory" mkimage "$workspace/tree"; then
    kind=memory
  else
    echo 'sandbox: no tmpfs, working on disk' >&2
  fi
fi
echo "ready $pid $kind"

# A child reads, so that this shell waits and thereby reaps whatever processes are left to PID 1.
# Only a real end of the input ends the sandbox, not somebody who kills the child.
until cat >/dev/null; do :; done
