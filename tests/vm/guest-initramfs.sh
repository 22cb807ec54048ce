#!/bin/busybox sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# First program of the guest: loads the modules, lays a writable layer over the machine's root, and hands over to it.
set -e
/bin/busybox mkdir -p /proc /sys /dev /host /stage /layer /root /sbin /usr/bin /usr/sbin
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
trap 'echo "guest: the first program failed"; echo o >/proc/sysrq-trigger; sleep 10' EXIT

while read -r module; do
        insmod "/modules/$module"
done </modules/order

say() { # NAME: the value of limber.NAME on the kernel's command line
        for word in $(cat /proc/cmdline); do
                case $word in
                "limber.$1"=*) echo "${word#*=}" ;;
                "limber.$1") echo yes ;;
                esac
        done
}

nine=trans=virtio,version=9p2000.L,msize=512000
mount -t 9p -o "$nine,ro,cache=loose" host /host
lower=/host
if [ -n "$(say stage)" ]; then
        mount -t 9p -o "$nine,ro,cache=loose" stage /stage
        lower=/stage:/host
fi
mount -t tmpfs -o mode=755 layer /layer
mkdir /layer/upper /layer/work
mount -t overlay -o "lowerdir=$lower,upperdir=/layer/upper,workdir=/layer/work" overlay /root

# Neither programs' leavings nor what systemd would tidy away; what is needed of it comes back as a share.
for path in /tmp /var/tmp; do
        mkdir -p "/root$path"
        mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs "/root$path"
done
mkdir -p /root/results
mount -t 9p -o "$nine,cache=none" results /root/results
n=0
while path=$(say "share$n") && [ -n "$path" ]; do
        mkdir -p "/root$path"
        mount -t 9p -o "$nine,ro,cache=loose" "share$n" "/root$path"
        n=$((n + 1))
done
mount --move /proc /root/proc
mount --move /sys /root/sys
mount --move /dev /root/dev
trap - EXIT
home=$(sed -n 's/.*limber\.home=\([^ ]*\).*/\1/p' /root/proc/cmdline)
exec switch_root /root /bin/sh "$home/guest-init.sh" "$(sed -n 's/.*limber\.init=\([^ ]*\).*/\1/p' /root/proc/cmdline)"
