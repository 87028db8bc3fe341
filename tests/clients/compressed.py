"""IMAP over a deflated line (RFC 4978): Python's own zlib at the client's end, with each way of flushing."""

import imaplib
import zlib

imaplib.Commands["COMPRESS"] = ("AUTH", "SELECTED")


class Compressed(imaplib.IMAP4_SSL):
    """`begin(flush)` after log-in; `flush` is how this client ends what it sends."""

    def begin(self, flush):
        typ, said = self._simple_command("COMPRESS", "DEFLATE")
        assert typ == "OK", said
        self._inflate = zlib.decompressobj(-15)
        self._deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
        self._flush = flush
        self._ready = b""

    def _more(self):
        octets = self.sock.recv(4096)
        if not octets:
            raise self.abort("the server has gone")
        self._ready += self._inflate.decompress(octets)

    def read(self, size):
        if not hasattr(self, "_inflate"):
            return super().read(size)
        while len(self._ready) < size:
            self._more()
        got, self._ready = self._ready[:size], self._ready[size:]
        return got

    def readline(self):
        if not hasattr(self, "_inflate"):
            return super().readline()
        while b"\n" not in self._ready:
            self._more()
        line, self._ready = self._ready.split(b"\n", 1)
        return line + b"\n"

    def send(self, data):
        if hasattr(self, "_deflate"):
            data = self._deflate.compress(bytes(data)) + self._deflate.flush(self._flush)
        super().send(data)
