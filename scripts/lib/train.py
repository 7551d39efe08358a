#!/usr/bin/env python3
"""train.py BINARY: puts a FastGate that records (FASTGATE_TRAINING=record) under loads of scripts/bench, a second each.

What it does often is written beside its objects when it ends, for the compiler to lay the code out by."""
import pathlib
import sys
import tempfile

sys.dont_write_bytecode = True
from bench_proxies import Fastgate, running_upstream  # noqa: E402
from bench_rows import ROWS, measure  # noqa: E402

LOADS = ("get", "get-audit", "get-nolog", "keys", "keys-model", "model-1000", "schema", "event", "connection", "down", "up",
         "tls-ecdsa", "tls-kept", "routes-10")

Fastgate.binary = pathlib.Path(sys.argv[1]).resolve()
with tempfile.TemporaryDirectory(prefix="fastgate-train-") as folder, running_upstream() as upstream:
    for name in LOADS:
        proxy = Fastgate(f"{folder}/{name}", upstream, ROWS[name].setup)
        try:
            measure(proxy, name, 1)
        finally:
            proxy.stop()
        if proxy.process.returncode != 0:
            sys.exit(f"train.py: {name} ended with {proxy.process.returncode}, and recorded nothing")
