#!/usr/bin/env python3
"""Prints the records of an audit store, oldest first: read_store.py SQLITE_PATH [FIELD…]

As a JSON array, or with fields as one line a record, its values apart by tabs."""
import glob
import json
import os
import sqlite3
import sys

path, *fields = sys.argv[1:]
stem, extension = os.path.splitext(path)


def records():
    for name in sorted(glob.glob(f"{stem}-????-??-??*{extension}")):
        with sqlite3.connect(f"file:{name}?mode=ro", uri=True, timeout=10) as store:
            store.row_factory = sqlite3.Row
            # A day's file is there a moment before its tables are.
            if not store.execute("SELECT 1 FROM sqlite_master WHERE name = 'records'").fetchone():
                continue
            yield from store.execute(
                "SELECT r.id, stage, time, took_us, gateway_us, request_size, response_size, chunks, retries, status,"
                " path, query, request_headers, c.request_body, response_headers, c.response_body"
                " FROM records r LEFT JOIN captures c ON c.id = r.id ORDER BY r.id")


if fields:
    for record in records():
        print("\t".join(str(record[field]) for field in fields))
else:
    print(json.dumps([dict(record) for record in records()]))
