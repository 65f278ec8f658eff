"""What is done once before anything is served."""

from __future__ import annotations

from zipfile import BadZipFile, ZipFile

from agents.embedded.training import ensure_trained
from domain.errors import SetupFailed
from runtime.bundle_keys import bundle_keys
from runtime.embedded import StackUrls
from runtime.policy_seed import policy_shelf
from runtime.sample import sample_company, unwritable
from runtime.servers import open_stores
from runtime.settings import Settings
from stores import redis_examination
from stores.people import PgRoster
from stores.schema import migrate


def train_once(settings: Settings) -> None:
    """Train the embedded model unless it is there. Raises SetupFailed when it cannot be written, or not be read."""
    folder = settings.models_folder
    try:
        with ZipFile(ensure_trained(folder)) as archive:
            damaged = archive.testzip() is not None
    except BadZipFile:
        damaged = True
    except OSError as error:
        raise SetupFailed(
            f"Cannot keep the embedded model in {folder}: {error.strerror}. Choose another folder with MAITRED_MODELS."
        ) from error
    if damaged:
        raise SetupFailed(f"The trained model in {folder} is damaged. Delete the files triage-*.npz there; the next start trains it anew.")


async def prepare(settings: Settings, urls: StackUrls) -> None:
    """Look at the keys and at both servers, bring the database to its schema, and put policy and people of the sample company into it.

    Raises SetupFailed with a sentence that says what to do.
    """
    try:
        settings.pepper()
        settings.ledger_seed()
        bundle_keys(settings)
        company = sample_company(settings.home)
    except OSError as error:
        raise unwritable(settings.home, error) from error
    await redis_examination.examine(urls.redis_url)
    await migrate(urls.database_url)
    async with open_stores(urls.database_url, urls.redis_url, 2) as stores:
        await policy_shelf(settings, stores.database)
        await PgRoster(stores.database).put(list(company.people))
