#!/bin/sh
# All tests: SQLite with real Chromium, then everything but the browser again on PostgreSQL.
# What is missing is installed where that is possible and said loudly where it is not.
set -eu
cd "$(dirname "$0")/.."

chromium() { command -v chromium || command -v chromium-browser || command -v google-chrome || true; }

if [ -z "$(chromium)" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Memasang Chromium untuk uji peramban …"
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-roboto >/dev/null
fi
if [ -z "$(chromium)" ]; then
    echo "GAGAL: Chromium tidak ada dan tidak dapat dipasang. Uji peramban tidak boleh dilewati diam-diam." >&2
    echo "Pasang Chromium lalu ulangi, atau jalankan: .venv/bin/pytest -m 'not browser'" >&2
    exit 1
fi
.venv/bin/pytest "$@"
echo "Sekali lagi di PostgreSQL …"
KBPARTNERS_TEST_DB=postgresql .venv/bin/pytest -m "not browser and not one_database" "$@"
