#!/bin/sh
# Runs inside the image: prints what the disk builder wants to know, as lines of KEY and VALUE.
#
#   inspect-root.sh FILE...      prints those of the files that are there
set -eu

# say KEY VALUE
say() { printf '%s %s\n' "$1" "$2"; }

for file; do
  if [ -e "$file" ]; then say file "$file"; fi
done
if [ ! -d /etc ]; then exit 0; fi
say version "$(sed -n 's/^VERSION_ID="\{0,1\}\([^"]*\).*/\1/p' /etc/os-release 2>/dev/null)"
if command -v dpkg >/dev/null; then
  say architecture "$(dpkg --print-architecture)"
  # "ii" and held ones; not what was removed and left its configuration.
  dpkg-query -W -f='package ${db:Status-Abbrev} ${Package}\n' | sed -n 's/^package .i. /package /p'
fi
for kernel in /boot/vmlinuz-*; do
  if [ -f "$kernel" ]; then say kernel "${kernel#/boot/vmlinuz-}"; fi
done
