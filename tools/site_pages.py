"""What `make docs` adds to mkdocs: pages of the project that lie outside docs/, and links that leave docs/."""

import posixpath
import re
from pathlib import Path

from mkdocs.structure.files import File

ROOT = Path(__file__).parents[1]
# Page of the project -> its name on the site.
OUTSIDE = {
    "README.md": "project.md",
    "benchmarks/README.md": "benchmarks.md",
    "results/README.md": "results-folder.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
}
LINK = re.compile(r"\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)#\s]+)(#[^)\s]*)?\)")


def on_files(files, config):
    """Add the pages that lie outside docs/."""
    for path, name in OUTSIDE.items():
        files.append(File.generated(config, name, abs_src_path=str(ROOT / path)))
    return files


def on_page_markdown(markdown, page, config, files):
    """Let links lead to pages of the site, else to the repository, else, where that has no address, nowhere."""
    name = page.file.src_uri
    source = next((path for path, site in OUTSIDE.items() if site == name), f"docs/{name}")

    def lead(match):
        text, target, anchor = match[1], match[2], match[3] or ""
        if re.match(r"https?:|mailto:", target):
            return match[0]
        path = posixpath.normpath(posixpath.join(posixpath.dirname(source), target))
        if not (ROOT / path).exists():
            return match[0]  # mkdocs names it
        site = OUTSIDE.get(path, path.removeprefix("docs/") if path.startswith("docs/") else None)
        if site and files.get_file_from_path(site):
            return f"[{text}]({posixpath.relpath(site, posixpath.dirname(name) or '.')}{anchor})"
        return f"[{text}]({config.repo_url.rstrip('/')}/blob/main/{path}{anchor})" if config.repo_url else text

    return LINK.sub(lead, markdown)
