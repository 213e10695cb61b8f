#!/bin/sh
# Makes what must be secret and differ from plant to plant: passwords and tokens in .env, and a certificate authority,
# a server certificate and the broker's password file in secrets/. Run it once, in this folder; what is there stays.
set -eu
cd "$(dirname "$0")"
umask 077
host=${1:-$(hostname -f 2>/dev/null || hostname)}

random() { openssl rand -hex 24; }

if [ ! -e .env ]; then
  {
    echo "MQTT_GAPWISE_PASSWORD=$(random)"
    echo "MQTT_GAUGE_PASSWORD=$(random)"
    echo "MQTT_READER_PASSWORD=$(random)"
    echo "INFLUX_PASSWORD=$(random)"
    echo "INFLUX_TOKEN=$(random)"
    echo "GRAFANA_PASSWORD=$(random)"
    echo "OPERATOR_TOKEN=$(random)"
  } >.env
  echo "made .env: passwords and tokens"
fi
. ./.env

mkdir -p secrets
# The containers run as users of their own, and only they mount this folder.
chmod 755 secrets

if [ ! -e secrets/server.crt ]; then
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 \
    -subj "/CN=gapwise authority of $host" -keyout secrets/ca.key -out secrets/ca.crt 2>/dev/null
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
    -subj "/CN=$host" -keyout secrets/server.key -out secrets/server.csr 2>/dev/null
  printf 'subjectAltName=DNS:%s,DNS:mosquitto,DNS:localhost,IP:127.0.0.1\n' "$host" >secrets/server.ext
  openssl x509 -req -in secrets/server.csr -CA secrets/ca.crt -CAkey secrets/ca.key -CAcreateserial -days 825 \
    -extfile secrets/server.ext -out secrets/server.crt 2>/dev/null
  rm secrets/server.csr secrets/server.ext
  chmod 644 secrets/ca.crt secrets/server.crt secrets/server.key
  echo "made secrets/: certificates for $host; give secrets/ca.crt to the gauge"
fi

# The form of Mosquitto 2: $7$iterations$salt$hash, PBKDF2 with SHA-512 (mosquitto_passwd may not be on this machine).
hashed() {
  salt=$(openssl rand -hex 12)
  hash=$(openssl kdf -keylen 64 -kdfopt digest:SHA512 -kdfopt "pass:$1" -kdfopt "hexsalt:$salt" -kdfopt iter:101 \
    -binary PBKDF2 | base64 -w 0)
  # shellcheck disable=SC2016
  printf '$7$101$%s$%s' "$(printf '%s' "$salt" | sed 's/../\\x&/g' | xargs -0 printf '%b' | base64 -w 0)" "$hash"
}
if [ ! -e secrets/passwords ]; then
  {
    echo "gapwise:$(hashed "$MQTT_GAPWISE_PASSWORD")"
    echo "gauge:$(hashed "$MQTT_GAUGE_PASSWORD")"
    echo "reader:$(hashed "$MQTT_READER_PASSWORD")"
  } >secrets/passwords
  chmod 644 secrets/passwords
  echo "made secrets/passwords: the broker's users"
fi
echo "ready: docker compose up --detach"
