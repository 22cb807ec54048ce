# SPDX-License-Identifier: LGPL-2.1-or-later
"""An org.bluez of our own that can misbehave: objects are dictionaries, each method is a function that a test may replace.

It runs in the test's process, on the test's private bus. Gun and Pads below it remember what reached them."""

import contextlib
import socket
import threading
import time

from wire import Bus, DBusError, Variant

ADAPTER, DEVICE = "org.bluez.Adapter1", "org.bluez.Device1"
SERVICE, CHARACTERISTIC, BATTERY = "org.bluez.GattService1", "org.bluez.GattCharacteristic1", "org.bluez.Battery1"
MANAGER, PROPERTIES = "org.freedesktop.DBus.ObjectManager", "org.freedesktop.DBus.Properties"


def uuid(short, base="0000{}-0000-1000-8000-00805f9b34fb"):
    return base.format(short) if len(short) == 4 else short


def byte(n):
    return Variant("y", n)


class Bluez:
    def __init__(self, path, adapter=True):
        self.objects, self.products, self.calls, self.path = {}, {}, [], path
        self.methods = {
            "StartDiscovery": self.start_discovery, "StopDiscovery": self.stop_discovery, "SetDiscoveryFilter": self.nothing,
            "Connect": self.connect, "Disconnect": self.disconnect, "StartNotify": self.nothing, "StopNotify": self.nothing,
            "AcquireWrite": self.acquire, "WriteValue": self.write, "ReadValue": self.read, "RemoveDevice": self.remove,
        }
        self.bus = Bus(path, handler=self.handle)
        if adapter:
            self.adapter(0)
        self.bus.own("org.bluez")

    # Objects.

    def add(self, path, **interfaces):
        self.objects[path] = {name.replace("_", "."): dict(properties) for name, properties in interfaces.items()}
        self.bus.signal("/", MANAGER, "InterfacesAdded", "oa{sa{sv}}", path, self.objects[path])
        return path

    def drop(self, path):
        for one in sorted((p for p in self.objects if p == path or p.startswith(path + "/")), reverse=True):
            gone = self.objects.pop(one)
            self.bus.signal("/", MANAGER, "InterfacesRemoved", "oas", one, list(gone))

    def change(self, path, interface, **properties):
        self.objects[path][interface].update(properties)
        self.bus.signal(path, PROPERTIES, "PropertiesChanged", "sa{sv}as", interface, properties, [])

    def adapter(self, n, powered=True):
        return self.add(f"/org/bluez/hci{n}", org_bluez_Adapter1={
            "Address": f"00:00:5E:00:53:{n:02X}", "Powered": powered, "Modalias": "usb:v1D6Bp0246d0542", "Discovering": False})

    def device(self, address, name, adapter=0, connected=False, signal=-60, kind="random", **more):
        path = f"/org/bluez/hci{adapter}/dev_{address.replace(':', '_')}"
        properties = {"Address": address, "AddressType": kind, "Alias": name, "Name": name, "Paired": False,
                      "Adapter": Variant("o", f"/org/bluez/hci{adapter}"),
                      "Connected": connected, "ServicesResolved": False, "UUIDs": [], "RSSI": Variant("n", signal), **more}
        return self.add(path, org_bluez_Device1=properties)

    def service(self, device, number, short):
        return self.add(f"{device}/service{number:04x}", org_bluez_GattService1={
            "UUID": uuid(short), "Primary": True, "Device": Variant("o", device)})

    def characteristic(self, service, number, short, flags):
        return self.add(f"{service}/char{number:04x}", org_bluez_GattCharacteristic1={
            "UUID": uuid(short), "Flags": flags, "Service": Variant("o", service), "MTU": Variant("q", 185)})

    # Links.

    def resolve(self, device):
        self.change(device, DEVICE, Connected=True)
        product = self.products.get(device)
        if product:
            product.services()
        self.change(device, DEVICE, ServicesResolved=True)

    def unlink(self, device):
        if device not in self.objects:
            return
        for one in [p for p in self.objects if p.startswith(device + "/")]:
            if one in self.objects:
                self.drop(one)
        self.change(device, DEVICE, Connected=False, ServicesResolved=False)
        product = self.products.get(device)
        if product:
            product.unlinked()

    def later(self, seconds, function, *arguments):
        def act():
            with contextlib.suppress(OSError, KeyError):  # the world may have ended meanwhile
                function(*arguments)
        timer = threading.Timer(seconds, act)
        timer.daemon = True
        timer.start()

    # Methods. Each gets the message; what it gives back is the answer, None means that the answer comes later or never.

    def nothing(self, call):
        return ("",)

    def start_discovery(self, call):
        self.bus.reply(call)
        self.change(call.path, ADAPTER, Discovering=True)

    def stop_discovery(self, call):
        self.bus.reply(call)
        self.change(call.path, ADAPTER, Discovering=False)

    def connect(self, call):
        def done():
            if not self.objects[call.path][DEVICE]["Connected"]:
                self.resolve(call.path)
            self.bus.reply(call)
        self.later(0.02, done)

    def disconnect(self, call):
        self.bus.reply(call)
        self.later(0.02, self.unlink, call.path)

    def remove(self, call):
        self.drop(call.body[0])
        return ("",)

    def read(self, call):
        return "ay", bytes([80])

    def write(self, call):
        self.arrived(call.path, bytes(call.body[0]))
        return ("",)

    def acquire(self, call):
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)

        def listen():
            while True:
                data = ours.recv(512)
                if not data:
                    ours.close()
                    return
                self.arrived(call.path, data)
        threading.Thread(target=listen, daemon=True).start()
        self.bus.reply(call, "hq", 0, 185, descriptors=[theirs.fileno()])
        theirs.close()

    def arrived(self, path, data):
        for device, product in self.products.items():
            if path.startswith(device + "/"):
                product.written(path, data)

    def notify(self, path, data):
        if path in self.objects:
            self.change(path, CHARACTERISTIC, Value=bytes(data))

    def handle(self, call):
        if call.path == "/org/limber1/simulator":
            return "s", "{}"
        if call.interface == MANAGER:
            return "a{oa{sa{sv}}}", self.objects
        self.calls.append((time.monotonic(), call.path, call.member))
        if call.member == "Introspect":
            return "s", self.introspection(call.path)
        if call.path not in self.objects:
            raise DBusError("org.freedesktop.DBus.Error.UnknownObject", f'Method "{call.member}" doesn\'t exist')
        if call.interface == PROPERTIES and call.member == "GetAll":
            return "a{sv}", self.objects[call.path].get(call.body[0], {})
        method = self.methods.get(call.member)
        if not method:
            raise DBusError("org.freedesktop.DBus.Error.UnknownMethod", call.member)
        return method(call)

    def introspection(self, path):
        """As GDBus writes it for bluetoothd: the interfaces of the object, and the names of those right below it."""
        names = sorted({p[len(path) + 1:].split("/")[0] for p in list(self.objects) if p.startswith(path + "/")})
        lines = [f'  <interface name="{name}">\n  </interface>' for name in self.objects.get(path, {})]
        return "<node>\n" + "\n".join(lines + [f'  <node name="{name}"/>' for name in names]) + "\n</node>\n"

    def count(self, member, since=0):
        return sum(1 for at, _, name in self.calls if name == member and at >= since)


