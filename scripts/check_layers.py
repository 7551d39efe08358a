#!/usr/bin/env python3
"""Fails when a file of src/ includes a folder beside or above its own layer, or when a file of src/, tests/ or
scripts/ is longer than 400 lines without a line in scripts/size_exceptions.txt (`path: reason`)."""
import pathlib
import re
import sys

LAYERS = {"base": 0, "http": 1, "json": 1, "net": 1, "config": 2, "gateway": 3, "upstream": 3,
          "record": 3, "proxy": 4, "admin": 5, "server": 6, "cli": 7}
LIMIT = 400
# Which folder alone may see a library's headers: its types and exceptions stop there.
OWNERS = {"uv.h": {"net"}, "llhttp.h": {"http"}, "yaml.h": {"config"}, "sqlite3.h": {"record"},
          "simdjson.h": {"json"}, "CLI": {"cli"}, "openssl": {"base", "net"}, "pcre2.h": {"base"}}
SOURCES = {".h", ".cpp", ".c", ".js", ".mjs", ".css", ".py", ".cmake", ""}

root = pathlib.Path(__file__).resolve().parent.parent


def own_files(folder, endings):
    """The files of a top folder with these endings, but for what tests read as data and what npm installed."""
    left_out = {"node_modules", "corpus", "__pycache__"}
    return [path for path in sorted((root / folder).rglob("*"))
            if path.suffix in endings and path.is_file() and not left_out & set(path.parts)]


def size_problems():
    exceptions = {}
    for line in (root / "scripts/size_exceptions.txt").read_text().splitlines():
        if ":" in line and not line.startswith("#"):
            path, reason = line.split(":", 1)
            exceptions[path.strip()] = reason.strip()
    for path in (path for folder in ("src", "tests", "scripts") for path in own_files(folder, SOURCES)):
        name = path.relative_to(root).as_posix()
        lines = path.read_bytes().count(b"\n")
        if lines > LIMIT and name not in exceptions:
            yield f"{name}: {lines} lines, the limit is {LIMIT}"
    for name in exceptions:
        if not (root / name).exists():
            yield f"scripts/size_exceptions.txt: {name} does not exist"


def include_problems(path):
    name = path.relative_to(root).as_posix()
    folder = path.relative_to(root / "src").parts[0]
    for number, line in enumerate(path.read_text().splitlines(), 1):
        quoted = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
        if quoted:
            target = quoted.group(1).split("/")[0]
            if "/" not in quoted.group(1) or target not in LAYERS:
                yield f"{name}:{number}: include by folder, as in \"base/text.h\""
            elif folder in LAYERS and target != folder and LAYERS[target] >= LAYERS[folder]:
                yield f"{name}:{number}: {folder} (layer {LAYERS[folder]}) includes {target} (layer {LAYERS[target]})"
        angled = re.match(r'\s*#\s*include\s+<([^>]+)>', line)
        if angled:
            owner = OWNERS.get(angled.group(1).split("/")[0])
            if owner and folder not in owner:
                yield f"{name}:{number}: <{angled.group(1)}> belongs to {sorted(owner)}"


def main():
    problems = [problem for path in own_files("src", {".h", ".cpp"}) for problem in include_problems(path)]
    problems += size_problems()
    print("\n".join(problems) if problems else "layers, includes and sizes are as agreed")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
