"""The analysis of an archive: the one that is there, or what thetasweep-analyze computes now."""
import os
import pathlib
import shutil
import subprocess
import sys

from figures.data import archives_of, made_by

ANALYZE = "thetasweep-analyze"


class Refused(Exception):
    """Why there is no analysis, as one sentence, with the exit status."""

    def __init__(self, sentence, status):
        super().__init__(sentence)
        self.status = status


def named_after(path, ending):
    """"runs/a.h5" and "runs/a.analysis.h5" with the ending ".html": runs/a.html."""
    name = path.name.removesuffix(".h5").removesuffix(".analysis")
    return path.with_name(name + ending)


def program():
    """thetasweep-analyze: the one of the calling program, of the build here, or of PATH."""
    built = pathlib.Path(__file__).resolve().parent.parent / "build" / ANALYZE
    given = os.environ.get("THETASWEEP_ANALYZE") or (built if built.exists() else None)
    found = given or shutil.which(ANALYZE)
    if not found:
        raise Refused(f"found no {ANALYZE} in PATH, which measures what the page shows", 2)
    return found


def up_to_date(analysis, archive):
    """Whether it is of this archive as it is now, by this program; Refused if it is of several."""
    if not analysis.exists():
        return False
    files = archives_of(analysis)
    if len(files) > 1:
        raise Refused(f"{analysis}: found an analysis of {len(files)} archives, which is not done "
                      f"anew; to draw it as it is: thetasweep report {analysis}", 2)
    told = subprocess.run([program(), "--version"], capture_output=True, text=True, check=False)
    return ([pathlib.Path(file).name for file in files] == [archive.name]
            and made_by(analysis) == told.stdout.strip()
            and analysis.stat().st_mtime_ns >= archive.stat().st_mtime_ns)


def analysis_of(archive):
    """The path of an analysis that is not older than the archive, whether a run writes it or not.

    A new one gets the time that the archive had before: what was committed meanwhile makes it old.
    """
    analysis = named_after(archive, ".analysis.h5")
    if up_to_date(analysis, archive):
        return analysis
    before = archive.stat().st_mtime_ns
    sys.stdout.flush()
    try:
        done = subprocess.run([program(), archive, "-o", analysis], stdin=subprocess.DEVNULL,
                              stdout=sys.stderr, check=False)
    except OSError as error:
        raise Refused(f"{error.filename}: {error.strerror}", 1) from error
    if done.returncode:
        raise Refused(f"{archive}: no analysis, and so no page", max(done.returncode, 1))
    os.utime(analysis, ns=(before, before))
    return analysis
