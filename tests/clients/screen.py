"""A program of the terminal, typed to and read as a person would: in a tmux of its own."""

import os
import subprocess

from world import eventually


class Screen:
    """`with Screen(folder, "neomutt", ...) as screen: screen.see("Inbox"); screen.keys("d")`"""

    def __init__(self, folder, *command, environment=None):
        self.server = ["tmux", "-S", str(folder / "tmux"), "-f", "/dev/null"]
        quoted = " ".join("'" + str(word).replace("'", "'\\''") + "'" for word in command)
        subprocess.run(
            [*self.server, "new-session", "-d", "-x", "120", "-y", "40", f"{quoted}; echo 'ended with' $?; sleep 600"],
            check=True, env={**os.environ, "HOME": str(folder), "TERM": "screen", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", **(environment or {})},
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run([*self.server, "kill-server"], check=False, capture_output=True)

    def text(self):
        return subprocess.run([*self.server, "capture-pane", "-p"], capture_output=True, text=True, check=False).stdout

    def see(self, *texts):
        """Waits until all of them stand on the screen; what stands there."""
        eventually(lambda: all(text in self.text() for text in texts), lambda: f"{texts} on the screen:\n{self.text()}")
        return self.text()

    def gone(self, text):
        eventually(lambda: text not in self.text(), lambda: f"{text!r} off the screen:\n{self.text()}")

    def type(self, text):
        """Text, letter by letter as it stands."""
        subprocess.run([*self.server, "send-keys", "-l", text], check=True)

    def keys(self, *keys):
        """Keys by tmux's names: Enter, C-c, Down ..."""
        subprocess.run([*self.server, "send-keys", *keys], check=True)
