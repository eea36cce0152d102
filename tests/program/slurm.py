"""A private, throw-away Slurm with two nodes on this machine: munge, slurmctld, two slurmd.

It needs root and Slurm's daemons, but neither systemd nor cgroups. All of it lives in namespaces of
its own: a network with nothing but a loopback (so that ports are free and nobody outside reaches
it), processes, mounts and host names. The first process of the process namespace is this file run
as a program; it ends when the pipe from the test closes, in whatever way the test ends, and with it
the kernel kills daemons, jobs and ranks and gives up all mounts.

Each node has its own host name and /dev/shm: Open MPI names shared memory after host and job, and
two nodes of one name would share it.
"""
import fcntl
import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time

NODES = ("node1", "node2")
ADDRESS = "10.0.0.1"
CORES = 4  # declared, whatever the machine has
PATH = os.environ["PATH"] + ":/usr/sbin:/sbin"
PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "unshare", "nsenter", "pkill")
KILL_WAIT = 3  # seconds from TERM to KILL
SECONDS_TO_START = 30
UNSHARE = ("unshare", "--net", "--pid", "--mount", "--uts", "--fork", "--kill-child",
           "--mount-proc")

CONFIGURATION = """
ClusterName=test
SlurmctldHost=head({address})
SlurmctldPort=6817
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/%n
TmpFS={folder}/%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SlurmdParameters=config_overrides
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=0,bf_interval=1
ReturnToService=1
KillWait={kill_wait}
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
JobCompType=jobcomp/none
PartitionName=test Nodes=ALL Default=YES MaxTime=INFINITE
"""
NODE = """\
NodeName={node} NodeHostname={node} NodeAddr={address} Port={port} CPUs={cores} RealMemory=16000
"""


def why_not():
    """Why there can be no Slurm here, or None."""
    missing = [program for program in PROGRAMS if not shutil.which(program, path=PATH)]
    if missing:
        return f"no Slurm: {', '.join(missing)} not found (`.ci/deps all` installs all)"
    if os.geteuid() != 0:
        return "a private Slurm needs root"
    if subprocess.run([*UNSHARE, "true"], stderr=subprocess.DEVNULL).returncode != 0:
        return "a private Slurm needs namespaces, which this machine forbids (unshare)"
    return None


