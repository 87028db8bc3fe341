"""Mozilla's own remote control (Marionette): JavaScript with the program's rights, run inside Thunderbird."""

import json
import socket
import time


class Marionette:
    """One connection; `script` returns what the JavaScript gives to `done(...)`."""

    def __init__(self, port, seconds=60):
        end = time.monotonic() + seconds
        while True:
            try:
                self.socket = socket.create_connection(("127.0.0.1", port), 5)
                break
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.2)
        self.socket.settimeout(120)
        self.rest = b""
        self.number = 0
        self._message()
        self._command("WebDriver:NewSession", {"capabilities": {"alwaysMatch": {"acceptInsecureCerts": True}}})
        self._command("Marionette:SetContext", {"value": "chrome"})
        self._command("WebDriver:SetTimeouts", {"script": 90000})

    def _message(self):
        while b":" not in self.rest:
            self._more()
        length, self.rest = self.rest.split(b":", 1)
        while len(self.rest) < int(length):
            self._more()
        message, self.rest = self.rest[: int(length)], self.rest[int(length):]
        return json.loads(message)

    def _more(self):
        octets = self.socket.recv(65536)
        if not octets:
            raise AssertionError("the program has gone")
        self.rest += octets

    def _command(self, name, parameters):
        self.number += 1
        said = json.dumps([0, self.number, name, parameters]).encode()
        self.socket.sendall(str(len(said)).encode() + b":" + said)
        _, number, error, result = self._message()
        assert number == self.number
        assert error is None, f"{name}: {error}"
        return result

    def script(self, text, *arguments):
        """Runs `text`, the body of an async function over `args`; its value."""
        wrapped = (
            "const args = [...arguments]; const done = args.pop();"
            "(async () => {" + text + "})().then(value => done({value}), error => done({error: String(error) + '\\n' + (error.stack || '')}));"
        )
        result = self._command(
            "WebDriver:ExecuteAsyncScript",
            {"script": wrapped, "args": list(arguments), "newSandbox": True, "sandbox": "system"},
        )["value"]
        assert "error" not in result, result["error"]
        return result.get("value")

    def quit(self):
        try:
            self._command("Marionette:Quit", {"flags": ["eForceQuit"]})
        except AssertionError:
            pass
        self.socket.close()
