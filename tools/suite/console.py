"""Progress lines, clear failures, and commands whose output goes to a log."""

import ctypes
import fcntl
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

from . import paths

TIMES = []


class Failure(Exception):
    """Something the person at the keyboard can act on; shown without traceback."""


def say(text=""):
    """Print at once, also into a pipe."""
    print(text, flush=True)


@contextmanager
def step(title):
    """Announce a step, and say how long it took when it is done."""
    start = time.monotonic()
    if sys.stdout.isatty():
        print(f"  {title} …", end="", flush=True)
    try:
        yield
    except BaseException:
        say(f"\r  {title:<58} failed after {time.monotonic() - start:.1f} s")
        raise
    seconds = time.monotonic() - start
    TIMES.append((title, seconds))
    say(f"\r  {title:<58} {seconds:6.1f} s")


@contextmanager
def lock(name, busy=None):
    """Let one process at a time do this; the others wait, or fail with ``busy``."""
    paths.CACHE.mkdir(exist_ok=True)
    with (paths.CACHE / f"{name}.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (fcntl.LOCK_NB if busy else 0))
        except BlockingIOError:
            raise Failure(busy) from None
        yield


def die_with_parent():
    """Called in a child process: it ends when we do, even when we are killed."""
    set_death_signal = 1
    ctypes.CDLL(None).prctl(set_death_signal, signal.SIGTERM)


def run(args, log, **kwargs):
    """Run a command, its output in ``.cache/log/<log>``; fail with its last lines."""
    paths.LOGS.mkdir(parents=True, exist_ok=True)
    target = paths.LOGS / log
    with target.open("w") as out:
        done = subprocess.run(
            [str(arg) for arg in args],
            stdout=out,
            stderr=subprocess.STDOUT,
            preexec_fn=die_with_parent,
            **kwargs,
        )
    if done.returncode:
        tail = "\n".join(target.read_text(errors="replace").splitlines()[-25:])
        raise Failure(f"{tail}\n\nFailed: {args[0]} …; all of it in {relative(target)}")
    return target


def relative(path):
    """A path as seen from the project's root, if it is inside."""
    try:
        return path.relative_to(paths.ROOT)
    except ValueError:
        return path
