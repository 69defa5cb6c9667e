"""The reports of `--bench reports` in DuckDB and Polars, which keep columns in memory and use every processor.

    pip install duckdb numpy polars pyarrow
    python benches/peers/columnar.py target/tmp/reports-100000-1000000.db

The file is the one that `cargo bench --bench reports --all-features -- sqlite --orders 1000000` makes. Reading it is not
measured. What is printed are medians of rounds, in milliseconds, with the sum of the hundred largest, which both find.
"""

import sqlite3
import statistics
import sys
import time

import duckdb
import numpy as np
import polars as pl

FIRST, LAST = 1640995200000000, 1672531200000000  # the year 2022 in UTC, in microseconds
ROUNDS = 9

file = sqlite3.connect(sys.argv[1])


def columns(sql, kinds):
    """The columns of a question: `i` for numbers, `t` for texts, `r` for references, numbered in place of 16 bytes."""
    numbers, taken = columns.numbers, [[] for _ in kinds]
    for row in file.execute(sql):
        for kind, values, value in zip(kinds, taken, row):
            values.append(numbers.setdefault(value, len(numbers)) if kind == "r" else value)
    return [np.array(values) if kind != "t" else values for kind, values in zip(kinds, taken)]


columns.numbers = {}

customer = columns("SELECT id, name FROM cst_customer", "rt")
order = columns("SELECT id, customer, ordered_at, payment, status, amount FROM orders", "rritti")
line = columns('SELECT "order", amount FROM orders_line', "ri")

customers = pl.DataFrame({"id": customer[0], "name": customer[1]})
orders = pl.DataFrame(dict(zip(["id", "customer", "ordered_at", "payment", "status", "amount"], order)))
lines = pl.DataFrame(dict(zip(["order_id", "amount"], line)))

duck = duckdb.connect()
for name, table in [("customers", customers), ("orders", orders), ("lines", lines)]:
    duck.register("read", table)
    duck.execute(f"CREATE TABLE {name} AS SELECT * FROM read")

PAID = f"o.ordered_at >= {FIRST} AND o.ordered_at < {LAST} AND o.payment = 'paid' AND o.status <> 'cancelled'"
TOP = "SELECT c.name, t.amount FROM ({}) t JOIN customers c ON c.id = t.customer"
FROM_ORDERS = f"SELECT customer, sum(amount) AS amount FROM orders o WHERE {PAID} GROUP BY 1 ORDER BY 2 DESC LIMIT 100"
FROM_LINES = (
    "SELECT o.customer, sum(l.amount) AS amount FROM orders o JOIN lines l ON l.order_id = o.id "
    f"WHERE {PAID} GROUP BY 1 ORDER BY 2 DESC LIMIT 100"
)


def in_duckdb(sql):
    return lambda: sum(row[-1] for row in duck.execute(sql).fetchall())


def paid():
    in_year = (pl.col("ordered_at") >= FIRST) & (pl.col("ordered_at") < LAST)
    return orders.lazy().filter(in_year & (pl.col("payment") == "paid") & (pl.col("status") != "cancelled"))


def top(frame):
    found = frame.group_by("customer").agg(pl.col("amount").sum()).top_k(100, by="amount")
    return found.join(customers.lazy(), left_on="customer", right_on="id").collect()["amount"].sum()


QUESTIONS = [
    ("revenue from orders, 100 largest, DuckDB", in_duckdb(TOP.format(FROM_ORDERS))),
    ("revenue from orders, 100 largest, Polars", lambda: top(paid())),
    ("revenue from lines, 100 largest, DuckDB", in_duckdb(TOP.format(FROM_LINES))),
    (
        "revenue from lines, 100 largest, Polars",
        lambda: top(paid().drop("amount").join(lines.lazy(), left_on="id", right_on="order_id")),
    ),
    ("total of a year, DuckDB", in_duckdb(f"SELECT count(*), sum(amount) FROM orders o WHERE {PAID}")),
    ("total of a year, Polars", lambda: paid().select(pl.col("amount").sum()).collect().item()),
]

for what, ask in QUESTIONS:
    times, found = [], ask()
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        assert ask() == found
        times.append((time.perf_counter() - begun) * 1e3)
    print(f"{what:<44} {statistics.median(times):8.2f} ms   {found / 10_000:.4f}")
