# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who may do what, decided by the real polkitd from what the real logind knows about the caller."""

import contextlib
import json
import os
import pwd
import pathlib
import shutil
import subprocess
import time

import guestworld  # noqa: F401  pylint: disable=unused-import
import harness
from guestworld import GuestWorld
from test_radio import RadioCase

HERE = pathlib.Path(__file__).resolve().parent
PYTHON = "/usr/bin/python3"
# As the table of docs/SAFETY.md and limber(1) have it: what each may do.
ALL = {"read": "yes", "scan": "yes", "start": "yes", "arm": "yes", "stop": "yes"}
NOT_HERE = {"read": "yes", "scan": "NotAuthorized", "start": "yes", "arm": "NotAuthorized", "stop": "yes"}
# With a gun in place of pads: whoever is logged in may, at the machine or over ssh, and nobody else.
LOGGED_IN = {**NOT_HERE, "arm": "yes"}
NOBODY_THERE = {"read": "yes", "scan": "NotAuthorized", "start": "NotAuthorized", "stop": "yes"}
CONFIG = "/etc/limber/limberd.conf.d/test.conf"


def user(name):
    subprocess.run(["useradd", "--create-home", "--shell", "/bin/sh", name], check=False, capture_output=True)
    return int(subprocess.run(["id", "-u", name], check=True, capture_output=True, text=True).stdout)


