"""Exit 0 when this container's web server answers /healthz; the Host header is one that it accepts."""

import http.client
import os
import sys

host = os.environ["SCHOOLOPS_ALLOWED_HOSTS"].split(",")[0]  # noqa: TID251
connection = http.client.HTTPConnection("127.0.0.1", 8000, timeout=4)
connection.request("GET", "/healthz", headers={"Host": host})
sys.exit(connection.getresponse().status != http.client.OK)
