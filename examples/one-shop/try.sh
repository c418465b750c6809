#!/usr/bin/env bash
# Sets up one shop against the sandbox, gives its past orders their deals, and shows one of them.
#
# Needs curl, and `portico` in the path or in the variable PORTICO. Leaves nothing behind.
set -euo pipefail

portico=${PORTICO:-portico}
example=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
cd "$folder"

# The emulated vendors, on any port that is free; their first line says on which.
coproc SANDBOX { exec "$portico" sandbox --listen 127.0.0.1:0 --json; }
sandbox_pid=$SANDBOX_PID
clean_up() {
    kill "$sandbox_pid" 2>/dev/null || true
    wait "$sandbox_pid" 2>/dev/null || true
    rm -rf "$folder"
}
trap clean_up EXIT
read -r ready <&"${SANDBOX[0]}"
sandbox=$(grep -o 'http://[0-9.:]*' <<<"$ready")

# The first value of a member; enough JSON for this script.
member() { grep -o "\"$1\": *\"[^\"]*\"" | head -n 1 | cut -d '"' -f 4; }

# What a customer does in the shop.
buy() {
    curl --silent --show-error --fail --noproxy '*' --output /dev/null \
        --header 'Content-Type: application/json' "$sandbox/_control/people" \
        --data "{\"app\": \"squarespace\", \"action\": \"checkout\", \"channel\": \"web\", \"email\": \"$1\", \"basket\": [{\"sku\": \"$2\", \"quantity\": $3}]}"
}

heading() { printf '\n== %s\n' "$*"; }

heading "Three past orders in the shop"
buy mara.lund@example.com WS-LANT-SUN 1
buy joel.okafor@example.com STORM-RED 8
buy mara.lund@example.com OIL-1L 2
echo "a workshop, eight lanterns, and lamp oil for the buyer of the workshop"

heading "A data folder"
sed "s#http://127.0.0.1:9090#$sandbox#" "$example/portico.toml" >portico.toml
export PORTICO_DATA=$folder
"$portico" init

heading "The shop and the CRM"
credentials=$(curl --silent --show-error --fail --noproxy '*' "$sandbox/_control/credentials")
(umask 077 && member api_key <<<"$credentials" >squarespace.key)
(umask 077 && member access_token <<<"$credentials" >kommo.token)
"$portico" connection add squarespace lantern --key-file squarespace.key
"$portico" connection add kommo crm --base "$sandbox/kommo" --key-file kommo.token

heading "The flow between them"
"$portico" flow add orders-to-kommo lantern --site lantern --crm crm --settings "$example/settings.toml" --yes

heading "Past orders"
"$portico" flow backfill lantern --since 2020-01-01

for number in 1001 1002 1003; do
    heading "Order $number"
    "$portico" order show "$number"
done

heading "What waits for somebody"
"$portico" work list --state held
