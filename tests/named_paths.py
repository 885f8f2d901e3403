"""Finds the files, folders and modules of this repository that a text names, and says which of them do not exist."""

import ast
import functools
import importlib.util
import io
import re
import subprocess
import tokenize
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("bench", "embedded", "jobs", "tests", "tools", "webapp")
OTHER_FILES = (
    "csv",
    "jpg",
    "json",
    "msgpack",
    "names",
    "pid",
    "pkl",
    "pth",
    "png",
    "tif",
    "toml",
    "txt",
    "xml",
    "yaml",
    "zip",
)
SOURCE = r"(?:py|js|mjs|css|html|md|svg|po|toml)"

_PART = r"(?:[\w.@*-]|<\w+>)+"
_WITH_SLASH = re.compile(rf"(?<![\w/.:@$}}<>*-])(?:\.{{1,2}}/)*(?:{_PART}/)+(?:{_PART})?")
_FILE_ALONE = re.compile(rf"(?<![\w/.@$*<>-])[a-z_][a-z0-9_]*\.{SOURCE}(?![\w/(-]|\.\w)")
_MODULE = re.compile(rf"(?<![\w/.@-])(?:{'|'.join(PACKAGES)})(?:\.[A-Za-z_]\w*)+(?![\w/*-])")
_MEMBER = re.compile(r"`([a-z][a-z0-9_]+)\.([A-Za-z_]\w+)(?:\(\))?`")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


@functools.cache
def tracked() -> frozenset[str]:
    """Files of the repository, also those that are not committed yet, and their folders."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    files = {name for name in listed.split("\0") if name and (ROOT / name).is_file()}
    folders = {str(parent) for name in files for parent in PurePosixPath(name).parents if str(parent) != "."}
    return frozenset(files | folders)


@functools.cache
def _endings() -> frozenset[str]:
    """Every tracked path without 0, 1, 2 ... of its first folders."""
    every = [path.split("/") for path in tracked()]
    return frozenset("/".join(parts[first:]) for parts in every for first in range(len(parts)))


@functools.cache
def _is_made(path: str) -> bool:
    """Whether git ignores it: what is installed or made is not in the repository. Pages leave out ``static/``."""
    command = ["git", "check-ignore", "--no-index", path, f"{path}/", f"static/{path}"]
    return subprocess.run(command, cwd=ROOT, capture_output=True).returncode == 0


def missing_paths(text: str, loosely: bool = True) -> Iterator[str]:
    """What looks like a path of this repository and is none.

    A path is checked where it begins with a folder of the first level, or ends like a source file; the latter may leave
    out its first folders (``pages/stream.py``, ``stream.py``). ``<name>``, ``NAME`` and ``*`` stand for anything. With
    ``loosely`` false only the former are looked at: for texts with made-up names.
    """
    for match in _WITH_SLASH.finditer(text):
        path = re.sub(r"<\w+>|\bNAME\b", "*", match.group()).lstrip("./").rstrip("/.")
        if not _exists(path) and (_begins_here(path) or (loosely and re.search(rf"\.{SOURCE}$", path))):
            yield match.group()
    if loosely:
        yield from (name for name in _FILE_ALONE.findall(text) if name not in _endings())


def missing_modules(text: str) -> Iterator[str]:
    """Dotted names below one of PACKAGES that lead to no module, or to a name that its module does not have."""
    for name in _MODULE.findall(text):
        if name not in _endings() and not name.endswith(".NAME") and not _is_module(name):
            yield name


def missing_members(text: str) -> Iterator[str]:
    """What stands in backquotes as a member of a module that has no such member, or that is not there.

    Modules of Python itself and of installed packages are left alone, and so are names of files.
    """
    for module, name in _MEMBER.findall(text):
        both = f"{module}.{name}"
        if both in _endings() or f"{module}/{name}.py" in _endings() or name in OTHER_FILES:
            continue
        ours = [path for path in tracked() if path == f"{module}.py" or path.endswith(f"/{module}.py")]
        if ours:
            is_there = any(_defines(ROOT / path, name) for path in ours)
        else:
            is_there = importlib.util.find_spec(module) is not None
        if not is_there:
            yield both


def missing_links(document: Path) -> Iterator[str]:
    """Targets of links of a Markdown document that do not exist: files, folders, and headings behind ``#``."""
    for target in _LINK.findall(_FENCE.sub("", document.read_text("utf-8"))):
        if re.match(r"\w+:", target):
            continue
        path, _, heading = target.partition("#")
        file = (document.parent / path).resolve() if path else document
        if not file.exists() or (heading and heading not in _headings(file)):
            yield target


def prose(python: str) -> str:
    """The comments and docstrings of a module."""
    # A string that stands alone documents what stands before it.
    alone = [
        node.value.value
        for node in ast.walk(ast.parse(python))
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    ]
    return "\n".join([*_tokens(python, tokenize.COMMENT), *alone])


def strings(python: str) -> str:
    """The texts in the code of a module, docstrings among them."""
    return "\n".join(_tokens(python, tokenize.STRING))


def _tokens(python: str, kind: int) -> list[str]:
    return [
        token.string for token in tokenize.generate_tokens(io.StringIO(python).readline) if token.type == kind
    ]


def _exists(path: str) -> bool:
    if path in _endings() or f"{path}.py" in tracked() or _is_made(path):
        return True
    if re.search(r"/\d{4}$", path):  # a decision by its number
        path += "-*"
    return "*" in path and any(fnmatchcase(ending, path) for ending in _endings())


def _begins_here(path: str) -> bool:
    first = path.split("/")[0]
    return "/" in path and first in tracked() and (ROOT / first).is_dir()


def _is_module(name: str) -> bool:
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        base = "/".join(parts[:length])
        for file in (f"{base}.py", f"{base}/__init__.py"):
            if file in tracked():
                rest = parts[length:]
                return not rest or _defines(ROOT / file, rest[0])
        if base in tracked():
            return length == len(parts)
    return False


def _defines(module: Path, name: str) -> bool:
    return re.search(rf"\b{name}\b", module.read_text("utf-8")) is not None


def _headings(document: Path) -> set[str]:
    """The anchors that a Markdown reader makes of the headings."""
    lines = _FENCE.sub("", document.read_text("utf-8")).splitlines()
    titles = [
        re.sub(r"[^\w\- ]", "", line.lstrip("#").strip().lower()) for line in lines if line.startswith("#")
    ]
    return {title.replace(" ", "-") for title in titles}
