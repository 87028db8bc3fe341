"""swaks: each log-in mechanism it knows, TLS both ways, pipelining off and on, refusals with their codes."""

import tool
from message import letter


def swaks(box, service, *arguments, expect=0):
    return tool.run(
        "swaks", "--server", "127.0.0.1", "--port", str(box.port(service)), "--timeout", "20",
        "--helo", "client.test", *arguments, expect=expect,
    ).decode()


def run(box):
    ann = ("--auth-user", "ann@house.test", "--auth-password", "ann's password")
    path = ("--from", "ann@house.test", "--to", "bob@house.test")
    data = ("--data", letter("From swaks").as_string())

    swaks(box, "submission", "-tls", "--auth", "PLAIN", *ann, *path, *data)
    swaks(box, "submission", "-tls", "--auth", "LOGIN", *ann, *path, *data)
    swaks(box, "submissions", "-tlsc", "--auth", "PLAIN", *ann, *path, *data)
    swaks(box, "submissions", "-tlsc", "--pipeline", "--auth", "PLAIN", *ann, *path, *data)

    # The world on port 25: people of the house are known, nobody else is, and nothing is relayed.
    swaks(box, "smtp", "--from", "eve@elsewhere.test", "--to", "bob@house.test", *data)
    swaks(box, "smtp", "-tls", "--from", "<>", "--to", "postmaster@house.test", *data)
    said = swaks(box, "smtp", "--from", "eve@elsewhere.test", "--to", "nobody@house.test", *data, expect=24)
    assert "550 5.1.1" in said, said
    said = swaks(box, "smtp", "--from", "eve@elsewhere.test", "--to", "x@elsewhere.test", *data, expect=24)
    assert "550 5.7.1" in said, said
    swaks(box, "smtp", "-tls", "--auth", "PLAIN", *ann, *path, *data, expect=28)

    # The household's ports ask who it is, and whose address is used.
    said = swaks(box, "submission", "-tls", *path, *data, expect=23)
    assert "530 5.7.0" in said, said
    said = swaks(box, "submission", "-tls", "--auth", "PLAIN", "--auth-user", "ann@house.test",
                 "--auth-password", "wrong", *path, *data, expect=28)
    assert "535 5.7.8" in said, said
    swaks(box, "submission", "-tls", *ann, "--auth", "PLAIN", "--from", "bob@house.test", "--to", "ann@house.test",
          *data, expect=(23, 24))

    assert "SIZE" in swaks(box, "smtp", "--quit-after", "EHLO")
