"""Exit 0 when this container's web server answers /healthz; the Host header is one that it accepts."""

import http.client
import os
import sys

host = os.environ["SCHOOLOPS_ALLOWED_HOSTS"].split(",")[0]  # noqa: TID251
port = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
connection = http.client.HTTPConnection("127.0.0.1", port, timeout=4)
connection.request("GET", "/healthz", headers={"Host": host})
status = connection.getresponse().status
sys.exit(0 if status == http.client.OK else f"/healthz answers {status}")
