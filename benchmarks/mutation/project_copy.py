"""Copies of the project that may be spoilt, and where what is found is kept."""

import compileall
import hashlib
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = Path("src", "kundkarriar")
ROOMS = ("numerics", "models", "ladder", "scoring", "classes", "strategy")
BUILD = ROOT / "build" / "mutation"
ORIGINAL = BUILD / "original"


def copied(name: str) -> Path:
    """A copy of the project as it stands, for work goes on in the project while it is tried."""
    tree = BUILD / name
    shutil.rmtree(tree, ignore_errors=True)
    git = shutil.which("git") or "git"
    listed = subprocess.run(  # noqa: S603 - our own command
        [git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True
    )
    for file in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / file).is_file():
            (tree / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / file, tree / file)
    compileall.compile_dir(tree / "src", quiet=2)
    return tree


def room(file: str) -> str:
    """The room of a source file, by its path under the root."""
    return Path(file).relative_to(SOURCE).parts[0]


def digest(*contents: bytes) -> str:
    """A short name of what was read."""
    return hashlib.sha256(b"\0".join(contents)).hexdigest()[:16]
