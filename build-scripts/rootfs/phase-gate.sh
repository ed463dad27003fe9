#!/bin/sh
# mmdebstrap calls this, under the name of a phase, when the phase is reached. It tells the builder,
# which runs the hooks of the phase itself, and waits for its answer.
set -eu
echo "@@mkimage phase ${0##*/}"
read -r answer <"${0%/*}/answer"
[ "$answer" = go ]
