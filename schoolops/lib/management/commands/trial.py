"""The portal for one machine: web, worker, beat and the threads of apps in a single process, on a broker in memory."""

import os
import signal
import sys
import threading
from contextlib import suppress
from typing import Any

from celery import Celery
from celery.beat import EmbeddedService
from celery.worker import WorkController
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.utils.module_loading import import_string

from schoolops.celery import app
from schoolops.lib import demo, env
from schoolops.lib.tasks import heartbeat
from schoolops.wsgi import application

HOST = "127.0.0.1"
# Browsers keep idle connections open; each holds a thread and a database connection here.
KEEP_ALIVE_SECONDS = 15
# A task that is still running then is found by its lease and done at the next start.
STOP_SECONDS = 2.0


class QuietRequestHandler(WSGIRequestHandler):
    timeout = KEEP_ALIVE_SECONDS

    def handle(self) -> None:
        with suppress(TimeoutError):
            super().handle()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


class WebThread(threading.Thread):
    """Takes the port when it is made, so that a taken port is known before anything else starts."""

    def __init__(self, port: int) -> None:
        super().__init__(name="web", daemon=True)
        self.server = ThreadedWSGIServer((HOST, port), QuietRequestHandler)
        self.server.set_app(application)

    def run(self) -> None:
        self.server.serve_forever(poll_interval=0.1)

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class WorkerThread(threading.Thread):
    def __init__(self, app: Celery) -> None:
        super().__init__(name="worker", daemon=True)
        self.worker = WorkController(
            app=app,
            hostname="trial@localhost",
            pool_cls="threads",
            concurrency=2,
            loglevel="WARNING",
            quiet=True,
            without_heartbeat=True,
            without_mingle=True,
            without_gossip=True,
        )

    def run(self) -> None:
        self.worker.start()

    def stop(self) -> None:
        self.worker.stop()


class Command(BaseCommand):
    help = "Serves the portal on this machine with worker and beat in the same process; bin/run calls it."

    def handle(self, *args: Any, **options: Any) -> None:
        port = int(env.text("PORT", "8000"))
        try:
            web = WebThread(port)
        except OSError as error:
            raise CommandError(f"Port {port} on {HOST} cannot be used: {error.strerror}.") from error
        # Blocked before any thread starts, so that only the wait below receives them.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
        threads = [web, *self.background_threads()]
        for thread in threads:
            thread.start()
        # Beat rings for the first time after its interval; until then the portal would call itself not ready.
        heartbeat.delay()
        self.welcome(port)
        failed = self.wait_for_end(threads)
        self.stop_all(threads)
        if failed:
            self.stderr.write(f"The {failed} thread ended by itself; everything is stopped.")
        sys.stdout.flush()
        # The interpreter's own exit would wait for a task that outlasts STOP_SECONDS.
        os._exit(1 if failed else 0)

    def background_threads(self) -> list[Any]:
        app.finalize()
        app.loader.import_default_modules()
        beat = EmbeddedService(app, thread=True, schedule_filename=str(settings.DATA_DIR / "beat-schedule"))
        return [WorkerThread(app), beat, *(import_string(name)() for name in settings.TRIAL_THREADS)]

    def welcome(self, port: int) -> None:
        self.stdout.write(f"\nschoolops: http://{HOST}:{port}/    Ctrl-C: dừng / stop\n")
        if settings.DEMO:
            self.stdout.write(f"Tài khoản dùng thử, mật khẩu / demo accounts, password: {demo.PASSWORD}")
            for username, role in demo.ROLES.items():
                self.stdout.write(f"  {username:<15}{role}")
        self.stdout.flush()

    def wait_for_end(self, threads: list[Any]) -> str:
        """Until a signal asks for the end, or a thread has died: its name, or nothing."""
        while not signal.sigtimedwait({signal.SIGINT, signal.SIGTERM}, 1.0):
            for thread in threads:
                if not thread.is_alive():
                    return str(thread.name)
        return ""

    def stop_all(self, threads: list[Any]) -> None:
        stoppers = [threading.Thread(target=thread.stop, daemon=True) for thread in threads]
        for stopper in stoppers:
            stopper.start()
        for stopper in stoppers:
            stopper.join(STOP_SECONDS)
