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
