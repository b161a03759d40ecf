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


def copied(number: int) -> Path:
    """A copy of the project as it stands."""
    tree = BUILD / f"tree{number}"
    shutil.rmtree(tree, ignore_errors=True)
    git = shutil.which("git") or "git"
    listed = subprocess.run(  # noqa: S603 - our own command
        [git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tree / name)
    compileall.compile_dir(tree / "src", quiet=2)
    return tree


def room(file: str) -> str:
    """The room of a source file, by its path under the root."""
    return Path(file).relative_to(SOURCE).parts[0]


def digest(*contents: bytes) -> str:
    """A short name of what was read."""
    return hashlib.sha256(b"\0".join(contents)).hexdigest()[:16]
