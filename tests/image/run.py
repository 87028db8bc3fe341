#!/usr/bin/env python3
"""The image in machines made of nothing: it boots, does its job, loses power, is updated.

    IMAGE=pillarbox-0.1.0-pi64.img.zst tests/image/run.py             all of them
    IMAGE=... tests/image/run.py story                                only these

A program that is missing fails the run: nothing is skipped.
"""

import importlib
import shutil
import sys
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from itertools import chain

import card

# What each job is, is said in its file.
JOBS = ("story", "update", "powercut", "updatecut", "child", "data", "rescue", "network", "small", "board", "boot", "twice")
# An emulated machine keeps a core busy only while it boots.
TOGETHER = 2
# Those that judge how long something takes come last, with nothing beside them.
ALONE = ("small",)


def do(name):
    begun = time.monotonic()
    try:
        importlib.import_module(f"job_{name}").run()
        return name, None, time.monotonic() - begun
    except BaseException:
        return name, traceback.format_exc(), time.monotonic() - begun


def main():
    names = sys.argv[1:] or JOBS
    unknown = [name for name in names if name not in JOBS]
    if unknown:
        raise SystemExit(f"no such job: {', '.join(unknown)}; there are {', '.join(JOBS)}")
    failed = 0
    try:
        with ThreadPoolExecutor(TOGETHER) as pool:
            together = pool.map(do, [name for name in names if name not in ALONE])
            for name, error, seconds in chain(together, map(do, [name for name in names if name in ALONE])):
                print(f"image {name:<12} {'FAILED' if error else 'ok'} ({seconds:.1f} s)", flush=True)
                if error:
                    failed += 1
                    print(error, flush=True)
    finally:
        shutil.rmtree(card.work, ignore_errors=True)
    print(f"{len(names) - failed} passed, {failed} failed")
    raise SystemExit(1 if failed else 0)


main()
