#!/usr/bin/env python3
"""tidy.py BUILD_FOLDER [SOURCE…]: clang-tidy over the sources of src/, or over those named; exits 1 on a finding.

Most of clang-tidy's time goes into headers, which are the same for all. So the sources that a unity build would
compile together are read as one text. They are copied into it, not included: clang's analyzer looks at functions of
the main file only. Findings are told where they stand in the sources.
"""
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys

build = pathlib.Path(sys.argv[1]).resolve()
wanted = {os.path.realpath(source) for source in sys.argv[2:]}
folder = build / 'tidy'
# A third of the time of the analyzer's own limit, which few functions come near.
limits = ['--extra-arg=-Xclang', '--extra-arg=-analyzer-config', '--extra-arg=-Xclang', '--extra-arg=max-nodes=40000']
noise = re.compile(r'^\d+ warnings? (generated|treated)|^Suppressed|^Use -header-filter|^\[\d+/\d+\] Processing|^$')


class Text:
    """Sources one after the other, and where each begins."""

    def __init__(self, entry):
        unity = pathlib.Path(entry['file'])
        includes = re.findall(r'^#include "([^"]+\.cpp)"', unity.read_text(), re.MULTILINE)
        self.sources = [path for path in includes if not wanted or os.path.realpath(path) in wanted]
        self.path = folder / f'{unity.parent.parent.name}_{unity.stem}.cpp'
        self.starts = []
        lines = []
        for source in self.sources:
            self.starts.append(len(lines))
            lines += pathlib.Path(source).read_text().splitlines()
        self.length = len(lines)
        self.path.write_text('\n'.join(lines) + '\n')
        self.entry = {**entry, 'file': str(self.path), 'command': entry['command'].replace(str(unity), str(self.path))}

    def told(self, match):
        line = int(match[1])
        index = max(i for i, start in enumerate(self.starts) if start < line)
        return f'{os.path.relpath(self.sources[index])}:{line - self.starts[index]}'

    def check(self):
        run = subprocess.run(['clang-tidy-19', '-p', folder, '--quiet', *limits, self.path], text=True, capture_output=True)
        lines = [line for line in (run.stdout + run.stderr).splitlines() if not noise.search(line)]
        place = re.compile(re.escape(str(self.path)) + r':(\d+)')
        return run.returncode, [place.sub(self.told, line) for line in lines]


folder.mkdir(exist_ok=True)
commands = json.loads((build / 'compile_commands.json').read_text())
texts = [Text(entry) for entry in commands if entry['file'].startswith(str(build / 'src'))]
# The longest first, so that none is left to one core at the end.
texts = sorted((text for text in texts if text.sources), key=lambda text: -text.length)
(folder / 'compile_commands.json').write_text(json.dumps([text.entry for text in texts]))
failed = False
with concurrent.futures.ThreadPoolExecutor(int(os.environ.get('FASTGATE_JOBS') or os.cpu_count())) as pool:
    for status, lines in pool.map(Text.check, texts):
        failed |= status != 0
        for line in lines:
            print(line)
if not failed:
    print(f'{sum(len(text.sources) for text in texts)} files are clean')
sys.exit(failed)
