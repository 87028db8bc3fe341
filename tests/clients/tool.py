"""Running a program and insisting on its success."""

import os
import subprocess

SECONDS = 60


def run(*command, stdin=None, expect=0, seconds=SECONDS, **more):
    """Its standard output as bytes; fails with everything it said when it ends otherwise than expected."""
    if isinstance(stdin, str):
        stdin = stdin.encode()
    done = subprocess.run(command, input=stdin, capture_output=True, timeout=seconds, **more)
    codes = (expect,) if isinstance(expect, int) else expect
    assert done.returncode in codes, (
        f"{' '.join(map(str, command))}\nended with {done.returncode}, expected {codes}\n"
        f"{done.stdout.decode(errors='replace')}\n{done.stderr.decode(errors='replace')}"
    )
    return done.stdout


def as_root(*command, **more):
    """The same with root's rights, for the programs that start only so."""
    return run(*(() if os.geteuid() == 0 else ("sudo",)), *command, **more)
