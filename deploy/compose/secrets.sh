#!/bin/sh
# Makes the secrets of deploy/compose.yml, once, as files in deploy/compose/secrets: for
# the databases, for Kratos and for the courier. Kratos' file is deploy/kratos/kratos.yml
# with the keys and with the names that the containers have for each other.
#
# Only you may enter the folder. The files in it can be read by all, because compose hands
# them to the containers as they are, and each container has a user of its own.
set -eu
cd "$(dirname "$0")"

if [ -e secrets ]; then
  echo "deploy/compose/secrets is there already. The databases know these secrets: to begin anew," >&2
  echo "run \`docker compose -f deploy/compose.yml down --volumes\` and remove the folder first." >&2
  exit 1
fi
new=secrets.new
rm -rf "$new"
mkdir "$new"
chmod 0700 "$new"
umask 022

secret() { # how many bytes
  od -An -v -N"$1" -tx1 /dev/urandom | tr -d ' \n'
}
kratos_db=$(secret 16)
courier_db=$(secret 16)
kratos_key=$(secret 16)
admin_key=$(secret 16)

secret 16 >"$new/postgres"
printf '%s' "$kratos_db" >"$new/kratos_db"
printf '%s' "$courier_db" >"$new/whatsapp_courier_db"
# For you, and for no container: export COURIER_ADMIN_KEY=$(cat deploy/compose/secrets/admin_key)
printf '%s' "$admin_key" >"$new/admin_key"

sed \
  -e "s|^dsn: memory|dsn: postgres://kratos:$kratos_db@postgres:5432/kratos?sslmode=disable|" \
  -e "s|cookie: \[not-a-secret.*\]|cookie: [\"$(secret 16)\"]|" \
  -e "s|cipher: \[not-a-secret.*\]|cipher: [\"$(secret 16)\"]|" \
  -e "s|value: not-a-secret.*|value: \"$kratos_key\"|" \
  -e "s|^    host: 127.0.0.1|    host: 0.0.0.0|" \
  -e "s|http://127.0.0.1:4434/|http://kratos:4434/|" \
  -e "s|http://127.0.0.1:4480/|http://whatsapp-courier:4480/|" \
  ../kratos/kratos.yml >"$new/kratos.yml"

# Everything below whatsapp and sms is what mockmeta takes. Replace it by Meta's and your
# SMS provider's when you go live: deploy/GUIDE.md.
cat >"$new/courier.yml" <<YAML
dsn: postgres://whatsapp_courier:$courier_db@postgres:5432/whatsapp_courier?sslmode=disable
secrets: {cipher: ["$(secret 32)"], lookup: "$(secret 32)"}
kratos: {api_keys: ["$kratos_key"]}
admin: {api_keys: ["$admin_key"]}
whatsapp:
  access_token: mock-access-token
  app_secrets: [mock-app-secret]
  verify_token: mock-verify-token
sms:
  twilio: {account_sid: AC00000000000000000000000000000000, auth_token: mock-twilio-token}
YAML
mv "$new" secrets
echo "made deploy/compose/secrets"
