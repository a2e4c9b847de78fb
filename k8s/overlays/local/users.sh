#!/bin/bash
# Makes each group's user at the broker and its identity at the object store; docs/production.md has the same rights in a table.
set -euo pipefail

user() { # name, what it may write to, what it may read from, its tags
  local name=$1 secret
  secret=$(< "/secrets/$name/broker-uri")
  secret=${secret#*://*:}
  secret=${secret%@*}
  put "users/$name" "{\"password\":\"$secret\",\"tags\":\"${4:-}\"}"
  put "permissions/%2F/$name" "{\"configure\":\"^\$\",\"write\":\"$2\",\"read\":\"$3\"}"
}
put() {
  printf 'user = "%s:%s"\n' "$RABBITMQ_USER" "$RABBITMQ_PASSWORD" |
    curl -K - -sS --fail-with-body --retry 20 --retry-connrefused -X PUT -H 'Content-Type: application/json' --data-binary "$2" "$MANAGEMENT_URL/api/$1"
}
user ingress '^safelight$' '^$'
user lifecycle '^safelight$' '^$'
user processing '^(safelight|amq\\.default)$' '^processing(\\.slow)?$'
user moderation '^(safelight|amq\\.default)$' '^moderation$'
user metadata '^(safelight|amq\\.default)$' '^(metadata|.*\\.dead|safelight\\.unrouted)$'
user scaler '^$' '^$' management
echo "The broker has a user for each group."
