# SPDX-License-Identifier: LGPL-2.1-or-later
"""A small D-Bus client: one connection that stays, which is what a lease holder needs and busctl is not."""

import os
import select
import socket
import struct
import time
from collections import deque

CALL, RETURN, ERROR, SIGNAL = 1, 2, 3, 4
PATH, INTERFACE, MEMBER, ERROR_NAME, REPLY_SERIAL, DESTINATION, SENDER, SIGNATURE, UNIX_FDS = range(1, 10)
NO_REPLY_EXPECTED, NO_AUTO_START = 1, 2
FIXED = {"y": "B", "n": "h", "q": "H", "i": "i", "u": "I", "x": "q", "t": "Q", "d": "d", "h": "I"}
ALIGNMENT = {"y": 1, "g": 1, "v": 1, "n": 2, "q": 2, "i": 4, "u": 4, "h": 4, "b": 4, "s": 4, "o": 4, "a": 4,
             "x": 8, "t": 8, "d": 8, "(": 8, "{": 8}


class DBusError(Exception):
    def __init__(self, name, message):
        super().__init__(f"{name}: {message}")
        self.name = name
        self.message = message


def first_type(signature):
    """Splits off the first complete type."""
    if signature[0] == "a":
        inner, _ = first_type(signature[1:])
        return "a" + inner, signature[1 + len(inner):]
    if signature[0] in "({":
        depth = 0
        for i, c in enumerate(signature):
            depth += (c in "({") - (c in ")}")
            if depth == 0:
                return signature[:i + 1], signature[i + 1:]
    return signature[0], signature[1:]


def types_of(signature):
    types = []
    while signature:
        one, signature = first_type(signature)
        types.append(one)
    return types


class Variant:
    def __init__(self, signature, value):
        self.signature = signature
        self.value = value


class Writer:
    def __init__(self):
        self.data = bytearray()

    def align(self, n):
        self.data.extend(b"\0" * (-len(self.data) % n))

    def put(self, kind, value):
        c = kind[0]
        self.align(ALIGNMENT.get(c, 1))
        if c in FIXED:
            self.data += struct.pack("<" + FIXED[c], value)
        elif c == "b":
            self.data += struct.pack("<I", int(value))
        elif c in "so":
            raw = value if isinstance(value, bytes) else value.encode()
            self.data += struct.pack("<I", len(raw)) + raw + b"\0"
        elif c == "g":
            self.data += bytes([len(value)]) + value.encode() + b"\0"
        elif c == "v":
            self.put("g", value.signature)
            self.put(value.signature, value.value)
        elif c == "a":
            self.put_array(kind[1:], value)
        else:  # struct or dict entry
            for inner, item in zip(types_of(kind[1:-1]), value):
                self.put(inner, item)

    def put_array(self, inner, value):
        at = len(self.data)
        self.data += b"\0\0\0\0"
        self.align(ALIGNMENT[inner[0]])
        start = len(self.data)
        if inner == "y":
            self.data += bytes(value)
        else:
            for item in (value.items() if isinstance(value, dict) else value):
                self.put(inner, item)
        struct.pack_into("<I", self.data, at, len(self.data) - start)


class Reader:
    def __init__(self, data, at=0):
        self.data = data
        self.at = at

    def align(self, n):
        self.at += -self.at % n

    def take(self, n):
        self.at += n
        return self.data[self.at - n:self.at]

    def get(self, kind):
        c = kind[0]
        self.align(ALIGNMENT.get(c, 1))
        if c in FIXED:
            code = "<" + FIXED[c]
            return struct.unpack(code, self.take(struct.calcsize(code)))[0]
        if c == "b":
            return bool(struct.unpack("<I", self.take(4))[0])
        if c in "so":
            n = struct.unpack("<I", self.take(4))[0]
            return bytes(self.take(n + 1)[:-1]).decode(errors="replace")
        if c == "g":
            n = self.take(1)[0]
            return bytes(self.take(n + 1)[:-1]).decode()
        if c == "v":
            return self.get(self.get("g"))
        if c == "a":
            return self.get_array(kind[1:])
        return tuple(self.get(inner) for inner in types_of(kind[1:-1]))

    def get_array(self, inner):
        n = struct.unpack("<I", self.take(4))[0]
        self.align(ALIGNMENT[inner[0]])
        end = self.at + n
        if inner == "y":
            return bytes(self.take(n))
        items = []
        while self.at < end:
            items.append(self.get(inner))
        return dict(items) if inner[0] == "{" else items


class Message:
    def __init__(self, kind, fields, body, flags, serial, fds=()):
        self.kind = kind
        self.flags = flags
        self.serial = serial
        self.path = fields.get(PATH)
        self.interface = fields.get(INTERFACE)
        self.member = fields.get(MEMBER)
        self.error = fields.get(ERROR_NAME)
        self.reply_serial = fields.get(REPLY_SERIAL)
        self.sender = fields.get(SENDER)
        self.fds = list(fds)
        self.args = []
        reader = Reader(body)
        for one in types_of(fields.get(SIGNATURE, "")):
            self.args.append(reader.get(one))


