#!/usr/bin/env python3
"""Fails when a file of src/ includes a folder beside or above its own layer, or when a file is longer
than 400 lines without a line in scripts/size_exceptions.txt (`path: reason`)."""
import pathlib
import re
import sys

LAYERS = {"base": 0, "http": 1, "json": 1, "net": 1, "config": 2, "gateway": 3, "upstream": 3,
          "record": 3, "proxy": 4, "admin": 5, "server": 6, "cli": 7}
LIMIT = 400
# Which folder alone may see a library's headers: its types and exceptions stop there.
OWNERS = {"uv.h": {"net"}, "llhttp.h": {"http"}, "yaml.h": {"config"}, "sqlite3.h": {"record"},
          "simdjson.h": {"json"}, "CLI": {"cli"}, "openssl": {"base", "net"}, "pcre2.h": {"base"}}

root = pathlib.Path(__file__).resolve().parent.parent
exceptions = {}
for line in (root / "scripts/size_exceptions.txt").read_text().splitlines():
    if ":" in line and not line.startswith("#"):
        path, reason = line.split(":", 1)
        exceptions[path.strip()] = reason.strip()

problems = []
for path in sorted(root.glob("src/**/*")):
    if path.suffix not in (".h", ".cpp"):
        continue
    name = path.relative_to(root).as_posix()
    folder = path.relative_to(root / "src").parts[0]
    text = path.read_text()
    lines = text.count("\n")
    if lines > LIMIT and name not in exceptions:
        problems.append(f"{name}: {lines} lines, the limit is {LIMIT}")
    for number, line in enumerate(text.splitlines(), 1):
        quoted = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
        if quoted:
            target = quoted.group(1).split("/")[0]
            if "/" not in quoted.group(1) or target not in LAYERS:
                problems.append(f"{name}:{number}: include by folder, as in \"base/text.h\"")
            elif folder in LAYERS and target != folder and LAYERS[target] >= LAYERS[folder]:
                problems.append(f"{name}:{number}: {folder} (layer {LAYERS[folder]}) includes "
                                f"{target} (layer {LAYERS[target]})")
        angled = re.match(r'\s*#\s*include\s+<([^>]+)>', line)
        if angled:
            owner = OWNERS.get(angled.group(1).split("/")[0])
            if owner and folder not in owner:
                problems.append(f"{name}:{number}: <{angled.group(1)}> belongs to {sorted(owner)}")
for name in exceptions:
    if not (root / name).exists():
        problems.append(f"scripts/size_exceptions.txt: {name} does not exist")

print("\n".join(problems) if problems else "layers, includes and sizes are as agreed")
sys.exit(1 if problems else 0)