class Gun:
    """A percussion gun as theragun-gen4.conf describes it; level is what its motor does now, in percussions a minute."""

    def __init__(self, bluez, address="C0:FF:EE:00:00:01", name="Pro", level=0, answers=True, battery=False, **device):
        self.battery = battery
        self.bluez, self.address, self.level, self.answers, self.base, self.frames = bluez, address, level, answers, 0x10, []
        self.path = bluez.device(address, name, **device)
        bluez.products[self.path] = self

    def services(self):
        at = self.base
        service = self.bluez.service(self.path, at, "ffe0")
        self.bluez.characteristic(service, at + 1, "ffe2", ["write", "write-without-response"])
        self.bluez.characteristic(service, at + 3, "ffe1", ["notify"])
        if self.battery:
            service = self.bluez.service(self.path, at + 0x40, "180f")
            self.bluez.characteristic(service, at + 0x41, "2a19", ["read", "notify"])

    def move_services(self):
        """What a changed attribute table looks like on the bus: the same services, at other paths, on the same link."""
        self.bluez.drop(f"{self.path}/service{self.base:04x}")
        self.base += 0x10
        self.services()

    def unlinked(self):
        pass  # the motor goes on: that is what 'unknown' means

    def written(self, path, data):
        self.frames.append((time.monotonic(), data))
        if len(data) >= 4 and data[0] == 0xAA and data[2] == 0x01:
            self.level = data[4] << 8 | data[5] if len(data) > 5 else 0
        if len(data) >= 4 and data[0] == 0xAA and data[2] == 0x10 and self.answers:
            frame = bytearray([0xBB, 0, 0x10, 0, 1 if self.level else 0] + [0] * 8 + [self.level >> 8, self.level & 255])
            frame[1] = sum(frame[2:]) & 255
            service, _, at = path.rpartition("/char")
            self.bluez.later(0.005, self.bluez.notify, f"{service}/char{int(at, 16) + 2:04x}", bytes(frame))


class Pads:
    """A Coyote 3: level is the stronger of its two channels as last set, of 200."""

    def __init__(self, bluez, address="C0:FF:EE:00:00:02", name="47L121000", battery=False, **device):
        self.bluez, self.address, self.levels, self.frames, self.battery = bluez, address, [0, 0], [], battery
        self.path = bluez.device(address, name, **device)
        bluez.products[self.path] = self

    @property
    def level(self):
        return max(self.levels)

    def services(self):
        service = self.bluez.service(self.path, 0x10, "180c")
        self.bluez.characteristic(service, 0x11, "150a", ["write-without-response"])
        self.rx = self.bluez.characteristic(service, 0x13, "150b", ["notify"])
        if self.battery:
            service = self.bluez.service(self.path, 0x20, "180a")
            self.bluez.characteristic(service, 0x21, "1500", ["read", "notify"])

    def unlinked(self):
        self.levels = [0, 0]

    def written(self, path, data):
        self.frames.append((time.monotonic(), data))
        if len(data) == 20 and data[0] == 0xB0:
            for channel, mode in ((0, data[1] >> 2 & 3), (1, data[1] & 3)):
                if mode == 3:
                    self.levels[channel] = data[2 + channel]
            if data[1] >> 4:
                self.bluez.later(0.005, self.bluez.notify, self.rx, bytes([0xB1, data[1] >> 4, *self.levels]))
