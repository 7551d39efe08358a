#!/usr/bin/env python3
"""Prints the records of an audit store as a JSON array, oldest first: read_store.py SQLITE_PATH"""
import glob
import json
import os
import sqlite3
import sys

path = sys.argv[1]
stem, extension = os.path.splitext(path)
records = []
for name in sorted(glob.glob(f"{stem}-????-??-??*{extension}")):
    with sqlite3.connect(f"file:{name}?mode=ro", uri=True, timeout=10) as store:
        store.row_factory = sqlite3.Row
        rows = store.execute(
            "SELECT r.id, stage, time, took_us, gateway_us, request_size, response_size, chunks, retries, status,"
            " path, query, request_headers, c.request_body, response_headers, c.response_body"
            " FROM records r LEFT JOIN captures c ON c.id = r.id ORDER BY r.id")
        records += [dict(row) for row in rows]
print(json.dumps(records))
