"""imapflow goes away and comes back, many times: COMPRESS, CONDSTORE, QRESYNC, UTF8=ACCEPT."""

import os
from pathlib import Path

import tool

HERE = Path(__file__).resolve().parent


def run(box):
    said = tool.run("node", HERE / "resync.mjs", str(box.port("imaps")), cwd=HERE, env={**os.environ, "NODE_NO_WARNINGS": "1"})
    assert b"all done" in said, said
