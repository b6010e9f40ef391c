"""`duban documents`: whether every file that an event names is there, with the bytes it was issued with."""

from rich.console import Console

from services.cli.servers import servers_running
from services.settings import Role, Settings
from services.store.document_store import DocumentStore
from services.store.pools import open_pool

_SHOWN = 50


async def check_documents(settings: Settings) -> int:
    """Compare, and name what is missing or changed; returns the exit code, 1 where something is."""
    console = Console()
    async with servers_running(settings), await open_pool(settings.dsn(Role.APP), max_size=1) as pool:
        store = DocumentStore(pool)
        files, faults = await store.count(), await store.faults()
    console.print(
        f"文书文件 {files} 个，缺失 {len(faults.missing)} 个，损坏 {len(faults.damaged)} 个  "
        f"{files} files, {len(faults.missing)} missing, {len(faults.damaged)} damaged"
    )
    for what, hashes in (("缺失 missing", faults.missing), ("损坏 damaged", faults.damaged)):
        for sha256 in hashes[:_SHOWN]:
            console.print(f"  {what} {sha256}", style="red", soft_wrap=True)
        if len(hashes) > _SHOWN:
            console.print(f"  … {len(hashes) - _SHOWN}")
    return 1 if faults.missing or faults.damaged else 0
