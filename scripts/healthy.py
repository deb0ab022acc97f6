"""Whether a process on this machine is well, for the health checks of docker-compose.yml: healthy.py PORT."""

import http.client
import sys

connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=5)
connection.request("GET", "/healthz")
sys.exit(connection.getresponse().status != http.client.OK)
