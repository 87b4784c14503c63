#!/bin/sh
# All tests, in three runs side by side: real Chromium, and everything else on SQLite and again on PostgreSQL.
# What is missing is installed where that is possible and said loudly where it is not.
set -eu
cd "$(dirname "$0")/.."

chromium() { command -v chromium || command -v chromium-browser || command -v google-chrome || true; }

if [ -z "$(chromium)" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Memasang Chromium untuk uji peramban …"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-roboto >/dev/null
fi
if [ -z "$(chromium)" ]; then
    echo "GAGAL: Chromium tidak ada dan tidak dapat dipasang. Uji peramban tidak boleh dilewati diam-diam." >&2
    echo "Pasang Chromium lalu ulangi, atau jalankan: .venv/bin/pytest -m 'not browser'" >&2
    exit 1
fi

work=$(mktemp -d)
chmod 755 "$work" # the PostgreSQL server refuses to run as root and must reach its folder
trap 'rm -rf "$work"' EXIT

echo "Menguji di PostgreSQL dan di SQLite (di latar), dan di Chromium …"
KBPARTNERS_TEST_DB=postgresql .venv/bin/pytest -m "not browser" --basetemp="$work/pg" "$@" >"$work/pg.log" 2>&1 &
postgres=$!
.venv/bin/pytest -m "not browser" --basetemp="$work/sqlite" "$@" >"$work/sqlite.log" 2>&1 &
sqlite=$!
failed=0
.venv/bin/pytest -m browser --basetemp="$work/browser" "$@" || failed=1
wait "$sqlite" || failed=1
wait "$postgres" || failed=1
for part in SQLite PostgreSQL; do
    echo "$part:"
    case $part in SQLite) log=sqlite ;; *) log=pg ;; esac
    tail -n 40 "$work/$log.log"
done
exit "$failed"
