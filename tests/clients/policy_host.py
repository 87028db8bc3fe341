"""A web server over TLS for one file (`policy_host.py ADDRESS PORT CERTIFICATE KEY FILE`): where a domain says what its mail hosts must prove.

A process of its own, because root's rights are needed for the port, 443: MTA-STS knows no other.
"""

import http.server
import ssl
import sys
from pathlib import Path


class Policy(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        found = self.path == "/.well-known/mta-sts.txt"
        octets = Path(sys.argv[5]).read_bytes() if found else b""
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(octets)))
        self.end_headers()
        self.wfile.write(octets)


def main():
    server = http.server.ThreadingHTTPServer((sys.argv[1], int(sys.argv[2])), Policy)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[3], sys.argv[4])
    # The handshake belongs into the connection's own thread.
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    print("ready", flush=True)
    server.serve_forever()


main()
