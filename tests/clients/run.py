#!/usr/bin/env python3
"""Real programs that no one here wrote do a full job against the running binary.

    tests/clients/run.py             all of them
    tests/clients/run.py curl mbsync only these

Each job has a box of its own. A program that is not installed fails the run: nothing is skipped.
"""

import sys
import time
import traceback
from concurrent.futures import ThreadPoolExecutor

import job_alpine
import job_compress
import job_curl
import job_dane
import job_dkim
import job_exim
import job_fetchmail
import job_forward
import job_mbsync
import job_mdns
import job_msmtp
import job_neomutt
import job_node
import job_offlineimap
import job_outside
import job_postfix
import job_python
import job_relay
import job_resync
import job_settings
import job_setup
import job_setup_page
import job_sts
import job_swaks
import job_thunderbird
import job_unwanted
import job_verify
from box import Box

JOBS = {
    "curl": job_curl.run,
    "swaks": job_swaks.run,
    "msmtp": job_msmtp.run,
    "mbsync": job_mbsync.run,
    "fetchmail": job_fetchmail.run,
    "python": job_python.run,
    "unwanted": job_unwanted.run,
    "node": job_node.run,
    "settings": job_settings.run,
    "setup": job_setup.run,
    "compress": job_compress.run,
    "resync": job_resync.run,
    "offlineimap": job_offlineimap.run,
    "neomutt": job_neomutt.run,
    "alpine": job_alpine.run,
    "thunderbird": job_thunderbird.run,
}
# Those that make their box themselves, with a world around it.
WORLDS = {
    "dkim": job_dkim.run,
    "verify": job_verify.run,
    "postfix": job_postfix.run,
    "exim": job_exim.run,
    "outside": job_outside.run,
    "forward": job_forward.run,
    "sts": job_sts.run,
    "relay": job_relay.run,
    "dane": job_dane.run,
    "mdns": job_mdns.run,
    "setup-page": job_setup_page.run,
}
# Most of a job is waiting.
TOGETHER = 4


def do(name):
    begun = time.monotonic()
    try:
        if name in WORLDS:
            WORLDS[name]()
        else:
            with Box() as box:
                JOBS[name](box)
                box.stop()
                box.check()
        return name, None, time.monotonic() - begun
    except BaseException:
        return name, traceback.format_exc(), time.monotonic() - begun


def main():
    known = [*WORLDS, *JOBS]
    names = sys.argv[1:] or known
    unknown = [n for n in names if n not in known]
    if unknown:
        raise SystemExit(f"no such job: {', '.join(unknown)}; there are {', '.join(known)}")
    failed = 0
    with ThreadPoolExecutor(TOGETHER) as pool:
        for name, error, seconds in pool.map(do, names):
            print(f"client {name:<10} {'FAILED' if error else 'ok'} ({seconds:.1f} s)", flush=True)
            if error:
                failed += 1
                print(error, flush=True)
    print(f"{len(names) - failed} passed, {failed} failed")
    raise SystemExit(1 if failed else 0)


main()