class Slurm:
    """A cluster from start() to stop(); its files are in `folder`, which the caller removes."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.process = None

    def start(self):
        """Returns once both nodes are idle; raises with the daemons' last words if they are not."""
        self.process = subprocess.Popen([*UNSHARE, sys.executable, __file__, str(self.folder)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline() != "ready\n":
            self.stop()
            logs = [path.read_text()[-2000:] for path in sorted(self.folder.glob("*.log"))]
            raise RuntimeError("Slurm did not start\n" + "\n".join(logs))

    def stop(self):
        """Ends all daemons, jobs and ranks; more than once does no harm."""
        if self.process and self.process.poll() is None:
            self.process.stdin.close()
            try:
                self.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if self.process:
            self.process.stdout.close()

    def run(self, *arguments, cwd=None, **environment):
        """Runs a command in the cluster and returns what it prints; raises if it fails."""
        unshare = self.process.pid
        first = pathlib.Path(f"/proc/{unshare}/task/{unshare}/children").read_text().split()[0]
        enter = ["nsenter", f"--target={first}", "--net", "--pid", "--mount", "--uts"]
        if cwd:
            enter.append(f"--wdns={cwd}")
        done = subprocess.run([*enter, *map(str, arguments)], text=True, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env={**os.environ, **self.environment(), **environment})
        if done.returncode != 0:
            raise RuntimeError(f"{arguments}: status {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout.strip()

    def environment(self):
        """What clients and, since sbatch hands it on, jobs need."""
        return {"SLURM_CONF": str(self.folder / "slurm.conf"),
                "OMPI_MCA_btl_tcp_if_include": "lo", "OMPI_MCA_oob_tcp_if_include": "lo"}

    def job(self, number):
        """All that Slurm knows of a job, by name: JobState, Restarts, ExitCode ..."""
        words = self.run("scontrol", "show", "job", "--oneliner", number).splitlines()[0].split()
        return dict(word.split("=", 1) for word in words if "=" in word)

    def wait(self, number, *states, seconds=60, restarts=0):
        """Waits until a job has one of these states, PENDING after so many restarts; its job()."""
        end = time.monotonic() + seconds
        while True:
            job = self.job(number)
            early = job["JobState"] == "PENDING" and int(job["Restarts"]) < restarts
            if job["JobState"] in states and not early:
                return job
            if time.monotonic() > end:
                raise RuntimeError(f"job {number} is not {' or '.join(states)} after {seconds} s, "
                                   f"but {job['JobState']}, {job['Reason']}, "
                                   f"{job['Restarts']} restarts")
            time.sleep(0.1)

    def start_at_once(self, number):
        """Starts a job that was sent back to the queue without Slurm's delay of 2 minutes."""
        time.sleep(2)  # a start in the second of the old one's end counts as revoked
        self.run("scontrol", "update", f"JobId={number}", "StartTime=now")

    def resume(self, node):
        """Brings a node back that was set down, if it is."""
        if self.run("sinfo", "--noheader", f"--nodes={node}", "--format=%t").startswith("down"):
            self.run("scontrol", "update", f"NodeName={node}", "State=RESUME")


# What follows runs as the first process of the namespaces.

def raise_network():
    """The loopback with another address: names are not looked up where only 127.0.0.1 exists.

    With both, ranks would take each other for strangers.
    """
    def request(name, *value):
        return struct.pack("16s24s", name, struct.pack(*value))

    up = request(b"lo", "H", 0x1 | 0x8 | 0x40)  # IFF_UP, IFF_LOOPBACK, IFF_RUNNING
    address = request(b"lo", "HH4s", socket.AF_INET, 0, socket.inet_aton(ADDRESS))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        fcntl.ioctl(sock, 0x8914, up)  # SIOCSIFFLAGS
        fcntl.ioctl(sock, 0x8916, address)  # SIOCSIFADDR


def write_configuration(folder):
    (folder / "state").mkdir()
    (folder / "munge.key").write_bytes(os.urandom(1024))
    (folder / "munge.key").chmod(0o600)
    (folder / "hosts").write_text(f"{ADDRESS} localhost head {' '.join(NODES)}\n")
    text = CONFIGURATION.format(folder=folder, address=ADDRESS, kill_wait=KILL_WAIT)
    for i, node in enumerate(NODES):
        (folder / node).mkdir()
        text += NODE.format(node=node, address=ADDRESS, port=6818 + i, cores=CORES)
    (folder / "slurm.conf").write_text(text)


def start_daemons(folder):
    os.environ.update(PATH=PATH, SLURM_CONF=str(folder / "slurm.conf"))
    with open(folder / "daemons.log", "w", encoding="utf-8") as log:
        def start(*command):
            return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

        subprocess.run(["mount", "--bind", str(folder / "hosts"), "/etc/hosts"], check=True)
        socket.sethostname("head")
        # --force: the folder's parent, /tmp, may be written by all.
        start("munged", "--foreground", "--force", f"--key-file={folder}/munge.key",
              f"--socket={folder}/munge.socket", f"--pid-file={folder}/munged.pid",
              f"--seed-file={folder}/munge.seed", f"--log-file={folder}/munged.log")
        start("slurmctld", "-D", "-c")
        for node in NODES:
            start("unshare", "--mount", "--uts", "sh", "-c",
                  f"hostname {node} && mount -t tmpfs shm /dev/shm && exec slurmd -D -N {node}")


def nodes_are_idle():
    states = subprocess.run(["sinfo", "--noheader", "--Node", "--format=%t"], text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout.split()
    return states == ["idle"] * len(NODES)


def main():
    folder = pathlib.Path(sys.argv[1])
    raise_network()
    write_configuration(folder)
    start_daemons(folder)
    end = time.monotonic() + SECONDS_TO_START
    while not nodes_are_idle():
        if time.monotonic() > end:
            sys.exit("no idle nodes")
        time.sleep(0.1)
    print("ready", flush=True)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps what daemons leave behind
    sys.stdin.read()


if __name__ == "__main__":
    main()
