#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Makes the root file system of a newer Debian for guest.py --root, once, in the cache directory, and prints its path: what
# the users of a newer bluetoothd, systemd and polkit have. The sanity of a downloaded system is debootstrap's business.
set -eu

suite=${1:-trixie}
folder=${XDG_CACHE_HOME:-$HOME/.cache}/limber-vm/$suite
packages=bluez,dbus,dbus-user-session,systemd,systemd-sysv,polkitd,libpam-systemd,python3,kmod,iproute2,passwd,login
packages=$packages,libjansson4,libseccomp2,libsqlite3-0,libsodium23
if [ "$(cat "$folder/.limber-complete" 2>/dev/null)" != "$packages" ]; then
        rm -rf "$folder"
        mkdir -p "$folder"
        debootstrap --variant=minbase --include="$packages" "$suite" "$folder" >"$folder.log" 2>&1 || {
                tail -n 20 "$folder.log" >&2
                exit 1
        }
        # limber is built here, against this machine's libconfig, whose name there is another.
        cp -a /usr/lib/"$(uname -m)"-linux-gnu/libconfig.so.* "$folder/usr/lib/$(uname -m)-linux-gnu/"
        # Its kernel is fetched now, not by two tests at once.
        "$(dirname "$0")/guest.py" --root "$folder" -- true >&2
        echo "$packages" >"$folder/.limber-complete"
fi
echo "$folder"
