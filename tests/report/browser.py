# SPDX-License-Identifier: LGPL-2.1-or-later
"""A real browser, driven over its debugging pipe: what it shows, what it asks the network for, and what it complains about."""

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

DEADLINE = float(os.environ.get("LIMBER_TEST_DEADLINE", "10")) * 6
NAMES = ("chromium", "chromium-browser", "google-chrome")


def find():
    return next((path for name in NAMES if (path := shutil.which(name))), None)


class Failed(AssertionError):
    pass


class Browser:
    """Use as a context manager."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="limber-browser-")
        self.events = []
        self.rest = b""
        self.number = 0
        self.process = None

    def __enter__(self):
        to_read, self.write = os.pipe()
        self.read, to_write = os.pipe()
        argv = [find(), "--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                "--disable-component-update", "--disable-sync", "--remote-debugging-pipe",
                f"--user-data-dir={self.folder}", "about:blank"]
        if os.geteuid() == 0:
            argv.insert(1, "--no-sandbox")
        # The browser reads from 3 and writes to 4.
        with open(os.path.join(self.folder, "log"), "wb") as log:
            self.process = subprocess.Popen(["sh", "-c", f'exec "$@" 3<&{to_read} 4>&{to_write}', "sh", *argv],
                                            pass_fds=(to_read, to_write), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            env=dict(os.environ, HOME=self.folder), start_new_session=True)
        os.close(to_read)
        os.close(to_write)
        return self

    def __exit__(self, kind, value, trace):
        try:
            self.call("Browser.close")
            self.process.wait(DEADLINE)
        except (Failed, OSError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()
        os.close(self.read)
        os.close(self.write)
        shutil.rmtree(self.folder, ignore_errors=True)
        return False

    def message(self, until):
        """The next one."""
        while b"\0" not in self.rest:
            left = until - time.monotonic()
            if left <= 0 or not select.select([self.read], [], [], left)[0]:
                raise Failed("the browser does not answer")
            data = os.read(self.read, 1 << 16)
            if not data:
                with open(os.path.join(self.folder, "log"), errors="replace") as f:
                    raise Failed(f"the browser ended: {f.read()[-2000:]}")
            self.rest += data
        line, _, self.rest = self.rest.partition(b"\0")
        return json.loads(line)

    def call(self, method, session=None, **params):
        self.number += 1
        request = {"id": self.number, "method": method, "params": params}
        if session:
            request["sessionId"] = session
        data = json.dumps(request).encode() + b"\0"
        while data:
            data = data[os.write(self.write, data):]
        until = time.monotonic() + DEADLINE
        while True:
            message = self.message(until)
            if message.get("id") == self.number:
                if "error" in message:
                    raise Failed(f"{method}: {message['error']}")
                return message["result"]
            self.events.append(message)

    def wait_event(self, method, session):
        until = time.monotonic() + DEADLINE
        while True:
            for event in self.events:
                if event.get("method") == method and event.get("sessionId") == session:
                    return event["params"]
            self.events.append(self.message(until))

    def open(self, path, width, height, dark=False):
        """A page on a screen of that many CSS pixels."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = Page(self, session)
        for domain in ("Page", "Network", "Log", "Runtime"):
            page.call(f"{domain}.enable")
        page.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1,
                  mobile=width < 600)
        page.call("Emulation.setEmulatedMedia",
                  features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])
        page.call("Page.navigate", url="file://" + os.path.abspath(path))
        self.wait_event("Page.loadEventFired", session)
        return page


class Page:
    def __init__(self, browser, session):
        self.browser = browser
        self.session = session

    def call(self, method, **params):
        return self.browser.call(method, self.session, **params)

    def evaluate(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in result:
            raise Failed(f"{expression}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def events(self, *methods):
        self.evaluate("0")  # all that was on its way before
        return [e["params"] for e in self.browser.events
                if e.get("sessionId") == self.session and e.get("method") in methods]

    def requests(self):
        """What it asked for, but for the page itself and what stands in it."""
        return [e["request"]["url"] for e in self.events("Network.requestWillBeSent")
                if e["type"] != "Document" and not e["request"]["url"].startswith("data:")]

    def complaints(self):
        return self.events("Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown")

    def screenshot(self, path):
        """The whole page, not only what fits."""
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        data = self.call("Page.captureScreenshot", captureBeyondViewport=True,
                         clip={"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1})["data"]
        with open(path, "wb") as f:
            f.write(base64.b64decode(data))

    def print(self, path, width=8.27, height=11.69):
        """To PDF; inches, A4 unless said otherwise."""
        data = self.call("Page.printToPDF", paperWidth=width, paperHeight=height, preferCSSPageSize=False,
                         printBackground=False)["data"]
        with open(path, "wb") as f:
            f.write(base64.b64decode(data))
