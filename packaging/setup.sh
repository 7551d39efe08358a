# Part of both packages' scripts: what a first installation makes and an upgrade leaves alone.
make_user() {
  getent group fastgate >/dev/null || groupadd --system fastgate
  getent passwd fastgate >/dev/null ||
    useradd --system --gid fastgate --home-dir /var/lib/fastgate --no-create-home --shell /usr/sbin/nologin \
      --comment "FastGate gateway" fastgate
}

make_folders() {
  for folder in /var/lib/fastgate /var/log/fastgate /run/fastgate; do
    [ ! -d "$folder" ] || continue
    mkdir -m 0750 "$folder"
    chown fastgate:fastgate "$folder"
  done
  chmod 0755 /run/fastgate
  chown root:fastgate /etc/fastgate /etc/fastgate/fastgate.yaml
  # The admin API writes here.
  chown fastgate:fastgate /etc/fastgate/conf.d
  chmod 0750 /etc/fastgate /etc/fastgate/conf.d
  chmod 0640 /etc/fastgate/fastgate.yaml
}

make_token() {
  [ ! -e /etc/fastgate/admin.token.sha256 ] || return 0
  (
    umask 077
    token=$(head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=\n')
    printf '%s\n' "$token" >/etc/fastgate/admin.token
    printf %s "$token" | sha256sum | cut -d ' ' -f 1 >/etc/fastgate/admin.token.sha256
  )
  chown root:fastgate /etc/fastgate/admin.token.sha256
  chmod 0640 /etc/fastgate/admin.token.sha256
  echo "fastgate: the token of the admin API is in /etc/fastgate/admin.token, which only root can read"
}

is_running() {
  [ -f /run/fastgate/fastgate.pid ] && kill -0 "$(cat /run/fastgate/fastgate.pid)" 2>/dev/null
}

# A running gateway is followed by the new binary on the same sockets; no request is lost.
upgrade_running() {
  is_running || return 0
  fastgate -c /etc/fastgate/fastgate.yaml -p / -s upgrade ||
    echo "fastgate: the version before is still running; /var/log/fastgate/fastgate.log says why" >&2
}
