# A throw-away PostgreSQL server for the tests: Debian's own, on a free port of the loopback interface, with its data
# in a temporary folder and durability off. Sourced; gives install_postgres, start_postgres, stop_postgres
# and POSTGRES_URL.

postgres_bin() { ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1; }

# PostgreSQL refuses to run as root.
as_postgres() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }

install_postgres() {
  if [ -n "$(postgres_bin)" ]; then return; fi
  local sudo=''
  [ "$(id -u)" = 0 ] || sudo=sudo
  $sudo apt-get update -qq
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends postgresql >/dev/null
}

start_postgres() {
  install_postgres
  POSTGRES_DIR=$(mktemp -d)
  chmod 711 "$POSTGRES_DIR"
  [ "$(id -u)" = 0 ] && chown postgres "$POSTGRES_DIR"
  local bin port
  bin=$(postgres_bin)
  port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
  (
    cd "$POSTGRES_DIR"
    as_postgres "$bin/initdb" -D data -A trust -U postgres -E UTF8 --no-sync >/dev/null
    as_postgres "$bin/pg_ctl" -D data -w -l log start -o \
      "-p $port -k $POSTGRES_DIR -c listen_addresses=127.0.0.1 -c max_connections=300 -c fsync=off -c synchronous_commit=off -c full_page_writes=off" >/dev/null
  )
  POSTGRES_URL="postgres://postgres@127.0.0.1:$port/postgres"
}

stop_postgres() {
  (cd "$POSTGRES_DIR" && as_postgres "$(postgres_bin)/pg_ctl" -D data -m immediate stop >/dev/null) || true
  rm -rf "$POSTGRES_DIR"
}
