# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the recorded bytes mean, read from the makers' formats; limber's own code is not asked."""

GUN, PADS = "C0:FF:EE:00:00:01", "C0:FF:EE:00:00:02"
GUN_TX, PADS_TX = "ffe2", "150a"
GUN_STOP = bytes.fromhex("AA070103000003")
PADS_STOP = bytes.fromhex("B01F00000A0A0A0A000000000A0A0A0A00000000")


class Bad(AssertionError):
    pass


def gun_frame(raw):
    """("set", speed), ("status",) or ("version",)."""
    if len(raw) < 4 or raw[0] != 0xAA:
        raise Bad(f"no gun frame: {raw.hex()}")
    if raw[1] != sum(raw[2:]) & 0xFF:
        raise Bad(f"checksum {raw[1]:02x}, not {sum(raw[2:]) & 0xFF:02x}: {raw.hex()}")
    if len(raw) == 7 and raw[2:4] == b"\x01\x03" and raw[6] == 3:
        speed = raw[4] << 8 | raw[5]
        if speed != 0 and not 1750 <= speed <= 2400:
            raise Bad(f"speed {speed}: {raw.hex()}")
        return "set", speed
    if raw[2:] == b"\x10\x00":
        return ("status",)
    if raw[2:] == b"\x20\x00":
        return ("version",)
    raise Bad(f"unknown gun frame: {raw.hex()}")


class PadsFrame:
    """B0: sequence and mode, strengths, four frequencies and four intensities a channel."""

    def __init__(self, raw):
        if len(raw) != 20 or raw[0] != 0xB0:
            raise Bad(f"no B0 frame: {raw.hex()}")
        self.raw = raw
        self.sequence = raw[1] >> 4
        self.modes = [(raw[1] >> 2) & 3, raw[1] & 3]
        self.strengths = [raw[2], raw[3]]
        self.frequencies = [raw[4:8], raw[12:16]]
        self.intensities = [raw[8:12], raw[16:20]]
        if max(self.strengths) > 200:
            raise Bad(f"strength over 200: {raw.hex()}")

    def valid(self, channel):
        return all(10 <= f <= 240 for f in self.frequencies[channel]) and \
            all(i <= 100 for i in self.intensities[channel])


def period_ms(byte):
    """The maker's compression of a pulse period, backwards."""
    if byte <= 100:
        return byte
    if byte <= 200:
        return (byte - 100) * 5 + 100
    return (byte - 200) * 10 + 600


class Write:
    """One recorded write of either device, with what it makes of the device's output."""

    def __init__(self, event, kind, value, active, level):
        self.t = event["t_usec"] / 1e6
        self.address = event["address"]
        self.raw = bytes.fromhex(event["hex"])
        self.via = event["via"]
        self.type = event["type"]
        self.lost = event["what"] == "lost"
        self.kind = kind      # "set", "status", "version", "limits", "output"
        self.value = value    # speed, limits, PadsFrame
        self.active = active  # the device may be putting out energy after it
        self.level = level    # speed, or strengths of both channels

    @property
    def stop(self):
        return self.raw in (GUN_STOP, PADS_STOP)

    @property
    def harmless(self):
        """Limits and questions: nothing of them reaches a body."""
        return self.kind in ("limits", "status", "version")

    def __repr__(self):
        name = "gun" if self.address == GUN else "pads"
        return f"<{self.t:.4f} {name} {self.raw.hex()}{' lost' if self.lost else ''}>"


def writes_of(events):
    """Decodes all writes. The strengths that a B0 frame leaves as they are come from the frames before it."""
    strengths = {}
    writes = []
    for event in events:
        if event["what"] not in ("write", "lost"):
            continue
        raw, address = bytes.fromhex(event["hex"]), event["address"]
        if event["product"] == "theragun-pro":
            frame = gun_frame(raw)
            speed = frame[1] if frame[0] == "set" else None
            writes.append(Write(event, frame[0], speed, bool(speed), speed))
        elif raw[0] == 0xBF:
            if len(raw) != 7:
                raise Bad(f"limits: {raw.hex()}")
            writes.append(Write(event, "limits", (raw[1], raw[2]), False, None))
        else:
            frame = PadsFrame(raw)
            now = list(strengths.get(address, [0, 0]))
            for i in range(2):
                if frame.modes[i] == 1:
                    now[i] += frame.strengths[i]
                elif frame.modes[i] == 2:
                    now[i] = max(0, now[i] - frame.strengths[i])
                elif frame.modes[i] == 3:
                    now[i] = frame.strengths[i]
            if event["what"] == "write":
                strengths[address] = now
            active = any(now[i] > 0 and frame.valid(i) and any(frame.intensities[i]) for i in range(2))
            writes.append(Write(event, "output", frame, active, tuple(now)))
    return writes


class Level:
    """A change of what a product gives, by its own account and not by the frames: permille of what a channel of pads can, or the
    speed that a gun took. A gun's motor runs down for a moment after that."""

    def __init__(self, event, channel, value):
        self.t = event["t_usec"] / 1e6
        self.address = event["address"]
        self.channel = channel
        self.value = value

    def __repr__(self):
        return f"<{self.t:.4f} {'gun' if self.address == GUN else 'pads'} {self.channel} gives {self.value}>"


def levels_of(events):
    levels = []
    for event in events:
        if event["what"] == "setting":
            levels.append(Level(event, "motor", event["data"]["speed"]))
        elif event["what"] == "output":
            levels.append(Level(event, event["data"]["channel"], event["data"]["amplitude_permille"]))
    return levels
