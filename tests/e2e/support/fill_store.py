#!/usr/bin/env python3
"""Makes a store of very many records for the day before the one of a file: fill_store.py DAY_FILE RECORDS"""
import datetime
import re
import shutil
import sqlite3
import sys

path, count = sys.argv[1], int(sys.argv[2])
day = datetime.date.fromisoformat(re.search(r"\d{4}-\d\d-\d\d", path)[0]) - datetime.timedelta(days=1)
before = re.sub(r"\d{4}-\d\d-\d\d", day.isoformat(), path)
with sqlite3.connect(path) as today:
    today.execute("PRAGMA wal_checkpoint(TRUNCATE)")
shutil.copyfile(path, before)
noon = int(datetime.datetime.combine(day, datetime.time(12), datetime.timezone.utc).timestamp()) * 1_000_000
with sqlite3.connect(before) as store:
    columns = [row[1] for row in store.execute("PRAGMA table_info(records)")]
    for table in ("records", "captures", "open_rows", "rollups", "tops"):
        store.execute(f"DELETE FROM {table}")
    values = {"id": "n", "stage": "2", "time": f"{noon} + n * 100", "first": "900", "last": "1000", "ttfb_us": "900",
              "took_us": "1000", "status": "200", "client": "x'7f000001'", "request_id": "'req_' || n",
              "method": "'GET'", "path": "'/filled/' || n || '/' || hex(zeroblob(40))", "query": "''"}
    row = ", ".join(values.get(column, "0" if column not in ("key", "source", "route", "target", "agent", "error") else "''")
                    for column in columns)
    store.execute(f"WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count})"
                  f" INSERT INTO records SELECT {row} FROM numbers")
