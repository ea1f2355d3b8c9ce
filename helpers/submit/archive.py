"""One zip to hand in: the notebook or several, the models, and a manifest with the hash of each."""

import hashlib
import json
import zipfile
from pathlib import Path

import helpers
from helpers.errors import CourseError
from helpers.files import whole
from helpers.submit.bounds import FOLDER, MOST_BYTES, MOST_FILES

MANIFEST = "manifest.json"
ENDINGS = (".safetensors", ".json")
# The same content gives the same zip, whenever it was packed.
DATE = (1980, 1, 1, 0, 0, 0)


def pack(
    assignment: str, notebooks: dict[str, bytes], folder: Path, out: Path
) -> tuple[Path, list[str]]:
    """Write ``out/ASSIGNMENT.zip``; return its path and the names of the files in it.

    Args:
        assignment: such as ``"gan-mnist"``.
        notebooks: {the name under which it is packed: its bytes}.
        folder: of the notebooks; files of its ``models`` folder are packed, too.
        out: created if it does not exist.

    Raises:
        CourseError: a model cannot be read, there are too many of them, or the zip cannot
            be written.
    """
    files = dict(notebooks)
    for path in models(folder):
        try:
            files[f"{FOLDER}/{path.name}"] = path.read_bytes()
        except OSError as error:
            raise CourseError(f"{path} cannot be read: {error.strerror or error}.") from None
    sums = {
        name: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
        for name, content in files.items()
    }
    manifest = {"assignment": assignment, "kit": helpers.__version__, "files": sums}
    files[MANIFEST] = json.dumps(manifest, indent=2).encode()
    path = out / f"{assignment}.zip"
    try:
        with whole(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in files.items():
                about = zipfile.ZipInfo(name, DATE)
                about.external_attr = 0o100644 << 16
                archive.writestr(about, content, zipfile.ZIP_DEFLATED)
    except OSError as error:
        raise CourseError(f"{path} could not be written: {error.strerror or error}.") from None
    return path, list(files)


def models(folder: Path) -> list[Path]:
    """The ordinary files of ``folder/models`` that are handed in, sorted.

    Raises:
        CourseError: they are too many or too large for the grader.
    """
    found = sorted(
        path
        for path in (folder / FOLDER).glob("*")
        if path.suffix in ENDINGS and path.is_file() and not path.name.startswith(".")
    )
    size = sum(path.stat().st_size for path in found)
    # One of them is the manifest.
    if len(found) >= MOST_FILES or size > MOST_BYTES:
        raise CourseError(
            f"{folder / FOLDER} holds {len(found)} files with {size / 1e6:,.0f} MB; up to "
            f"{MOST_FILES - 1} files and {MOST_BYTES // 10**6} MB are taken: remove what you do "
            "not hand in."
        )
    return found
