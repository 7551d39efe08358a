#!/usr/bin/env python3
"""Fails when a comment or a README names a file of the project that does not exist, or src/README.md a type, a
function or a layer that the source does not have."""
import re
import sys

sys.dont_write_bytecode = True
from check_layers import LAYERS, SOURCES, own_files, root

# A name with an ending that only our own files have, or a path from one of the top folders.
FILE = re.compile(r"(?<![\w./$*{-])((?:[\w-]+/)*[a-z][\w-]*\.(?:h|cpp|mjs|py|cmake)|(?:src|tests|scripts)/[\w./-]*\w)(?![\w*{/-])")
GENERATED = {"ui_assets.cpp"}

files = [path for folder in ("src", "tests", "scripts") for path in own_files(folder, SOURCES | {".md", ".txt"})]
known = set(GENERATED)
for path in files:
    parts = path.relative_to(root).parts
    known |= {"/".join(parts[begin:]) for begin in range(len(parts))}


def missing_files(text):
    """Names with a part in capitals stand for any."""
    return [name for name in FILE.findall(text)
            if name not in known and not (root / name).exists() and not re.search(r"\b[A-Z]+\b", name)]


def comments(path):
    """Lines that end in a comment or are one, with their numbers."""
    mark = "//" if path.suffix in {".h", ".cpp", ".c", ".js", ".mjs"} else "/*" if path.suffix == ".css" else "#"
    for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
        at = line.find(mark)
        if at >= 0:
            yield number, line[at:]


def map_problems():
    """What src/README.md says of the source, word by word."""
    text = (root / "src/README.md").read_text()
    sources = own_files("src", {".h", ".cpp"})
    build = [root / "CMakeLists.txt", *own_files("scripts", {".py", ".cmake"})]
    words = set(re.findall(r"\w+", " ".join(path.read_text() for path in sources + build)))
    words |= {path.stem for path in sources + build}
    rows = {folder: int(layer) for layer, folder in re.findall(r"^\| (\d) \| `(\w+)/` \|", text, re.MULTILINE)}
    folders = {path.name for path in (root / "src").iterdir() if path.is_dir()}
    if rows != LAYERS or folders != set(LAYERS):
        yield "the table of layers, scripts/check_layers.py and the folders differ"
    path, = re.findall(r"^## One request, in order\n+```\n(.*?)```", text, re.MULTILINE | re.DOTALL)
    spoken = re.findall(r"`([^`\n]+)`", text) + path.splitlines()
    for name in {word for part in spoken for word in re.findall(r"\w+(?:::\w+)+|\w*(?:_\w+)+|\b[A-Z]\w+", part)}:
        if not set(name.split("::")) <= words:
            yield f"nothing is called {name}"
    for folder, stem in {found for part in spoken for found in re.findall(r"\b([a-z]+)/([a-z_0-9]+)", part)}:
        if folder in LAYERS and not list((root / "src" / folder).glob(f"{stem}*")):
            yield f"there is no {folder}/{stem}"


problems = [f"{path.relative_to(root)}:{number}: there is no {name}"
            for path in files if path.suffix in SOURCES
            for number, text in comments(path) for name in missing_files(text)]
for path in [root / "README.md", *(path for path in files if path.suffix == ".md")]:
    problems += [f"{path.relative_to(root)}: there is no {name}" for name in missing_files(path.read_text())]
problems += [f"src/README.md: {problem}" for problem in map_problems()]
print("\n".join(problems) if problems else "files and names that comments and READMEs speak of exist")
sys.exit(1 if problems else 0)
