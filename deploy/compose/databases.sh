#!/bin/sh
# The image of PostgreSQL runs this once, when its volume is empty: a role and a database
# for each of the two programs. Neither can connect to the other's.
set -eu
for name in kratos whatsapp_courier; do
  # By the environment, because arguments stand in the list of processes.
  NAME=$name PASSWORD=$(cat "/run/secrets/${name}_db") psql --username "$POSTGRES_USER" --dbname postgres \
    --no-psqlrc --quiet --set ON_ERROR_STOP=1 <<'SQL'
\getenv name NAME
\getenv password PASSWORD
CREATE ROLE :"name" LOGIN PASSWORD :'password';
CREATE DATABASE :"name" OWNER :"name";
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
SQL
done
