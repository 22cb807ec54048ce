#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Second program of the guest, on the machine's own root: either runs the command beside a system bus, or makes a unit of
# it and becomes systemd.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 HOME=/root

# Nothing of this machine's own: no services that happen to be installed, no file systems, no paired devices.
: >/etc/fstab
rm -rf /var/lib/bluetooth /var/lib/limber
mkdir -p -m 0700 /var/lib/bluetooth

# What a package would do when it installs limber.
for tool in systemd-sysusers 'systemd-tmpfiles --create'; do
        [ -e /usr/lib/sysusers.d/limber.conf ] && $tool limber.conf
done

become_systemd() {
        mkdir -p /etc/systemd/system
        cat >/etc/systemd/system/limber-test.target <<-'END'
		[Unit]
		Requires=basic.target dbus.socket
		Wants=limber-test.service systemd-logind.service
		After=basic.target
		AllowIsolate=yes
	END
        cat >/etc/systemd/system/limber-test.service <<-'END'
		[Unit]
		After=basic.target dbus.socket systemd-logind.service
		[Service]
		Type=oneshot
		Environment=HOME=/root LC_ALL=C.UTF-8
		StandardOutput=file:/results/output
		StandardError=inherit
		TimeoutStartSec=infinity
		ExecStart=/results/command
		ExecStopPost=/bin/sh -c 'if [ "$EXIT_CODE" = exited ]; then echo "$EXIT_STATUS"; else echo 124; fi >/results/status; sync; echo o >/proc/sysrq-trigger'
	END
        for unit in serial-getty@ttyS0.service getty@tty1.service systemd-udevd.service systemd-udev-trigger.service \
                systemd-networkd.service systemd-resolved.service systemd-timesyncd.service networking.service \
                systemd-sysctl.service e2scrub_reap.service systemd-modules-load.service kmod-static-nodes.service; do
                ln -sf /dev/null "/etc/systemd/system/$unit"
        done
        ln -sf /etc/systemd/system/limber-test.target /etc/systemd/system/default.target
        exec /lib/systemd/systemd
}

[ "$1" = systemd ] && become_systemd

mount -t tmpfs -o mode=755,nosuid,nodev tmpfs /run
mkdir -p /dev/pts /dev/shm /run/dbus
mount -t devpts -o mode=620,ptmxmode=666 devpts /dev/pts
mount -t tmpfs -o mode=1777 tmpfs /dev/shm
ln -sf /proc/self/fd /dev/fd
ip link set lo up 2>/dev/null
dbus-daemon --system --fork --nopidfile
/results/command >/results/output 2>&1 </dev/null
echo $? >/results/status
sync
echo o >/proc/sysrq-trigger
sleep 60
