#!/bin/sh
# Runs inside the image, last of all: removes what belongs to the build and not to the image.
set -eu

# What kept services from starting. One that a package or the profile brought stays.
if grep -qsxF '# No services start while this image is built.' /usr/sbin/policy-rc.d; then
    rm /usr/sbin/policy-rc.d
fi

# Settings mmdebstrap gave apt and dpkg for the build.
rm -f /etc/apt/apt.conf.d/99mmdebstrap /etc/dpkg/dpkg.cfg.d/99mmdebstrap

# Identities: each machine makes its own at first boot.
if [ -e /etc/machine-id ]; then : >/etc/machine-id; fi
rm -f /var/lib/dbus/machine-id
rm -f /etc/ssh/ssh_host_*_key /etc/ssh/ssh_host_*_key.pub
rm -f /var/lib/systemd/random-seed /var/lib/systemd/credential.secret /var/lib/urandom/random-seed

# The build host's resolver. Anything else is the image's own doing.
if [ -f /etc/resolv.conf ] && [ ! -L /etc/resolv.conf ] &&
    [ "$(cat /etc/resolv.conf)" = "$HOST_RESOLV_CONF" ]; then rm /etc/resolv.conf; fi

# Caches, logs and backups.
rm -rf /var/lib/apt/lists/* /var/lib/apt/lists/partial /var/cache/apt/*.bin /var/cache/apt/archives/*.deb
# The same, whoever builds: only real root's apt gives it to its own user.
if [ -d /var/cache/apt/archives/partial ] && getent passwd _apt >/dev/null; then
    chown _apt:root /var/cache/apt/archives/partial
fi
rm -f /var/cache/debconf/*-old /var/lib/dpkg/*-old /var/cache/ldconfig/aux-cache
rm -f /etc/passwd- /etc/shadow- /etc/group- /etc/gshadow- /etc/subuid- /etc/subgid-
rm -f /root/.bash_history /root/.lesshst /root/.wget-hsts
find /var/log -xdev -type f -exec rm -f {} +
# Python's helper scripts compile themselves when they run, each time a little differently.
rm -rf /usr/share/python3/debpython/__pycache__
rm -rf /tmp/* /var/tmp/* /run/*
find /tmp /var/tmp -xdev -mindepth 1 -delete
# Of processes that are gone; tarballs can not have them.
find / -xdev -type s -delete