class Bus:
    def __init__(self, path, fds=False):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.connect(path)
        self.serial = 0
        self.buffer = bytearray()
        self.fds = []
        self.signals = deque()
        self.replies = {}
        self.socket.sendall(b"\0AUTH EXTERNAL " + str(os.geteuid()).encode().hex().encode() + b"\r\n")
        self.read_line()
        if fds:
            self.socket.sendall(b"NEGOTIATE_UNIX_FD\r\n")
            self.read_line()
        self.socket.sendall(b"BEGIN\r\n")
        self.name = self.call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "Hello")[0]

    def read_line(self):
        line = b""
        while not line.endswith(b"\r\n"):
            byte = self.socket.recv(1)
            if not byte:
                raise ConnectionError("the bus hung up")
            line += byte
        if not (line.startswith(b"OK") or line.startswith(b"AGREE")):
            raise ConnectionError(line.decode(errors="replace"))

    def close(self):
        self.socket.close()

    def marshal(self, kind, fields, signature, args, flags=0, fds=()):
        """The bytes of a message with the next serial, for who wants to choose the moment of sending."""
        self.serial += 1
        body = Writer()
        for one, value in zip(types_of(signature), args):
            body.put(one, value)
        if signature:
            fields = fields + [(SIGNATURE, Variant("g", signature))]
        if fds:
            fields = fields + [(UNIX_FDS, Variant("u", len(fds)))]
        head = Writer()
        head.data += struct.pack("<cBBBII", b"l", kind, flags, 1, len(body.data), self.serial)
        head.put("a(yv)", fields)
        head.align(8)
        return bytes(head.data + body.data)

    def send(self, kind, fields, signature, args, flags=0, fds=()):
        message = self.marshal(kind, fields, signature, args, flags, fds)
        if fds:
            socket.send_fds(self.socket, [message], list(fds))
        else:
            self.socket.sendall(message)
        return self.serial

    def start(self, destination, path, interface, member, signature="", args=(), flags=NO_AUTO_START):
        """Sends a call and returns its serial, for reply()."""
        fields = [(PATH, Variant("o", path)), (MEMBER, Variant("s", member)), (DESTINATION, Variant("s", destination))]
        if interface:
            fields.append((INTERFACE, Variant("s", interface)))
        return self.send(CALL, fields, signature, args, flags)

    def receive(self, deadline):
        """One message, or None when the time is over."""
        while True:
            message = self.parse()
            if message:
                return message
            if not select.select([self.socket], [], [], max(0, deadline - time.monotonic()))[0]:
                return None
            data, ancillary, _, _ = self.socket.recvmsg(65536, socket.CMSG_SPACE(16 * 4))
            for level, kind, cdata in ancillary:
                if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                    self.fds += struct.unpack(f"{len(cdata) // 4}i", cdata)
            if not data:
                raise ConnectionError("the bus hung up")
            self.buffer += data

    def parse(self):
        if len(self.buffer) < 16:
            return None
        _, kind, flags, _, n_body, serial, n_fields = struct.unpack("<cBBBIII", self.buffer[:16])
        n_head = 16 + n_fields + (-n_fields % 8)
        if len(self.buffer) < n_head + n_body:
            return None
        raw = bytes(self.buffer[:n_head + n_body])
        del self.buffer[:n_head + n_body]
        fields = dict(Reader(raw, 12).get("a(yv)"))
        n_fds = fields.get(UNIX_FDS, 0)
        fds, self.fds = self.fds[:n_fds], self.fds[n_fds:]
        return Message(kind, fields, raw[n_head:], flags, serial, fds)

    def take(self, message):
        if message.kind in (RETURN, ERROR):
            self.replies[message.reply_serial] = message
        elif message.kind == SIGNAL:
            self.signals.append(message)

    def reply(self, serial, seconds=10):
        deadline = time.monotonic() + seconds
        while serial not in self.replies:
            message = self.receive(deadline)
            if not message:
                raise TimeoutError("no reply")
            self.take(message)
        message = self.replies.pop(serial)
        if message.kind == ERROR:
            raise DBusError(message.error, message.args[0] if message.args else "")
        self.last = message
        return message.args

    def call(self, destination, path, interface, member, signature="", args=(), seconds=10):
        return self.reply(self.start(destination, path, interface, member, signature, args), seconds)

    def match(self, rule):
        self.call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "AddMatch", "s", [rule])

    def pump(self, seconds=0):
        """Takes in what has come; waits so long for the first."""
        message = self.receive(time.monotonic() + seconds)
        while message:
            self.take(message)
            message = self.receive(0)

    def get(self, path, interface, name, destination="org.limber1"):
        return self.call(destination, path, "org.freedesktop.DBus.Properties", "Get", "ss", [interface, name])[0]

    def get_all(self, path, interface, destination="org.limber1"):
        return self.call(destination, path, "org.freedesktop.DBus.Properties", "GetAll", "s", [interface])[0]
