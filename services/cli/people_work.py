"""What `duban people` does, and how it says it."""

from rich.console import Console

from services.cli.servers import servers_running
from services.cli.traced import traced
from services.cli.upkeep import progress_bar
from services.privacy.opening import keyring_of
from services.settings import Settings


async def rotate(settings: Settings) -> int:
    """Rotate the master key; returns the exit code, 1 where keys could not be read. Raises PeopleKeysError."""
    console, keyring = Console(), keyring_of(settings)
    try:
        async with servers_running(settings), traced(settings, "people rotate-key"):
            with progress_bar(console) as progress:
                bar = progress.add_task("更换主密钥 rotating", total=None)
                done = await keyring.rotate(lambda count: progress.update(bar, completed=count))
    finally:
        await keyring.close()
    console.print(
        f"已重新加密 {done.rewrapped} 把密钥，销毁旧主密钥 {done.masters_destroyed} 把  "
        f"wrapped {done.rewrapped} keys anew, destroyed {done.masters_destroyed} old master keys"
    )
    if done.unreadable:
        console.print(
            f"{done.unreadable} 把密钥无法解开，其主密钥缺失  {done.unreadable} keys cannot be read: no master key",
            style="red",
        )
    return 1 if done.unreadable else 0
