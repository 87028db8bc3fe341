"""nodemailer and imapflow: a Node program sends, listens, reads parts, flags, moves, searches and deletes."""

import os
from pathlib import Path

import tool

HERE = Path(__file__).resolve().parent


def run(box):
    """`tests/run` installs the two packages beside node.mjs; NODE_PATH would not reach ES modules."""
    said = tool.run(
        "node", HERE / "node.mjs", str(box.port("submission")), str(box.port("submissions")), str(box.port("imaps")),
        str(box.port("imap")), cwd=HERE, env={**os.environ, "NODE_NO_WARNINGS": "1"},
    )
    assert b"all done" in said, said
