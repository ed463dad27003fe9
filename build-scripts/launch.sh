# shellcheck shell=sh
# What mkimage, tar-to-disk and test/run share: a fresh checkout becomes a working one. Sourced;
# it expects
#   program   the name that messages start with
#   project   the directory of the checkout, absolute
# It never changes the working directory: paths on the command line are relative to the caller's.

state=${project:?}/.setup

# shellcheck source=build-scripts/debian-packages.sh
. "$project/build-scripts/debian-packages.sh"

say() { printf '%s: %s\n' "${program:?}" "$*" >&2; }
# The exit code 1 of `diff` means that there is a difference.
die() {
    say "$*"
    exit "${trouble:-1}"
}
have() { command -v "$1" >/dev/null 2>&1; }

# Runs the program of the launcher that sourced this file. `--setup` as the first argument is ours.
launch() {
    if [ "${1-}" = --setup ]; then
        shift
        install_missing "$build_packages"
        prepare --setup
        if [ $# -eq 0 ]; then
            say 'ready'
            exit 0
        fi
    else
        case ${1-} in
        diff) trouble=2 ;;
        '' | -h | --help | --version | cache | check | clean | explain | import-reference | list | plan) ;;
        *) offer_packages ;;
        esac
        prepare
    fi
    exec node "$project/dist/$program.cjs" "$@"
}

# Makes node_modules and dist fit the sources. With --setup it may install compilers for that.
prepare() {
    require_node
    if modules_are_current && build_is_current; then return; fi
    if ! [ -w "$project" ] || ! mkdir -p "$state" 2>/dev/null || ! [ -w "$state" ]; then
        die "$project is not set up for its present sources and you cannot write to it: run ./$program there once as its owner ($(stat -c %U "$project"))"
    fi
    # Several first runs at once: one works, the others wait for it and find everything done.
    (
        flock --nonblock 9 || {
            say 'waiting for another run that sets this checkout up …'
            flock 9
        }
        trap give_to_owner EXIT
        trap 'exit 130' INT
        trap 'exit 143' TERM
        trap 'exit 129' HUP
        modules_are_current || install_modules "${1-}"
        build_is_current || build
    ) 9>"$state/lock" || exit
}

require_node() {
    have node || die "needs Node.js 20.17 or newer, which is not installed. $(node_advice)"
    node_version=$(node --version) || die "'node --version' fails; $(node_advice)"
    node_version=${node_version#v}
    node_major=${node_version%%.*}
    node_minor=${node_version#*.}
    node_minor=${node_minor%%.*}
    if [ "$node_major" -lt 20 ] || { [ "$node_major" -eq 20 ] && [ "$node_minor" -lt 17 ]; }; then
        die "needs Node.js 20.17 or newer; $(command -v node) is $node_version. $(node_advice)"
    fi
}

# Where to get Node and npm from on this machine, one sentence.
node_advice() {
    if ! release_has_node; then
        echo 'This release has none or an older one (Debian 13 is the first with Node.js 20): install Node.js 22 from https://nodejs.org/'
    elif have node; then
        echo "Install this release's: $(apt_command nodejs npm)"
    else
        echo "Install it: $(apt_command nodejs npm), or ./$program --setup"
    fi
}

# npm keeps what it installed in node_modules/.package-lock.json; check-modules.js compares that
# with the lock file. The copy saves the comparison on every later start.
modules_are_current() {
    cmp -s "$project/package-lock.json" "$project/node_modules/.checked-lock.json" && return
    [ -e "$project/node_modules/.package-lock.json" ] || return 1
    node "$project/build-scripts/check-modules.js" || return 1
    cp "$project/package-lock.json" "$project/node_modules/.checked-lock.json" 2>/dev/null || true
}

install_modules() {
    have npm || die "needs npm, which is not installed. $(node_advice)"
    say 'installing node modules (npm ci) …'
    if ! npm_ci && [ "${1-}" = --setup ] && [ -n "$(missing_packages "$compiler_packages")" ]; then
        say 'a native module has to be compiled here'
        install_missing "$compiler_packages"
        npm_ci || true
    fi
    modules_are_current && (cd "$project" && node -e 'require("zstd-napi")') >>"$state/npm.log" 2>&1 && return
    # npm puts what went wrong first, then usage texts or the output of compilers.
    sed -n '/^npm \(error\|ERR!\)/,$p' "$state/npm.log" | head -n 20 >&2
    compilers=$(missing_packages "$compiler_packages")
    # shellcheck disable=SC2086 # a list of words
    die "npm ci failed; the whole output is in $state/npm.log${compilers:+. If a native module has to be compiled: $(apt_command $compilers)}"
}

# The headers that came with this node serve native modules; else node-gyp has to download them.
npm_ci() (
    cd "$project" || exit
    prefix=$(dirname "$(dirname "$(readlink -f "$(command -v node)")")")
    if [ -e "$prefix/include/node/node_api.h" ]; then export npm_config_nodedir="$prefix"; fi
    npm ci >"$state/npm.log" 2>&1
)

# dist/.built carries the time when the last complete build began, and has the Node.js it is for.
build_is_current() {
    { read -r built_for <"$project/dist/.built"; } 2>/dev/null || return 1
    [ "$built_for" = "v$node_version" ] || return 1
    newer=$(find "$project/mkimage.ts" "$project/tar-to-disk.ts" "$project/build-scripts" \
        "$project/package-lock.json" -newer "$project/dist/.built" -print -quit)
    [ -z "$newer" ]
}

build() {
    say 'building the program …'
    node "$project/build-scripts/bundle.js" || die 'the build failed, see above'
}

# Root may set up somebody else's checkout: what that made belongs to the owner of the checkout.
give_to_owner() {
    if [ "$(id -u)" -eq 0 ] && [ "$(stat -c %u "$project")" -ne 0 ]; then
        for made in "$state" "$project/node_modules" "$project/dist"; do
            if [ -e "$made" ]; then chown -R --no-dereference --reference="$project" "$made"; fi
        done
    fi
}
