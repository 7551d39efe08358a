#!/usr/bin/env python3
"""Runs the tests that a build folder registers with CTest and counts their test cases.

usage: run_ctest.py FOLDER COUNTS [REGEX]
As many programs at once as there are cores (FASTGATE_JOBS). Prints a line a program, and all of its output where
it failed. Appends `passed failed` to the file COUNTS. A program that ends badly without counting, or counts nothing, is one failed test."""
import concurrent.futures
import json
import os
import re
import subprocess
import sys
import time

TIME_LIMIT = 600
SUMMARY = re.compile(r"test cases:\s*(\d+)\s*\|\s*(\d+) passed\s*\|\s*(\d+) failed")
# halt_on_error: the first race is a failure; second_deadlock_stack: both sides of a lock inversion.
SANITIZERS = {"ASAN_OPTIONS": "detect_stack_use_after_return=1:strict_string_checks=1:detect_leaks=1",
              "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
              "TSAN_OPTIONS": "halt_on_error=1:second_deadlock_stack=1"}


def tests_of(folder, pattern):
    listing = subprocess.run(["ctest", "--test-dir", folder, "--show-only=json-v1"], check=True,
                             stdout=subprocess.PIPE).stdout
    for test in json.loads(listing)["tests"]:
        if not re.search(pattern, test["name"]):
            continue
        if "command" not in test:
            sys.exit(f"run_ctest.py: {test['name']} is not built")
        yield test["name"], test["command"]


def run(name, command):
    """(passed, failed) of one program, and what is to be told of it."""
    began = time.monotonic()
    environment = {**SANITIZERS, **os.environ}
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=TIME_LIMIT, env=environment)
        output, code = done.stdout.decode(errors="replace"), done.returncode
    except subprocess.TimeoutExpired as expired:
        output, code = (expired.stdout or b"").decode(errors="replace") + "\ntimed out", -1
    except OSError as error:
        output, code = f"{error}\n", -1
    found = SUMMARY.findall(output)
    passed, failed = (int(found[-1][1]), int(found[-1][2])) if found else (int(code == 0), 0)
    if code != 0 and failed == 0:
        failed = 1
    verdict = "ok" if not failed and passed else "FAILED"
    text = f"{verdict:6} {name:20} {passed} passed, {failed} failed, {time.monotonic() - began:.1f} s"
    if verdict == "FAILED":
        text += "\n" + output
    return passed, failed if failed or passed else 1, text


def main():
    folder, counts, pattern = sys.argv[1], sys.argv[2], (sys.argv[3:] or [""])[0]
    results = []
    with concurrent.futures.ThreadPoolExecutor(int(os.environ.get("FASTGATE_JOBS") or os.cpu_count())) as pool:
        # The upper layers first: theirs are the longest, and none is left to one core at the end.
        runs = [pool.submit(run, *test) for test in reversed(list(tests_of(folder, pattern)))]
        for done in concurrent.futures.as_completed(runs):
            passed, failed, text = done.result()
            print(text, flush=True)
            results.append((passed, failed))
    if not results:
        sys.exit(f"run_ctest.py: no test of {folder} matches {pattern!r}")
    passed, failed = (sum(column) for column in zip(*results))
    with open(counts, "a") as file:
        file.write(f"{passed} {failed}\n")
    sys.exit(1 if failed else 0)


main()
