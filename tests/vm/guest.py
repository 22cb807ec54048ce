#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs a command under the distribution's own kernel, in a guest without any hardware.

The guest sees this machine's root file system, read-only below a layer of its own that is thrown away, so that what was
built here runs there unchanged, as root, with a kernel that has Bluetooth. Only Debian's packages are needed: the kernel
is downloaded once, unpacked and kept in the cache directory, never installed.

  guest.py [OPTION…] -- COMMAND [ARGUMENT…]

Without --systemd the command finds a system bus and nothing else; with it, systemd is PID 1 and the command is a unit.
Its output is printed as it comes, and its exit status is the status of guest.py. 125: the guest itself failed.
77: this machine cannot run one.
"""

import argparse
import lzma
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parent.parent
# What the root file system needs, then Bluetooth, then what the kernel's own key exchange asks for.
MODULES = ["virtio_pci", "9pnet_virtio", "9p", "overlay", "hci_vhci", "uhid", "ecb", "cmac", "ccm", "algif_hash",
           "algif_skcipher"]
# Enough for Debian's programs; "max" makes a self-test of the kernel's crypto complain.
CPU = "qemu64,+ssse3,+sse4.1,+sse4.2,+popcnt,+rdrand"
TWO_PROCESSORS = ["-machine", "q35,accel=tcg", "-smp", "2"]
# One, whose clock is what it does: 1 ns an instruction, as on a small computer, and none for waiting. How fast and how busy
# this machine is does not show in such a guest's times.
COUNTED = ["-machine", "q35", "-accel", "tcg,thread=single", "-smp", "1", "-icount", "shift=0,sleep=off"]
GUEST_FAILED = 125
SKIPPED = 77


class GuestError(Exception):
    pass


def output_of(*command, **options):
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False, **options)
    if result.returncode != 0:
        raise GuestError(f"{shlex.join(command)}: {result.stderr.strip() or result.returncode}")
    return result.stdout


def cache_directory():
    return pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "limber-vm"


def kernel_package(apt):
    """The name behind Debian's meta package, which changes with every update."""
    depends = output_of(*apt, "apt-cache", "depends", "linux-image-amd64")
    found = re.search(r"Depends: (linux-image-\S+)", depends)
    if not found:
        raise GuestError("apt-cache knows no linux-image-amd64; run scripts/setup")
    return found.group(1)


def download(package, apt, work):
    """With apt of the root file system whose kernel it is."""
    if not apt:
        output_of("apt-get", "download", package, cwd=work)
        (archive,) = pathlib.Path(work).glob("*.deb")
        return archive
    output_of(*apt, "apt-get", "update")
    output_of(*apt, "sh", "-c", f"cd /var/cache/apt/archives && apt-get download {shlex.quote(package)}")
    (archive,) = pathlib.Path(apt[1], "var/cache/apt/archives").glob(f"{package}_*.deb")
    return archive


def unpack_kernel(package, apt, folder):
    with tempfile.TemporaryDirectory(dir=folder.parent) as work:
        os.chmod(work, 0o755)  # apt downloads as a user of its own
        archive = download(package, apt, work)
        tree = pathlib.Path(work) / "tree"
        output_of("dpkg", "-x", str(archive), str(tree))
        archive.unlink()
        version = package.removeprefix("linux-image-")
        if (tree / "usr/lib/modules").is_dir() and not (tree / "lib").exists():
            (tree / "lib").symlink_to("usr/lib")  # Debian 13 packs what is in /lib under /usr
        output_of("depmod", "-b", str(tree), version)
        (tree / "version").write_text(version)
        try:
            tree.rename(folder)
        except OSError:  # somebody else was faster
            if not folder.exists():
                raise


def kernel(options):
    """The folder of an unpacked kernel, and its version."""
    apt = ["chroot", options.root] if options.root else []
    folder = cache_directory() / (options.kernel or kernel_package(apt))
    folder.parent.mkdir(parents=True, exist_ok=True)
    if not (folder / "version").exists():
        unpack_kernel(folder.name, apt, folder)
    return folder, (folder / "version").read_text()


def modules_in_order(folder, version):
    paths = []
    for name in MODULES:
        for line in output_of("modprobe", "-d", str(folder), "-S", version, "-D", name).splitlines():
            word, _, path = line.partition(" ")
            path = path.split()[0] if path else ""
            if word == "insmod" and path not in paths:
                paths.append(path)
    return paths


def write_initramfs(folder, version, path, work):
    """busybox, the modules, and what they are loaded with."""
    tree = pathlib.Path(work) / "initramfs"
    (tree / "bin").mkdir(parents=True)
    (tree / "modules").mkdir()
    shutil.copy(shutil.which("busybox") or "/bin/busybox", tree / "bin/busybox")
    shutil.copy(HERE / "guest-initramfs.sh", tree / "init")
    os.chmod(tree / "init", 0o755)
    order = []
    for module in modules_in_order(folder, version):
        name = pathlib.Path(module).name.removesuffix(".xz")
        with (lzma.open if module.endswith(".xz") else open)(module, "rb") as packed:
            (tree / "modules" / name).write_bytes(packed.read())
        order.append(name)
    (tree / "modules/order").write_text("\n".join(order) + "\n")
    names = "\n".join(str(p.relative_to(tree)) for p in sorted(tree.rglob("*")))
    with open(path, "wb") as out:
        subprocess.run(["cpio", "-o", "-H", "newc", "--quiet"], cwd=tree, input=names.encode(), stdout=out, check=True)


