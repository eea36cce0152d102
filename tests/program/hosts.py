"""Hosts of a network on one machine: each has its own network, name, processes and shared memory, and
TCP to the others through a bridge. One can crash, or be cut off. Nothing changes outside of them."""
import os
import pathlib
import shutil
import signal
import subprocess
import time

import thetasweep

# mpirun calls it in place of ssh: [-options] HOST COMMAND...
AGENT = """\
#!/bin/sh
while [ "${{1#-}}" != "$1" ]; do shift; done
read -r process < {folder}/$1.pid || exit 255
shift
exec nsenter -t "$process" -n -u -m -p -- sh -c "$*"
"""
HOLD = """\
hostname {name} && ip link set lo up && mount --bind {folder}/hosts /etc/hosts &&
    mount -t tmpfs shm /dev/shm && touch {folder}/{name}.up && exec sleep 1000000
"""


def run(*words):
    return subprocess.run([str(word) for word in words], check=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


class Hosts:
    """The hosts h1 to h`count` of `case`, which is skipped where the machine forbids them. mpirun is on
    h1, which shares the machine's processes."""

    def __init__(self, case, count):
        self.folder = case.folder / "hosts"
        self.folder.mkdir()
        self.case = case
        self.pid = {}
        missing = [tool for tool in ("ip", "nsenter", "unshare") if shutil.which(tool) is None]
        if os.geteuid() != 0 or missing:
            case.skipTest(f"test hosts need {' and '.join(missing) or 'root'}")
        names = [f"h{number + 1}" for number in range(count)]
        (self.folder / "hosts").write_text("127.0.0.1 localhost\n" + "".join(
            f"10.77.0.{number + 1} {name}\n" for number, name in enumerate(names)))
        agent = self.folder / "agent"
        agent.write_text(AGENT.format(folder=self.folder))
        agent.chmod(0o755)
        self.environment = {**thetasweep.environment(case.mpi_folder), "OMPI_MCA_plm": "rsh",
                            "OMPI_MCA_plm_rsh_agent": str(agent),
                            "OMPI_MCA_btl_tcp_if_include": "eth0",
                            "OMPI_MCA_oob_tcp_if_include": "eth0"}
        try:
            self.hold("switch")
            self.inside("switch", "ip", "link", "add", "br0", "type", "bridge")
            self.inside("switch", "ip", "link", "set", "br0", "up")
            for number, name in enumerate(names):
                self.hold(name, *(["--pid", "--fork", "--mount-proc"] if number else []))
                self.inside("switch", "ip", "link", "add", name, "type", "veth", "peer", "name",
                            "eth0", "netns", self.pid[name])
                self.inside("switch", "ip", "link", "set", name, "master", "br0", "up")
                self.inside(name, "ip", "addr", "add", f"10.77.0.{number + 1}/24", "dev", "eth0")
                self.inside(name, "ip", "link", "set", "eth0", "up")
        except (subprocess.CalledProcessError, TimeoutError) as error:
            why = (getattr(error, "stderr", None) or str(error)).strip()
            case.skipTest(f"this machine forbids test hosts: {why}")

    def hold(self, name, *options):
        """Starts the process that keeps the host there."""
        process = subprocess.Popen(
            ["unshare", "--net", "--uts", "--mount", *options, "sh", "-c",
             HOLD.format(name=name, folder=self.folder)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.case.addCleanup(process.wait)
        self.case.addCleanup(process.kill)
        end = time.monotonic() + 10
        while not (self.folder / f"{name}.up").exists():
            if process.poll() is not None or time.monotonic() > end:
                raise TimeoutError(f"no host {name}")
            time.sleep(0.01)
        self.pid[name] = process.pid
        if options:  # unshare itself stays outside
            children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
            self.pid[name] = int(children)
            self.case.addCleanup(self.crash, name)
        (self.folder / f"{name}.pid").write_text(f"{self.pid[name]}\n")

    def inside(self, name, *words):
        return run("nsenter", "-t", self.pid[name], "-n", "--", *words)

    def crash(self, name):
        """All of its processes end, as with the first one."""
        try:
            os.kill(self.pid[name], signal.SIGKILL)
        except ProcessLookupError:
            pass

    def cut(self, name):
        self.inside(name, "ip", "link", "set", "eth0", "down")

    def start(self, hosts, *arguments):
        """mpirun on h1, two ranks on each of `hosts`; what they say goes to `output` in the folder, not
        to a pipe, which daemons on a host that is cut off would hold open."""
        command = ["nsenter", "-t", str(self.pid["h1"]), "-n", "-u", "-m", "--", thetasweep.MPIRUN,
                   "--wdir", str(self.case.folder), "--host",
                   ",".join(f"{host}:2" for host in hosts), str(thetasweep.BINARY),
                   *map(str, arguments)]
        with open(self.case.folder / "output", "w", encoding="utf-8") as output:
            process = subprocess.Popen(command, cwd=self.case.folder, stdin=subprocess.DEVNULL,
                                       stdout=output, stderr=output, env=self.environment)
        self.case.addCleanup(process.wait)
        self.case.addCleanup(process.kill)
        return process
