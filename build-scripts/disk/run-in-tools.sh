#!/bin/sh
# Runs a command in a tree of tools, in which the given directories are the caller's own, at the
# same paths.
#
#   run-in-tools.sh TREE DIRECTORY... -- COMMAND [ARGUMENT...]
#
# For use in the sandbox. The mounts are made anew for each command, so that it sees what is mounted
# below the directories at that time, and end with it.
set -eu

if [ "${1-}" != --inner ]; then
  exec unshare --mount --propagation private -- /bin/sh "$0" --inner "$@"
fi
tree=$2
shift 2

mount --rbind /proc "$tree/proc"
mount --rbind /dev "$tree/dev"
while [ "$1" != -- ]; do
  # A symlink of the tree must not lead out of it.
  target=$(realpath -m -- "$tree$1")
  case $target in
    "$tree"/?*) ;;
    *)
      echo "run-in-tools.sh: $1 is outside of the tools tree" >&2
      exit 65
      ;;
  esac
  mkdir -p -- "$target"
  mount --rbind -- "$1" "$target"
  shift
done
shift

export HOME=/root
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
exec chroot "$tree" "$@"
