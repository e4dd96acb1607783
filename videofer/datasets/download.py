"""Fetch archives of an open record of Zenodo: resumable, and checked against the record's own checksums."""

import hashlib
import http.client
import json
import logging
import time
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

from videofer.core.artifacts import atomic_path
from videofer.core.errors import UserError

log = logging.getLogger(__name__)

CHUNK = 1 << 20
TIMEOUT = 60  # seconds without a byte
ATTEMPTS = 5
WAIT = 2.0  # seconds before the second attempt; doubles
PASSING = (urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError)


def fetch_record(url: str, out: str | Path, wait: float = WAIT) -> None:
    """Keep a record as JSON: name, size, address and published checksum of each of its files; raises UserError."""

    def fetch() -> bytes:
        with urllib.request.urlopen(url, timeout=TIMEOUT) as reply:
            return reply.read()

    content = _try_again(fetch, url, wait)
    try:
        files = {one["key"]: _describe(one) for one in json.loads(content)["files"]}
    except (ValueError, KeyError, TypeError):
        raise UserError(f"{url} is not a record with files, as Zenodo gives them: correct the address.") from None
    with atomic_path(out) as temporary:
        temporary.write_text(json.dumps(files, indent=1), encoding="utf-8")


def download_archive(
    record: str | Path, name: str, folder: str | Path, out: str | Path, wait: float = WAIT
) -> None:
    """Download the archive `name` of a kept record, check it, unpack it into `folder`, and note it in `out`.

    What arrived before an interruption stays in folder/downloads and is not fetched again. Raises UserError if the
    archive is not in the record, cannot be had, or differs from its published size or checksum.
    """
    files = json.loads(Path(record).read_text(encoding="utf-8"))
    if name not in files:
        raise UserError(f"{record} has no file {name}: it holds {', '.join(sorted(files)[:5])} and so on.")
    told = files[name]
    part = Path(folder) / "downloads" / f"{name}.part"
    part.parent.mkdir(parents=True, exist_ok=True)
    _try_again(lambda: _continue(told["url"], part, told["size"]), told["url"], wait)
    _verify(part, told)
    with zipfile.ZipFile(part) as archive:
        archive.extractall(folder)
    part.unlink()
    with atomic_path(out) as temporary:
        temporary.write_text(f"{told['checksum']}  {name}\n", encoding="utf-8")


def _describe(one: dict) -> dict:
    kind, _, digest = one["checksum"].partition(":")
    if kind not in hashlib.algorithms_available or not digest:
        raise ValueError(one["checksum"])
    return {"size": int(one["size"]), "checksum": one["checksum"], "url": one["links"]["self"]}


def _try_again(action, url: str, wait: float):
    """Run `action` until it succeeds, at most five times; a server's refusal (4xx) is final."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return action()
        except PASSING as error:
            refused = isinstance(error, urllib.error.HTTPError) and 400 <= error.code < 500 and error.code != 429
            if attempt == ATTEMPTS or refused:
                raise UserError(f"{url} cannot be fetched ({error}): try again later; what came is kept.") from None
            log.warning("attempt %d of %d: %s", attempt, ATTEMPTS, error)
            time.sleep(wait * 2 ** (attempt - 1))


def _continue(url: str, part: Path, size: int) -> None:
    """Append to `part` what is missing of `size` bytes; begin anew where the server cannot go on from a place."""
    held = part.stat().st_size if part.exists() else 0
    if held >= size:
        return
    request = urllib.request.Request(url, headers={"Range": f"bytes={held}-"} if held else {})
    with urllib.request.urlopen(request, timeout=TIMEOUT) as reply:
        went_on = reply.status == 206
        log.info("%s: %d of %d bytes are there%s", part.name, held, size, "" if went_on or not held else ", anew")
        with part.open("ab" if went_on else "wb") as file:
            while chunk := reply.read(CHUNK):
                file.write(chunk)
    got = part.stat().st_size
    if got < size:
        raise ConnectionError(f"the connection ended after {got} of {size} bytes")


def _verify(part: Path, told: dict) -> None:
    kind, _, expected = told["checksum"].partition(":")
    with part.open("rb") as file:
        digest = hashlib.file_digest(file, kind).hexdigest()
    if digest != expected or part.stat().st_size != told["size"]:
        part.unlink()
        raise UserError(
            f"{told['url']} does not have its published checksum {told['checksum']}, but {kind}:{digest}: it was "
            "deleted; run again."
        )
