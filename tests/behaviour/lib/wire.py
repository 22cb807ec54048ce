# SPDX-License-Identifier: LGPL-2.1-or-later
"""A D-Bus connection in one file: client and service, descriptors too, and as another user where root runs it."""

import array
import os
import socket
import struct
import threading
import time

CALL, REPLY, ERROR, SIGNAL = 1, 2, 3, 4
SIZES = {"y": 1, "b": 4, "n": 2, "q": 2, "i": 4, "u": 4, "h": 4, "x": 8, "t": 8, "d": 8}
CODES = {"y": "B", "b": "I", "n": "h", "q": "H", "i": "i", "u": "I", "h": "I", "x": "q", "t": "Q", "d": "d"}
ALIGN = {**SIZES, "s": 4, "o": 4, "g": 1, "v": 1, "a": 4, "(": 8, "{": 8}
FIELDS = {1: "path", 2: "interface", 3: "member", 4: "error", 5: "reply_to", 6: "destination", 7: "sender", 8: "signature", 9: "fds"}
FIELD_TYPES = {"path": "o", "interface": "s", "member": "s", "error": "s", "reply_to": "u", "destination": "s", "sender": "s",
               "signature": "g", "fds": "u"}


class DBusError(Exception):
    def __init__(self, name, text=""):
        super().__init__(f"{name}: {text}")
        self.name, self.text = name, text


class Variant:
    """A value with its type, where the type cannot be guessed from the value."""

    def __init__(self, signature, value):
        self.signature, self.value = signature, value


def guess(value):
    if isinstance(value, Variant):
        return value.signature, value.value
    if isinstance(value, bool):
        return "b", value
    if isinstance(value, int):
        return "u", value
    if isinstance(value, float):
        return "d", value
    if isinstance(value, bytes):
        return "ay", value
    if isinstance(value, str):
        return "s", value
    if isinstance(value, (list, tuple)):
        return "as", value
    if isinstance(value, dict):
        return "a{sv}", value
    raise TypeError(repr(value))


def split(signature):
    """The complete types of a signature."""
    types, at = [], 0
    while at < len(signature):
        begin = at
        while signature[at] == "a":
            at += 1
        depth = 0
        while True:
            depth += (signature[at] in "({") - (signature[at] in ")}")
            at += 1
            if depth == 0:
                break
        types.append(signature[begin:at])
    return types


def pad(data, n):
    data.extend(b"\0" * (-len(data) % n))


def put(data, kind, value):
    first = kind[0]
    pad(data, ALIGN[first])
    if first in CODES:
        data.extend(struct.pack("<" + CODES[first], value))
    elif first in "so":
        raw = value.encode() if isinstance(value, str) else bytes(value)
        data.extend(struct.pack("<I", len(raw)) + raw + b"\0")
    elif first == "g":
        data.extend(bytes([len(value)]) + value.encode() + b"\0")
    elif first == "v":
        inner, value = guess(value)
        put(data, "g", inner)
        put(data, inner, value)
    elif first == "a":
        at = len(data)
        data.extend(b"\0\0\0\0")
        pad(data, ALIGN[kind[1]])
        begin = len(data)
        if kind[1] == "{":
            key, item = split(kind[2:-1])
            for k, v in value.items():
                pad(data, 8)
                put(data, key, k)
                put(data, item, v)
        elif kind[1] == "y":
            data.extend(bytes(value))
        else:
            for v in value:
                put(data, kind[1:], v)
        struct.pack_into("<I", data, at, len(data) - begin)
    else:
        for one, v in zip(split(kind[1:-1]), value):
            put(data, one, v)


class Reader:
    def __init__(self, data, at=0):
        self.data, self.at = data, at

    def align(self, n):
        self.at += -self.at % n

    def get(self, kind):
        first = kind[0]
        self.align(ALIGN[first])
        if first in CODES:
            value = struct.unpack_from("<" + CODES[first], self.data, self.at)[0]
            self.at += SIZES[first]
            return bool(value) if first == "b" else value
        if first in "sog":
            size = self.data[self.at] if first == "g" else struct.unpack_from("<I", self.data, self.at)[0]
            self.at += 1 if first == "g" else 4
            raw = self.data[self.at:self.at + size]
            self.at += size + 1
            return raw.decode("utf-8", "surrogateescape")
        if first == "v":
            return self.get(self.get("g"))
        if first == "a":
            size = self.get("u")
            self.align(ALIGN[kind[1]])
            end = self.at + size
            if kind[1] == "y":
                self.at = end
                return bytes(self.data[end - size:end])
            if kind[1] == "{":
                key, item = split(kind[2:-1])
                found = {}
                while self.at < end:
                    self.align(8)
                    k = self.get(key)
                    found[k] = self.get(item)
                return found
            found = []
            while self.at < end:
                found.append(self.get(kind[1:]))
            return found
        return tuple(self.get(one) for one in split(kind[1:-1]))


class Message:
    def __init__(self, kind, serial=0, flags=0, body=(), descriptors=(), **fields):
        self.kind, self.serial, self.flags, self.body, self.descriptors = kind, serial, flags, body, list(descriptors)
        for name in FIELD_TYPES:
            setattr(self, name, fields.get(name))

    def pack(self):
        body = bytearray()
        for one, value in zip(split(self.signature or ""), self.body):
            put(body, one, value)
        data = bytearray(struct.pack("<cBBBII", b"l", self.kind, self.flags, 1, len(body), self.serial))
        if self.descriptors:
            self.fds = len(self.descriptors)
        fields = [(code, Variant(FIELD_TYPES[name], getattr(self, name))) for code, name in FIELDS.items()
                  if getattr(self, name) is not None]
        put(data, "a(yv)", fields)
        pad(data, 8)
        return bytes(data + body)


