"""What can keep the demo from beginning."""

from pathlib import Path


class DataFolderUsedError(RuntimeError):
    """The data folder holds a city already: the demo wants an empty folder of its own."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"{folder} was used before; choose an empty folder")
        self.folder = folder
