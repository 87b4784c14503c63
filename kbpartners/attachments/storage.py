"""Where the bytes of evidence live: a folder now; another place later is another class with the same methods."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

from flask import current_app


class Store(Protocol):
    """What the feature asks of a place for files. Keys are made here, mean nothing, and are never shown."""

    def put(self, data: bytes, preview: bytes = b"") -> str:
        """Keep the bytes (and a photo's small preview); return the key. They are safe on the disk when this returns."""

    def open(self, key: str, *, preview: bool = False) -> BinaryIO:
        """The stored bytes, or those of the preview. Raises FileNotFoundError."""

    def delete(self, key: str) -> None:
        """Forget the bytes; nothing happens if they are gone already."""

    def keys(self, *, older_than: float) -> Iterator[str]:
        """Keys of everything written before an instant (seconds since 1970): for finding what no row names."""


class FolderStore:
    """A local folder, spread over 256 subfolders by the first two characters of the random key."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, data: bytes, preview: bytes = b"") -> str:
        key = secrets.token_hex(16)
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        if preview:
            self._write(path.with_suffix(".preview"), preview)
        self._write(path, data)
        return key

    def open(self, key: str, *, preview: bool = False) -> BinaryIO:
        path = self._path(key)
        return (path.with_suffix(".preview") if preview else path).open("rb")

    def delete(self, key: str) -> None:
        path = self._path(key)
        path.unlink(missing_ok=True)
        path.with_suffix(".preview").unlink(missing_ok=True)

    def keys(self, *, older_than: float) -> Iterator[str]:
        for path in self.folder.glob("??/*"):
            if not path.suffix and path.stat().st_mtime < older_than:
                yield path.name

    @staticmethod
    def _write(path: Path, data: bytes) -> None:
        scratch = path.with_suffix(".tmp")
        with scratch.open("wb") as target:
            target.write(data)
            target.flush()
            os.fsync(target.fileno())
        scratch.replace(path)

    def _path(self, key: str) -> Path:
        if not key.isalnum():
            raise FileNotFoundError(key)
        return self.folder / key[:2] / key


def store() -> Store:
    """The store of this installation (setting KBPARTNERS_DATA_DIR)."""
    return FolderStore(current_app.config["KB"].data_dir)
