"""SQLite in WAL mode, each commit on the disk (synchronous=FULL), records of one size in groups of one size.

Arguments: file, bytes of a record, records of a commit, commits to warm up, commits to measure. Writes
{"version", "seconds", "processor_seconds"} of those measured.
"""

import json
import os
import sqlite3
import sys
import time


def main():
    file, (size, group, warm_up, commits) = sys.argv[1], map(int, sys.argv[2:6])
    database = sqlite3.connect(file, isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE journal (line TEXT, position INTEGER, body BLOB, PRIMARY KEY (line, position)) WITHOUT ROWID")
    body = os.urandom(size)
    position = 0

    def commit():
        nonlocal position
        database.execute("BEGIN IMMEDIATE")
        rows = [("line-1", position + i, body) for i in range(group)]
        database.executemany("INSERT INTO journal VALUES (?, ?, ?)", rows)
        database.execute("COMMIT")
        position += group

    for _ in range(warm_up):
        commit()
    start, processor = time.perf_counter(), time.process_time()
    for _ in range(commits):
        commit()
    taken = {"seconds": time.perf_counter() - start, "processor_seconds": time.process_time() - processor}
    json.dump({"version": sqlite3.sqlite_version, **taken}, sys.stdout)


main()
