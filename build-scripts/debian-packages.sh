# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154 # variables are shared with launch.sh
# Installs the Debian packages that this program and its tests need. Sourced by launch.sh.

# One line per package: PACKAGE COMMAND, or the absolute path of a file. The package is missing when
# that is.
build_packages='
mmdebstrap mmdebstrap
util-linux unshare
tar tar
xz-utils xz
'
test_packages="
$build_packages
uidmap newuidmap
lxc lxc-start
systemd-container systemd-nspawn
openssh-client ssh-keygen
zstd zstd
libcap2-bin getcap
gpg gpg
qemu-user-static qemu-aarch64-static
shellcheck shellcheck
qemu-system-x86 qemu-system-x86_64
qemu-utils qemu-img
squashfs-tools unsquashfs
ovmf /usr/share/OVMF/OVMF_CODE_4M.ms.fd
"
# For a native node module that offers no binary for this machine.
compiler_packages='
g++ g++
make make
python3 python3
'
# Root needs no helper to map user ids.
if [ "$(id -u)" -ne 0 ]; then
    build_packages="$build_packages
uidmap newuidmap"
fi

# missing_packages LIST: the packages of LIST whose command is not there, and, where this release
# has one that is new enough, Node.
missing_packages() {
    printf '%s\n' "$1" | while read -r package command; do
        case $command in
        /*) [ -e "$command" ] && continue ;;
        *) have "$command" && continue ;;
        esac
        if [ -n "$package" ]; then printf '%s ' "$package"; fi
    done
    if ! { have node && have npm; } && release_has_node; then printf 'nodejs npm '; fi
}

# Whether this release's own nodejs package is new enough for us.
release_has_node() {
    have apt-cache && have dpkg || return 1
    candidate=$(LC_ALL=C apt-cache policy nodejs 2>/dev/null | sed -n 's/^  Candidate: //p')
    dpkg --compare-versions "${candidate:-0}" ge 20.17
}

# The command that installs the given packages, to show.
apt_command() {
    if [ "$(id -u)" -ne 0 ] && have sudo; then printf 'sudo '; fi
    printf 'apt-get install --no-install-recommends %s' "$*"
}

# On a terminal: asks whether to install what building needs and is missing. Asks once; elsewhere,
# and after a no, the program names the tool that it lacks when it needs it.
offer_packages() {
    if ! [ -t 0 ] || ! [ -t 2 ] || [ -e "$state/declined" ]; then return; fi
    missing=$(missing_packages "$build_packages")
    [ -n "$missing" ] || return 0
    printf '%s: Install the missing Debian packages %swith apt now? [Y/n] ' "$program" "$missing" >&2
    read -r answer || answer=no
    case $answer in
    '' | [Yy]*) install_missing "$build_packages" ;;
    *) if mkdir -p "$state" 2>/dev/null; then : >"$state/declined"; fi ;;
    esac
}

# install_missing LIST: installs what is missing of LIST, or ends with the command that would.
install_missing() {
    missing=$(missing_packages "$1")
    [ -n "$missing" ] || return 0
    # shellcheck disable=SC2086 # a list of words
    set -- $missing
    have apt-get || die "missing: $*. There is no apt here; install them by this system's own means"
    if [ "$(id -u)" -ne 0 ] && ! have sudo; then
        die "missing Debian packages: $*. As root, run: $(apt_command "$@")"
    fi
    say "installing Debian packages: $* …"
    apt_log=$(mktemp)
    # The package lists may be empty, or older than the archive.
    if { apt-cache show "$@" && apt_install "$@"; } >"$apt_log" 2>&1 ||
        { as_root apt-get -q update && apt_install "$@"; } >"$apt_log" 2>&1; then
        rm -f "$apt_log"
    else
        tail -n 20 "$apt_log" >&2
        rm -f "$apt_log"
        die "apt failed, see above. The command was: $(apt_command "$@")"
    fi
}

apt_install() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=120 \
        install --no-install-recommends "$@" </dev/null
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}
