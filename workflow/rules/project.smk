# Where the project lies: first of all, since the library that everything else imports lies in it.

import contextlib
import sys
import tarfile
import tempfile
from pathlib import Path


def find_project(source):
    """Return the project's folder, in which the library lies, from where this file came from.

    Of a module's `snakefile: github(...)` Snakemake has a bare clone and hands out single files: the whole project is
    unpacked from it, once for each commit.
    """
    if not hasattr(source, "hosted_repo"):
        return Path(str(source)).resolve().parents[1]
    repository = source.hosted_repo.repo
    folder = Path(".snakemake/videofer", repository.commit(source.ref).hexsha).absolute()
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as unpacked, tempfile.TemporaryFile() as archive:
            repository.archive(archive, folder.name)
            archive.seek(0)
            with tarfile.open(fileobj=archive) as content:
                content.extractall(Path(unpacked, "project"))
            with contextlib.suppress(OSError):  # of another process that was first
                Path(unpacked, "project").rename(folder)
    return folder


# Wherever Snakemake was started: the library lies in it, and the defaults of the configuration.
ROOT = find_project(workflow.current_basedir)
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))
