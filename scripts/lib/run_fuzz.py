#!/usr/bin/env python3
"""Runs fuzz targets, as many at a time as there are cores, and counts those without a finding.

usage: run_fuzz.py FOLDER COUNTS SECONDS TARGET…
SECONDS are for each target. Prints a line a target, and the end of its output where it found something. Appends
`passed failed` to the file COUNTS. New inputs go to .build/fuzz/found, with those that fail; the corpus that is kept
is read only."""
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import time

FOUND = pathlib.Path(".build/fuzz/found")
CORPUS = pathlib.Path("tests/fuzz/corpus")


def run(folder, target, seconds):
    """Whether the target found nothing."""
    began = time.monotonic()
    found, corpus = FOUND / target, CORPUS / target
    found.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(["nice", f"{folder}/tests/{target}", f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=2048",
                           "-print_final_stats=1", "-verbosity=0", f"-artifact_prefix={found}/", found, *[corpus][:corpus.is_dir()]],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    output = done.stdout.decode(errors="replace")
    runs = re.search(r"number_of_executed_units: (\d+)", output)
    is_clean = done.returncode == 0 and runs is not None
    print(f"{'ok' if is_clean else 'FAILED':6} {target:22} {int(runs[1]) if runs else 0:,} runs, {time.monotonic() - began:.0f} s", flush=True)
    if not is_clean:
        print(output[-8000:], flush=True)
    return is_clean


def main():
    folder, counts, seconds, *targets = sys.argv[1:]
    with concurrent.futures.ThreadPoolExecutor(int(os.environ.get("FASTGATE_JOBS") or os.cpu_count())) as pool:
        clean = list(pool.map(lambda target: run(folder, target, seconds), targets))
    with open(counts, "a") as file:
        file.write(f"{clean.count(True)} {clean.count(False)}\n")
    sys.exit(0 if all(clean) else 1)


main()