def unpack(data, descriptors):
    kind, flags, _, size, serial = struct.unpack_from("<BBBII", data, 1)
    reader = Reader(data, 12)
    fields = {FIELDS[code]: value for code, value in reader.get("a(yv)") if code in FIELDS}
    reader.align(8)
    body = tuple(reader.get(one) for one in split(fields.get("signature", "")))
    return Message(kind, serial, flags, body, descriptors, **fields)


class Bus:
    """One connection. handler(message) answers calls: a (signature, values) pair, None for no answer yet, or DBusError."""

    def __init__(self, path, uid=None, handler=None, on_signal=None):
        self.lock, self.waiting, self.serial = threading.Lock(), {}, 0
        self.signals, self.handler, self.on_signal, self.dead = [], handler, on_signal, threading.Event()
        self.socket = socket.socket(socket.AF_UNIX)
        other = uid is not None and uid != os.geteuid()
        if other:
            os.seteuid(uid)
        try:
            self.socket.connect(path)
        finally:
            if other:
                os.seteuid(0)
        who = str(os.getuid() if uid is None else uid).encode().hex()
        self.socket.sendall(b"\0AUTH EXTERNAL " + who.encode() + b"\r\nNEGOTIATE_UNIX_FD\r\nBEGIN\r\n")
        # The two answers, byte by byte: whatever follows is the first message.
        answers = b""
        while answers.count(b"\r\n") < 2:
            byte = self.socket.recv(1)
            if not byte or b"REJECTED" in answers:
                raise DBusError("refused", answers.decode())
            answers += byte
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()
        self.name = self.call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "Hello")[0]

    def send(self, message):
        with self.lock:
            self.serial += 1
            message.serial = self.serial
            data = message.pack()
            if message.descriptors:
                socket.send_fds(self.socket, [data], message.descriptors)
            else:
                self.socket.sendall(data)
            return message.serial

    def begin(self, destination, path, interface, member, signature="", *body, flags=0):
        """Sends a call; the answer is fetched by end(), or never."""
        message = Message(CALL, destination=destination, path=path, interface=interface, member=member,
                          signature=signature or None, body=body, flags=flags)
        slot = [threading.Event(), None]
        with self.lock:
            self.serial += 1
            message.serial = self.serial
            self.waiting[message.serial] = slot
            self.socket.sendall(message.pack())
        return slot

    def end(self, slot, timeout=25):
        if not slot[0].wait(timeout) or slot[1] is None:
            raise DBusError("timeout", "no answer")
        if slot[1].kind == ERROR:
            raise DBusError(slot[1].error, slot[1].body[0] if slot[1].body else "")
        return slot[1].body

    def call(self, destination, path, interface, member, signature="", *body, timeout=25, flags=0):
        return self.end(self.begin(destination, path, interface, member, signature, *body, flags=flags), timeout)

    def match(self, rule):
        self.call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "AddMatch", "s", rule)

    def own(self, name):
        self.call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "RequestName", "su", name, 4)

    def disown(self, name):
        self.call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "ReleaseName", "s", name)

    def signal(self, path, interface, member, signature="", *body):
        self.send(Message(SIGNAL, path=path, interface=interface, member=member, signature=signature or None, body=body))

    def reply(self, call, signature="", *body, descriptors=()):
        if not call.flags & 1:
            self.send(Message(REPLY, destination=call.sender, reply_to=call.serial, signature=signature or None, body=body,
                              descriptors=descriptors))

    def refuse(self, call, name, text):
        if not call.flags & 1:
            self.send(Message(ERROR, destination=call.sender, reply_to=call.serial, error=name, signature="s", body=(text,)))

    def answer(self, message):
        try:
            answered = self.handler(message) if self.handler else None
            if answered is not None:
                self.reply(message, answered[0], *answered[1:])
        except DBusError as e:
            self.refuse(message, e.name, e.text)
        except OSError:  # the world has ended
            pass
        except Exception as e:  # a mistake of the test itself: said, not swallowed
            print(f"in the answer to {message.member}: {e!r}", flush=True)
            self.refuse(message, "org.limber1.test.Broken", repr(e))

    def dispatch(self, message):
        if message.kind in (REPLY, ERROR):
            slot = self.waiting.pop(message.reply_to, None)
            if slot:
                slot[1] = message
                slot[0].set()
        elif message.kind == SIGNAL:
            self.signals.append((time.monotonic(), message))
            if self.on_signal:
                self.on_signal(message)
        elif self.handler:
            self.answer(message)
        else:
            self.refuse(message, "org.freedesktop.DBus.Error.UnknownMethod", "nobody answers here")

    def read(self):
        buffer, descriptors = b"", []
        try:
            while True:
                data, control, _, _ = self.socket.recvmsg(65536, socket.CMSG_SPACE(16 * 4))
                if not data:
                    break
                for level, kind, raw in control:
                    if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                        found = array.array("i")
                        found.frombytes(raw[:len(raw) - len(raw) % found.itemsize])
                        descriptors += list(found)
                buffer += data
                while len(buffer) >= 16:
                    body, _, fields = struct.unpack_from("<III", buffer, 4)
                    size = 16 + fields + -fields % 8 + body
                    if len(buffer) < size:
                        break
                    self.dispatch(unpack(buffer[:size], descriptors))
                    buffer, descriptors = buffer[size:], []
        except OSError:
            pass
        self.dead.set()
        for slot in list(self.waiting.values()):
            slot[0].set()

    def close(self):
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.socket.close()
