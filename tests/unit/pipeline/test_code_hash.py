"""A rule's code hash changes with what the code does, and with nothing else."""

import os

import pytest

from videofer.pipeline import code_hash as module
from videofer.pipeline.code_hash import code_hash

MODULE = '"""A module."""\n\n\ndef double(x):\n    """Double it."""\n    return 2 * x\n'


@pytest.fixture
def project(tmp_path):
    files = {
        "videofer/__init__.py": "",
        "videofer/step.py": "from videofer.deep.tool import double\n",
        "videofer/deep/__init__.py": "",
        "videofer/deep/tool.py": MODULE,
        "videofer/other.py": "x = 1\n",
        "workflow/scripts/run_step.py": "from videofer.step import double\n\ndouble(2)\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def current(project):
    module._read.cache_clear()
    return code_hash(project / "workflow/scripts/run_step.py", project)


def test_a_module_loaded_by_name_counts_where_it_is_named(project):
    step = project / "videofer/step.py"
    step.write_text("from videofer.models.registry import load\n" + step.read_text())
    (project / "videofer/models").mkdir()
    for name in ("registry", "one"):
        (project / f"videofer/models/{name}.py").write_text("x = 1\n")

    def hashes():
        module._read.cache_clear()
        arguments = (project / "workflow/scripts/run_step.py", project)
        return code_hash(*arguments), code_hash(*arguments, modules=[project / "videofer/models/one.py"])

    plain, with_one = hashes()
    (project / "videofer/models/registry.py").write_text("x = 2\n")
    assert hashes() == (plain, with_one)
    (project / "videofer/models/one.py").write_text("x = 2\n")
    assert hashes()[0] == plain and hashes()[1] != with_one


@pytest.mark.parametrize("name", ["workflow/scripts/run_step.py", "videofer/step.py", "videofer/deep/tool.py"])
def test_an_edit_of_script_or_imported_module_changes_it(project, name):
    before = current(project)
    (project / name).write_text((project / name).read_text().replace("2", "3").replace("import double", "import *"))
    assert current(project) != before


def reword(project):
    text = MODULE.replace("Double it.", "Twice.").replace("    return", "    # twice\n\n    return")
    (project / "videofer/deep/tool.py").write_text(text)
    os.utime(project / "videofer/step.py", (1, 1))


@pytest.mark.parametrize(("edit", "same"), [
    (reword, True),
    (lambda project: (project / "videofer/other.py").write_text("x = 2\n"), True),
    (lambda project: (project / "videofer/deep/basis.npz").write_bytes(b"mesh"), False),
], ids=["comments, docstrings, layout and times", "a module not imported", "data beside a module"])  # fmt: skip
def test_what_else_changes_it(project, edit, same):
    before = current(project)
    edit(project)
    assert (current(project) == before) == same


SOURCE = '''"""A module \N{SNOWMAN}."""  # a remark
# coding


class Tool:
    """One line."""; size = 3

    def show(self, name: str) -> str:  # why
        """Show it.

        In two paragraphs.
        """
        text = f"{name!r:#>{self.size}} # {'it'}"  # no comment within

        return (f"""{text}

          # kept   
        {self.size:x}""" + 'no # comment' + '☃')  # but this
'''  # noqa: W291


def test_the_hash_is_that_of_every_version_of_python(tmp_path):
    (tmp_path / "script.py").write_text(SOURCE)
    assert code_hash(tmp_path / "script.py", tmp_path) == "14c248ee09faf52e"
