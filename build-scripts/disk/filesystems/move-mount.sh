#!/bin/sh
# Moves what is mounted somewhere out of a root tree, and leaves the empty mount point behind.
#
#   move-mount.sh ROOT MOUNT TARGET MODE     MOUNT: absolute, inside; MODE: of a directory that is new
#
# For use in the sandbox, while nothing runs in the root. No part of MOUNT may be a symlink: it could
# lead out of the root.
set -eu

root=$1
rest=${2#/}
target=$3
mode=$4

# stamp DIRECTORY: its modification time, to put it back after we have changed an entry.
stamp() { stat -c %y -- "$1"; }

directory=$root
while [ -n "$rest" ]; do
  name=${rest%%/*}
  case $rest in
    */*) rest=${rest#*/} ;;
    *) rest= ;;
  esac
  case $name in
    '' | . | ..)
      echo "$2 is no path to mount on" >&2
      exit 65
      ;;
  esac
  parent=$directory
  directory=$directory/$name
  if [ -L "$directory" ] || { [ -e "$directory" ] && [ ! -d "$directory" ]; }; then
    echo "${directory#"$root"} is not a directory in the root file system, so that nothing can be mounted on $2" >&2
    exit 65
  fi
  if [ ! -d "$directory" ]; then
    time=$(stamp "$parent")
    mkdir -m "$([ -n "$rest" ] && echo 755 || echo "$mode")" -- "$directory"
    touch -d "$time" -- "$directory" "$parent"
  fi
done

mkdir -p -- "${target%/*}"
time=$(stamp "$parent")
mv -T -- "$directory" "$target"
mkdir -- "$directory"
chown --reference="$target" -- "$directory"
chmod --reference="$target" -- "$directory"
touch -r "$target" -- "$directory"
touch -d "$time" -- "$parent"
