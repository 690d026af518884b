"""How gunicorn serves the portal; the containers, the systemd unit and the measurements use this one file."""

wsgi_app = "schoolops.wsgi"
worker_class = "gthread"
workers = 2
threads = 4
# Held connections would stay with the worker that took them first, and the other one would wait beside a queue: with eight
# clients that halves the pages a second. The proxy is a hop away on the same machine; a new connection costs it nothing.
keepalive = 0
timeout = 60
graceful_timeout = 30
max_requests = 5000
max_requests_jitter = 500
