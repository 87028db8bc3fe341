"""A deflated line, with partial, sync and full flushes from the client (users' iPhones stalled on the first kind, A16): a mailbox is filled and read through it."""

import zlib

from compressed import Compressed
from message import letter, letter_with_photo, same_body
from reading import unverified

FLUSHES = (zlib.Z_PARTIAL_FLUSH, zlib.Z_SYNC_FLUSH, zlib.Z_FULL_FLUSH)


def run(box):
    for number, flush in enumerate(FLUSHES):
        client = Compressed("127.0.0.1", box.port("imaps"), ssl_context=unverified())
        client.login("bob@house.test", "bob's password")
        client.begin(flush)
        mailbox = f"Flush{number}"
        assert client.create(mailbox)[0] == "OK"
        sent = [letter(f"Letter {n}").as_bytes() for n in range(30)]
        sent.append(letter_with_photo("A photo", zlib.compress(bytes(range(256)) * 3000) * 40).as_bytes())
        for raw in sent:
            ok, said = client.append(mailbox, None, None, raw)
            assert ok == "OK", said
        assert client.select(mailbox) == ("OK", [str(len(sent)).encode()])
        ok, answer = client.fetch("1:*", "(BODY.PEEK[])")
        got = [part[1] for part in answer if isinstance(part, tuple)]
        assert len(got) == len(sent)
        for one, other in zip(sent, got):
            same_body(one, other)
        # Many small commands, each an answer of its own.
        for n in range(1, 31):
            ok, said = client.store(str(n), "+FLAGS", "(\\Flagged)")
            assert ok == "OK" and b"\\Flagged" in said[0], said
        assert len(client.search(None, "FLAGGED", "TEXT", "dots")[1][0].split()) == 30
        client.logout()