class Presence(RadioCase):
    @classmethod
    def setUpClass(cls):
        # Where every user can read it.
        cls.folder = "/opt/limber-test"
        os.makedirs(cls.folder, exist_ok=True)
        for path in (HERE / "client_as.py", HERE.parent / "integration" / "minibus.py"):
            shutil.copy(path, cls.folder)
        cls.uid = user("runner")
        cls.other = user("other")

    def command(self, routine):
        return [PYTHON, f"{self.folder}/client_as.py", routine]

    def in_session(self, name, routine, properties):
        """As a service of systemd that opens a session through PAM, as login and sshd do."""
        out = f"/run/client-{time.monotonic_ns()}"
        subprocess.run(["systemd-run", "--quiet", "--wait", "--collect", f"--property=User={name}",
                        "--property=PAMName=login", f"--property=StandardOutput=file:{out}",
                        f"--property=StandardError=append:{out}.err", *properties, *self.command(routine)], check=False)
        with open(out, encoding="utf-8") as f, open(f"{out}.err", encoding="utf-8") as errors:
            return json.loads(f.read() or json.dumps({"error": errors.read()[-2000:]}))

    AT_THE_MACHINE = ["--property=TTYPath=/dev/tty1", "--property=Environment=XDG_SEAT=seat0 XDG_VTNR=1"]
    FROM_AFAR = ["--property=Environment=XDG_SESSION_TYPE=tty"]

    def without_session(self, name, routine):
        done = subprocess.run(["setpriv", f"--reuid={name}", f"--regid={pwd.getpwnam(name).pw_gid}", "--clear-groups",
                               *self.command(routine)], capture_output=True, text=True, check=False)
        return json.loads(done.stdout or json.dumps({"error": done.stderr}))

    def as_user_service(self, name, uid, routine):
        subprocess.run(["systemctl", "start", f"user@{uid}.service"], check=True)
        done = subprocess.run(["setpriv", f"--reuid={name}", f"--regid={pwd.getpwnam(name).pw_gid}", "--clear-groups", "env",
                               f"XDG_RUNTIME_DIR=/run/user/{uid}", "systemd-run", "--user", "--quiet", "--wait", "--pipe",
                               "--collect", *self.command(routine)], capture_output=True, text=True, check=False)
        return json.loads(done.stdout or json.dumps({"error": done.stderr}))

    @staticmethod
    def wait_for(condition, what):
        patience = harness.Patience(harness.DEADLINE)
        while not condition():
            if patience.over():
                raise harness.Failed(f"waited in vain for {what}")
            time.sleep(0.2)

    @contextlib.contextmanager
    def somebody_at_the_machine(self, name, uid):
        unit = "at-the-machine.service"
        subprocess.run(["systemd-run", "--quiet", "--collect", f"--unit={unit}", f"--property=User={name}",
                        "--property=PAMName=login", *self.AT_THE_MACHINE, "sleep", "infinity"], check=True)
        try:
            self.wait_for(lambda: subprocess.run(
                ["loginctl", "show-user", str(uid), "-P", "Display"], capture_output=True, text=True,
                check=False).stdout.strip(), "the session at the machine")
            yield
        finally:
            subprocess.run(["systemctl", "stop", unit], check=True)

    def check(self, who, got, wanted):
        print(f"{who}: {got}", flush=True)
        self.assertEqual(got, wanted, who)

    def test_who_may_do_what(self):
        with GuestWorld(of_systemd=True, runners=(self.uid, self.other)) as world:
            self.check("active local user", self.in_session("runner", "pads", self.AT_THE_MACHINE), ALL)
            self.check("session over ssh", self.in_session("runner", "pads", self.FROM_AFAR), NOT_HERE)
            self.check("service of the user's own systemd", self.as_user_service("runner", self.uid, "pads"), NOT_HERE)
            # polkit goes by the user's session, not by the program's: the key is what shows that somebody is there.
            with self.somebody_at_the_machine("runner", self.uid):
                self.check("service of the user's own systemd, the user at the machine",
                           self.as_user_service("runner", self.uid, "pads"), ALL)
            self.check("nobody's session", self.without_session("other", "pads"), NOT_HERE)
            self.check_gun(world)
            self.check_group(world)
            self.check_other(world)
            self.check_without_polkit(world)

    def as_service(self, name, routine):
        """As cron and other services run programs of a user: without a session."""
        done = subprocess.run(["systemd-run", "--quiet", "--wait", "--pipe", "--collect", f"--uid={name}",
                               *self.command(routine)], capture_output=True, text=True, check=False)
        return json.loads(done.stdout or json.dumps({"error": done.stderr}))

    def check_gun(self, _world):
        """A runner who started guns over ssh before there was this question notices nothing of it."""
        self.check("a gun, active local user", self.in_session("runner", "gun", self.AT_THE_MACHINE), ALL)
        self.check("a gun over ssh", self.in_session("runner", "gun", self.FROM_AFAR), LOGGED_IN)
        self.check("a gun, service", self.as_service("runner", "gun"), NOBODY_THERE)
        self.check("a gun, nobody's session", self.without_session("other", "gun"), NOBODY_THERE)
        self.check("a gun, nobody", self.without_session("nobody", "gun"), NOBODY_THERE)
        self.check("a gun, root", json.loads(subprocess.run(
            self.command("gun"), capture_output=True, text=True, check=True).stdout), ALL)
        self.check_unattended()

    def check_unattended(self):
        """The owner says who may, by the settings: that user, that routine; read without a restart."""
        os.makedirs(os.path.dirname(CONFIG), exist_ok=True)
        with open(CONFIG, "w", encoding="utf-8") as f:
            f.write('unattended = { users = ( "runner" ); routines = ( "gun" ); };\n')
        subprocess.run(["systemctl", "reload", "limberd"], check=True)
        try:
            self.wait_for(lambda: self.as_service("runner", "gun") == LOGGED_IN, "the settings to be read")
            self.check("a gun, service of another user", self.as_service("other", "gun"), NOBODY_THERE)
        finally:
            os.unlink(CONFIG)
            subprocess.run(["systemctl", "reload", "limberd"], check=True)
        self.wait_for(lambda: self.as_service("runner", "gun") == NOBODY_THERE, "the settings to be read again")

    def check_group(self, _world):
        """An administrator has put the user into the group: then also from afar."""
        subprocess.run(["usermod", "--append", "--groups", "limber-remote", "runner"], check=True)
        self.check("over ssh, in limber-remote", self.in_session("runner", "pads", self.FROM_AFAR), ALL)
        subprocess.run(["gpasswd", "--delete", "runner", "limber-remote"], check=True, capture_output=True)

    def check_other(self, world):
        """Somebody else's session: looked at, paused and stopped by anybody, gone on with by nobody but its runner."""
        client = self.begin(world, "start", "pads", addresses=(harness.PADS,))
        number = max(n for n in range(1, 60) if world.session(n))
        script = ("from minibus import Bus; import client_as as c; b = Bus('/run/dbus/system_bus_socket'); "
                  f"p = '/org/limber1/session/{number}'; s = 'org.limber1.Session'; "
                  "print([c.tried(lambda m=m: b.call('org.limber1', p, s, m, seconds=60))"
                  " for m in ('Skip', 'Pause', 'Resume', 'Stop')])")
        done = subprocess.run(["setpriv", "--reuid=other", "--regid=other", "--clear-groups", PYTHON, "-c", script],
                              cwd=self.folder, capture_output=True, text=True, check=False)
        print(f"somebody else's session: {done.stdout.strip()} {done.stderr.strip()[-300:]}", flush=True)
        self.assertEqual(done.stdout.strip(), "['NotAuthorized', 'yes', 'NotAuthorized', 'yes']")
        client.wait()

    def check_without_polkit(self, _world):
        subprocess.run(["systemctl", "mask", "--runtime", "--now", "polkit.service"], check=True, capture_output=True)
        try:
            self.check("active local user without polkit", self.in_session("runner", "pads", self.AT_THE_MACHINE), NOT_HERE)
            self.check("root without polkit", json.loads(subprocess.run(
                self.command("pads"), capture_output=True, text=True, check=True).stdout), ALL)
        finally:
            subprocess.run(["systemctl", "unmask", "--runtime", "polkit.service"], check=True, capture_output=True)


if __name__ == "__main__":
    harness.main()
