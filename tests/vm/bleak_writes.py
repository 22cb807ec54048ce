# SPDX-License-Identifier: LGPL-2.1-or-later
"""The same stop frames by bleak, as a Python program would send them. Prints the moment of each round."""

import asyncio
import sys
import time

from bleak import BleakClient, BleakScanner

CHARACTERISTIC = "0000150a-0000-1000-8000-00805f9b34fb"


async def main():
    frame, rounds, *addresses = bytes.fromhex(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:]
    clients = []
    for address in addresses:
        device = await BleakScanner.find_device_by_address(address, timeout=60)
        client = BleakClient(device)
        await client.connect(timeout=60)
        clients.append(client)
    for _ in range(rounds):
        await asyncio.sleep(0.5)
        print(time.monotonic(), flush=True)
        await asyncio.gather(*(c.write_gatt_char(CHARACTERISTIC, frame, response=False) for c in clients))
    await asyncio.sleep(0.5)
    for client in clients:
        await client.disconnect()


asyncio.run(main())