def share(name, path, readonly):
    extra = ",readonly=on" if readonly else ""
    return ["-virtfs", f"local,path={path},mount_tag={name},security_model=none,multidevs=remap{extra}"]


def write_job(results, options):
    """What the guest is to do, for its first programs to read."""
    (results / "command").write_text(
        "#!/bin/sh\n"
        + "".join(f"export {name}={shlex.quote(value)}\n" for name, value in sorted(options.environment.items()))
        + f"cd {shlex.quote(os.getcwd())}\n"
        + f"exec {shlex.join(options.command)}\n")
    os.chmod(results / "command", 0o755)


def qemu(folder, version, initramfs, results, options):
    arguments = ["init=systemd" if options.systemd else "init=plain", f"home={HERE}"]
    command = ["qemu-system-x86_64", *(COUNTED if options.counted else TWO_PROCESSORS), "-cpu", CPU, "-m", str(options.memory),
               "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-net", "none",
               "-kernel", str(folder / f"boot/vmlinuz-{version}"), "-initrd", str(initramfs),
               "-serial", f"file:{results}/console",
               *share("host", options.root or "/", True), *share("results", results, False)]
    if options.stage:
        command += share("stage", options.stage, True)
        arguments.append("stage")
    for number, path in enumerate([str(SOURCE), *options.share]):
        command += share(f"share{number}", path, True)
        arguments.append(f"share{number}={path}")
    words = ["console=ttyS0", "mitigations=off", "quiet", "panic=-1", *(f"limber.{a}" for a in arguments)]
    return command + ["-append", " ".join(words)]


def follow(process, path, deadline):
    """Prints what the command says until the guest is off. False: it took too long."""
    position = 0
    while True:
        ended = process.poll() is not None
        if path.exists():
            with open(path, "rb") as f:
                f.seek(position)
                text = f.read()
            position += len(text)
            sys.stdout.buffer.write(text)
            sys.stdout.flush()
        if ended:
            return True
        if time.monotonic() > deadline:
            process.kill()
            process.wait()
            return False
        time.sleep(0.1)


def missing():
    return [name for name in ("qemu-system-x86_64", "busybox", "cpio", "modprobe", "depmod", "dpkg", "apt-get")
            if not shutil.which(name)]


def run(options):
    if missing():
        print(f"skipped: {', '.join(missing())} is not there; scripts/setup installs it")
        return SKIPPED
    folder, version = kernel(options)
    with tempfile.TemporaryDirectory(prefix="limber-guest-") as work:
        results = pathlib.Path(options.results or pathlib.Path(work) / "results")
        results.mkdir(parents=True, exist_ok=True)
        for old in ("output", "status", "console"):
            (results / old).unlink(missing_ok=True)
        write_job(results, options)
        initramfs = pathlib.Path(work) / "initramfs.cpio"
        write_initramfs(folder, version, initramfs, work)
        # pylint: disable-next=consider-using-with
        process = subprocess.Popen(qemu(folder, version, initramfs, results, options), stdin=subprocess.DEVNULL)
        try:
            in_time = follow(process, results / "output", time.monotonic() + options.timeout)
        finally:
            if process.poll() is None:
                process.kill()
        status = results / "status"
        if in_time and status.exists():
            return int(status.read_text())
        console = results / "console"
        if console.exists():
            sys.stderr.write("".join(console.read_text(errors="replace").splitlines(True)[-60:]))
        raise GuestError("the guest ended without a status" if in_time else f"not done after {options.timeout} s")


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--systemd", action="store_true", help="systemd as PID 1 instead of a system bus alone")
    parser.add_argument("--counted", action="store_true", help="time by instructions: the same, however busy this machine is")
    parser.add_argument("--stage", metavar="DIR", help="a tree laid over the root file system (from meson install)")
    parser.add_argument("--root", metavar="DIR", default=os.environ.get("LIMBER_GUEST_ROOT"),
                        help="another root file system than this machine's; else what is in LIMBER_GUEST_ROOT")
    parser.add_argument("--kernel", metavar="PACKAGE", default=os.environ.get("LIMBER_GUEST_KERNEL"),
                        help="another kernel than the newest of that root, such as linux-image-6.1.0-47-amd64; else what "
                             "is in LIMBER_GUEST_KERNEL")
    parser.add_argument("--share", metavar="DIR", action="append", default=[],
                        help="another folder to see at its own path, as the sources are; what is in /tmp is not seen")
    parser.add_argument("--results", metavar="DIR", help="keep what the guest wrote to /results here")
    parser.add_argument("--env", metavar="NAME=VALUE", action="append", default=[], help="for the command")
    parser.add_argument("--memory", type=int, default=1024, metavar="MIB")
    parser.add_argument("--timeout", type=float, default=os.environ.get("LIMBER_GUEST_TIMEOUT", "1400"), metavar="SECONDS",
                        help="else what is in LIMBER_GUEST_TIMEOUT")
    parser.add_argument("command", nargs="+")
    options = parser.parse_args()
    options.environment = dict(word.split("=", 1) for word in options.env)
    options.environment.update((k, v) for k, v in os.environ.items() if k.startswith(("LIMBER_TEST_", "LIMBER_BENCH_")))
    return options


if __name__ == "__main__":
    try:
        sys.exit(run(parse()))
    except GuestError as error:
        print(f"guest.py: {error}", file=sys.stderr)
        sys.exit(GUEST_FAILED)
