"""Read the notebooks of one hand-in to find the one that counts, within bounds on all together."""

from pathlib import Path

import nbformat
from nbformat import NotebookNode

from helpers import notebook_file
from helpers.bounds import LARGEST_NOTEBOOK, MOST_BYTES, MOST_NOTEBOOKS, MOST_VALUES
from helpers.errors import CourseError

NOT_READ = (
    f"it was not read: up to {MOST_NOTEBOOKS} notebooks of one student are looked at, "
    f"{MOST_BYTES // 10**6} MB and {MOST_VALUES:,} values in all"
)


class Several:
    """Reads one notebook after the other, and none once they are too much together."""

    def __init__(self) -> None:
        self.count, self.bytes, self.values = MOST_NOTEBOOKS, MOST_BYTES, MOST_VALUES

    def has_room(self, size: int) -> bool:
        """Whether a further notebook of so many bytes may be read."""
        return self.count > 0 and self.bytes >= size and self.values > 0

    def parse(self, raw: bytes, name: Path | str) -> NotebookNode:
        """The notebook in these bytes, without outputs. Raises CourseError if it is none."""
        if not self.has_room(len(raw)):
            raise CourseError(f"{name}: {NOT_READ}.")
        self.count, self.bytes = self.count - 1, self.bytes - len(raw)
        read = notebook_file.parse(raw, name)
        self.values -= read.values
        for cell in read.content["cells"]:
            if cell["cell_type"] == "code":
                cell["outputs"] = []
        return nbformat.from_dict(read.content)

    def read(self, path: Path) -> NotebookNode:
        """The same, of a file. Raises CourseError also if it cannot be opened."""
        try:
            size = path.lstat().st_size
            if size > LARGEST_NOTEBOOK or not self.has_room(size):
                raise CourseError(f"{path}: {NOT_READ}.")
            return self.parse(path.read_bytes(), path)
        except OSError as error:
            raise CourseError(f"{path} cannot be read: {error.strerror or error}.") from None
