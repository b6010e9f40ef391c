"""What `duban log keys|rotate|retire` do: list the keys that sign the log, and change them with a trace in the log."""

from rich.console import Console

from services.cli.servers import servers_running
from services.cli.traced import traced
from services.settings import Settings
from services.transparency.keys import KeyFolder


def list_keys(settings: Settings) -> None:
    """Print every public key, those in force first."""
    folder, console = KeyFolder(settings.log_keys), Console()
    in_force = {signer.verifier for signer in folder.signers()}
    for verifier in sorted(folder.verifiers(), key=lambda each: each not in in_force):
        console.print(str(verifier), markup=False, highlight=False, soft_wrap=True)
        if verifier not in in_force:
            console.print("  已停用  retired")


async def add_key(settings: Settings) -> None:
    """Put another key in force and print its public half."""
    async with servers_running(settings), traced(settings, "log rotate") as trail:
        folder = KeyFolder(settings.log_keys)
        created = folder.drawn(settings.log_origin)
        # The event first: a key in force without one would be found by the notary, and told a second time.
        await trail.log_key_changed("created", str(created.verifier))
        folder.put_in_force(created)
    Console().print(str(created.verifier), markup=False, highlight=False, soft_wrap=True)


async def retire_key(settings: Settings, key_id: str) -> None:
    """Retire a key."""
    async with servers_running(settings), traced(settings, "log retire", key_id) as trail:
        folder = KeyFolder(settings.log_keys)
        folder.retirable(key_id)
        await trail.log_key_changed("retired", key_id)
        folder.retire(key_id)
    Console().print(f"{key_id} 已停用  retired")
