"""The yardstick: the least Flask code that does the same work on N items of its own. No permissions, no look-up of the
user, no languages; one table read by one index for each page. What the product takes beyond this is its own doing.

    BENCH_DB=FILE gunicorn -w 2 bench.yardstick:app
"""

from __future__ import annotations

import os
import random
import secrets
import sqlite3
from datetime import date, timedelta

from flask import Flask, abort, redirect, render_template, request, session
from jinja2 import DictLoader

PAGES = {
    "list": '<!doctype html><html lang=id><title>Items</title><h1>Items</h1><table>{% for r in rows %}<tr><td><a href="/item/'
    '{{ r[0] }}">{{ r[1] }}</a><td>{{ r[2] }}<td>{{ r[3] }}<td>{{ r[4] }}<td>{{ r[5] }} %<td>{{ r[6] }}</tr>'
    "{% endfor %}</table>",
    "item": "<!doctype html><html lang=id><title>{{ r[1] }}</title><h1>{{ r[1] }}</h1><p>{{ r[2] }} {{ r[3] }} {{ r[4] }}<p>"
    '{{ r[6] }}<form method=post><input type=hidden name=csrf value="{{ session.csrf }}"><input name=value>'
    "<textarea name=note></textarea><button>Save</button></form>{% for n in notes %}<p>{{ n[0] }}: {{ n[1] }} {{ n[2] }}"
    "{% endfor %}",
    "home": "<!doctype html><html lang=id><title>Home</title><h1>Home</h1>{% for r in counts %}<p>{{ r[0] }} {{ r[1] }}"
    '{% endfor %}<ul>{% for r in rows %}<li><a href="/item/{{ r[0] }}">{{ r[1] }}</a> {{ r[2] }} {{ r[3] }}{% endfor %}</ul>',
}
app = Flask(__name__)
app.secret_key = "only-for-the-bench"
app.jinja_loader = DictLoader(PAGES)
_connection: sqlite3.Connection | None = None


def db() -> sqlite3.Connection:
    global _connection
    if _connection is None:
        _connection = sqlite3.connect(os.environ["BENCH_DB"], check_same_thread=False, timeout=30)
        _connection.execute("PRAGMA synchronous = FULL")
    return _connection


_LIST = (
    "SELECT i.id, i.title, u.name, i.due, i.status, i.progress, i.reported FROM item i JOIN unit u ON u.id = i.unit "
    "WHERE i.unit = ? AND i.open = 1 ORDER BY i.due LIMIT ?"
)


@app.get("/list")
def items():
    return render_template(
        "list", rows=db().execute(_LIST, (int(request.args["u"]), int(request.args.get("n", 50)))).fetchall()
    )


@app.get("/home")
def home():
    counts = db().execute("SELECT status, n FROM summary").fetchall()
    return render_template("home", counts=counts, rows=db().execute(_LIST, (int(request.args["u"]), 8)).fetchall())


@app.route("/login", methods=["GET", "POST"])
def login():
    if request.method == "POST":
        session["user"], session["csrf"] = request.form["email"], secrets.token_hex(16)
        return redirect("/list?u=1", 303)
    return "<form action=/login method=post><input name=email><input name=password></form>"


@app.get("/item/<int:number>")
def item(number: int):
    row = (
        db()
        .execute(
            "SELECT i.id, i.title, u.name, i.due, i.status, i.progress, i.text FROM item i JOIN unit u ON u.id = "
            "i.unit WHERE i.id = ?",
            (number,),
        )
        .fetchone()
    )
    notes = db().execute("SELECT day, value, text FROM note WHERE item = ? ORDER BY id DESC", (number,)).fetchall()
    return render_template("item", r=row, notes=notes)


@app.post("/item/<int:number>")
def report(number: int):
    form = request.form
    if not secrets.compare_digest(form["csrf"], session["csrf"]):
        abort(400)
    with db() as connection:
        connection.execute("UPDATE item SET reported = ? WHERE id = ?", (str(date.today()), number))
        connection.execute(
            "INSERT INTO note (item, day, value, text) VALUES (?, ?, ?, ?)",
            (number, str(date.today()), int(form["value"]), form["note"]),
        )
    return redirect(f"/item/{number}", 303)


def build(n: int, path: str) -> None:
    """N items over 300 units with three notes each."""
    random.seed(7)
    text = "Satuan menyanggupi pendampingan di setiap Kampung KB dan melaporkan kemajuannya setiap bulan. " * 4
    start = date.today() - timedelta(days=200)
    c = sqlite3.connect(path)
    c.executescript("""PRAGMA journal_mode = WAL;
        CREATE TABLE unit (id INTEGER PRIMARY KEY, name TEXT);
        CREATE TABLE item (id INTEGER PRIMARY KEY, title TEXT, unit INT, due TEXT, status TEXT, open INT, progress INT,
                           reported TEXT, text TEXT);
        CREATE TABLE note (id INTEGER PRIMARY KEY, item INT, day TEXT, value INT, text TEXT);
        CREATE TABLE summary (status TEXT PRIMARY KEY, n INT);""")
    c.executemany("INSERT INTO unit VALUES (?, ?)", [(i, f"Satuan {i}") for i in range(1, 301)])
    c.executemany(
        "INSERT INTO item VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (
                i,
                f"Komitmen {i:06} pendampingan Kampung KB",
                1 if random.random() < 0.06 else random.randint(2, 300),
                str(start + timedelta(days=random.randint(0, 500))),
                random.choice(["aktif", "menunggu", "baru"]),
                int(random.random() < 0.7),
                random.randint(0, 130),
                str(start),
                text,
            )
            for i in range(1, n + 1)
        ),
    )
    c.executemany(
        "INSERT INTO note (item, day, value, text) VALUES (?, ?, ?, ?)",
        ((i, str(start), random.randint(0, 300), f"Laporan {k} untuk {i}") for i in range(1, n + 1) for k in range(3)),
    )
    c.executescript("""CREATE INDEX item_walk ON item (unit, open, due); CREATE INDEX note_item ON note (item);
        INSERT INTO summary SELECT status, COUNT(*) FROM item GROUP BY 1; ANALYZE;""")
    c.commit()
    c.close()
