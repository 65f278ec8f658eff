"""Serving: prepare once, then one process or several behind one port.

The parent imports nothing that only its workers need (`api/worker.py`): they load it side by side, and it would take as long again here.
"""

from __future__ import annotations

import asyncio
import os
import sys
from functools import partial

import uvicorn

from api.listening import refuse_unusable_port
from api.stopping import hear_stops
from api.supervisor import serve_forever
from api.wire import BoundedHttp
from runtime.embedded import EmbeddedStack, StackUrls, is_served, resolved_stack
from runtime.settings import Settings
from runtime.sign_in import first_account_link, served_at
from runtime.start import prepare, train_once

HUNG_AFTER_S = 15
"""A worker that answers its parent no sooner hangs and is replaced; one that loads its models on a busy machine may take more than 5 s."""
GRACE_S = 3
"""After the drain: what open requests have to send their answers."""


def serve(settings: Settings, application: str) -> None:
    """Serve `application`, a `module:function` that gives what a worker serves, until a signal comes.

    Raises SetupFailed with a sentence when that cannot be.
    """
    refuse_unusable_port(settings.host, settings.port)
    if settings.database_url is None and is_served(settings.home):
        EmbeddedStack(settings.home).start()
    hear_stops(_leave)
    sys.stderr.write("maitred gets ready (the first start trains the embedded model, which takes a minute) ...\n")
    train_once(settings)
    with resolved_stack(settings) as urls:
        asyncio.run(prepare(settings, urls))
        _hand_down(settings, urls)
        link = asyncio.run(first_account_link(settings, urls))
        refuse_unusable_port(settings.host, settings.port)  # getting ready takes a minute, and workers would share a port silently
        serve_forever(
            uvicorn.Config(
                application,
                factory=True,
                host=settings.host,
                port=settings.port,
                workers=settings.workers,
                loop="uvloop",
                http=BoundedHttp,
                log_config=None,
                log_level="warning",
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=int(settings.drain_s) + GRACE_S,
                timeout_keep_alive=30,
                timeout_worker_healthcheck=HUNG_AFTER_S,
            ),
            partial(_announce, settings, link),
        )


def _announce(settings: Settings, link: str | None) -> None:
    first = f"maitred has no account of the console yet; this link makes the first one: {link}\n" if link else ""
    sys.stderr.write(f"maitred serves {served_at(settings)} (API at /docs, ready at /readyz); Ctrl-C stops it\n{first}")
    sys.stderr.flush()


def _leave(number: int, frame: object) -> None:
    """A stop before uvicorn serves, or after it: leave through the `finally` of everything that was started, as after a job well done."""
    del number, frame
    raise SystemExit(0)


def _hand_down(settings: Settings, urls: StackUrls) -> None:
    """Workers read the environment: they must find the servers and folders of this parent."""
    os.environ |= {
        "MAITRED_DATABASE_URL": urls.database_url,
        "MAITRED_REDIS_URL": urls.redis_url,
        "MAITRED_HOME": str(settings.home.resolve()),
        "MAITRED_MODELS": str(settings.models_folder.resolve()),
    }
