#!/bin/sh
# All checks that need no test run, each of them whatever the others say. `npm run check:static`.
set -u
cd "$(dirname "$0")/.." || exit
failed=
for check in check:format lint typecheck check:schemas check:docs shellcheck; do
    echo "== $check"
    npm run --silent "$check" || failed="$failed $check"
done
if [ -n "$failed" ]; then
    echo "failed:$failed (npm run format, schemas or docs may repair it)"
    exit 1
fi
