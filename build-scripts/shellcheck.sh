#!/bin/sh
# Checks every shell script of the checkout with shellcheck: *.sh and whatever begins with a
# shell's shebang (launchers, hooks, tests of collections). `npm run shellcheck`.
set -eu
cd "$(dirname "$0")/.."
if ! command -v shellcheck >/dev/null; then
    echo 'missing: shellcheck (Debian package shellcheck)' >&2
    exit 1
fi

is_shell_script() {
    if [ -L "$1" ] || ! [ -f "$1" ]; then return 1; fi
    case $1 in *.sh) return 0 ;; esac
    IFS= read -r first_line <"$1" || return 1
    case $first_line in
    '#!'*/sh | '#!'*/sh\ * | '#!'*/dash | '#!'*/bash | '#!'*env\ sh | '#!'*env\ bash) return 0 ;;
    esac
    return 1
}

list=$(mktemp)
trap 'rm -f "$list"' EXIT
# Tracked and new files, not ignored ones. Fixtures may be wrong on purpose.
git -c core.quotePath=off -c "safe.directory=$PWD" ls-files --cached --others --exclude-standard -- . ':!test/fixtures' >"$list"
set --
while IFS= read -r file; do
    if is_shell_script "$file"; then set -- "$@" "$file"; fi
done <"$list"
# An empty list would pass without a look at anything.
[ $# -gt 0 ] || { echo 'shellcheck: found no scripts' >&2 && exit 1; }
shellcheck --external-sources --source-path=. "$@"
echo "shellcheck: $# scripts"
