"""Runs build/thetasweep for the whole-program tests, alone or under mpirun, in a temporary folder."""
import fcntl
import os
import pathlib
import shutil
import struct
import subprocess
import tempfile
import termios
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BINARY = ROOT / "build" / "thetasweep"
MPIRUN = os.environ.get("MPIRUN", "mpirun")


def environment(folder):
    """Open MPI as root, with more ranks than cores, its own files inside `folder`.

    Each test has its own session and shared-memory folders, so that tests that kill ranks leave
    nothing behind for others.
    """
    return {
        **os.environ,
        "OMPI_ALLOW_RUN_AS_ROOT": "1",
        "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
        "OMPI_MCA_rmaps_base_oversubscribe": "1",
        "OMPI_MCA_mpi_yield_when_idle": "1",
        "OMPI_MCA_hwloc_base_binding_policy": "none",
        "OMPI_MCA_btl_vader_single_copy_mechanism": "none",
        "OMPI_MCA_orte_tmpdir_base": str(folder),
        "OMPI_MCA_btl_vader_backing_directory": str(folder),
    }


def command(*arguments, ranks=None):
    """The command line: the program alone, or under mpirun if `ranks` is given."""
    launcher = [] if ranks is None else [MPIRUN, "-n", str(ranks)]
    return [*launcher, str(BINARY), *map(str, arguments)]


def copy_tree(folder):
    """The tree as it is, with what is built, so that only what an example changes is built. Left out is
    what others that run meanwhile may be writing."""
    other = {ROOT: {".git"}, ROOT / "build": {"clang", "sanitize", "fuzz"}}
    shutil.copytree(ROOT, folder, symlinks=True, ignore=lambda path, names: [
        name for name in names if name in other.get(pathlib.Path(path), ())
        or name == "__pycache__" or name.endswith(".new")])


class Case(unittest.TestCase):
    """A test with a temporary folder, `self.folder`, in which the program runs."""

    def setUp(self):
        # Short, because Open MPI makes socket names of it.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="ts-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.mpi_folder = self.folder / ".mpi"
        self.mpi_folder.mkdir()

    def write(self, name, text):
        """Writes a file in the folder and returns its path."""
        path = self.folder / name
        path.write_text(text)
        return path

    def start(self, *arguments, ranks=None, **options):
        """Starts the program and returns the Popen; it is ended with the test."""
        process = subprocess.Popen(command(*arguments, ranks=ranks), cwd=self.folder,
                                   env=environment(self.mpi_folder), stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   **options)
        self.addCleanup(self._end, process)
        return process

    def run_program(self, *arguments, ranks=None, timeout=300, status=0):
        """Runs the program to its end; fails unless its exit status is `status` (None: any)."""
        process = self.start(*arguments, ranks=ranks)
        try:
            output, errors = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            self._end(process)
            self.fail(f"{process.args} did not end in {timeout} s")
        if status is not None and process.returncode != status:
            self.fail(f"{process.args} ended with status {process.returncode}, not {status}\n"
                      f"{output}\n{errors}")
        return subprocess.CompletedProcess(process.args, process.returncode, output, errors)

    def on_terminal(self, *arguments, columns=None):
        """What the program writes when its output is a terminal, of so many columns if they are given."""
        master, slave = os.openpty()
        if columns:
            fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        process = subprocess.Popen(command(*arguments), cwd=self.folder, stdout=slave,
                                   stdin=subprocess.DEVNULL, env=environment(self.mpi_folder))
        os.close(slave)
        output = b""
        try:
            while block := os.read(master, 4096):
                output += block
        except OSError:  # Linux says EIO when the other end is closed
            pass
        os.close(master)
        self.assertEqual(process.wait(), 0)
        return output.decode()

    @staticmethod
    def _end(process):
        """mpirun takes its ranks along when terminated, not when killed."""
        if process.poll() is None:
            process.terminate()
            try:
                process.communicate(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
        for stream in (process.stdout, process.stderr):
            stream.close()
