#!/bin/sh
# Makes each group's identity at MinIO, with the group's policy and no other.
set -eu

mc alias set store "$ENDPOINT" "$ROOT_USER" "$ROOT_PASSWORD"
for policy in /policies/*.json; do
  group=$(basename "$policy" .json)
  mc admin policy create store "$group" "$policy"
  mc admin user add store "$(cat "/secrets/$group/access-key")" "$(cat "/secrets/$group/secret-key")"
  mc admin policy attach store "$group" --user "$(cat "/secrets/$group/access-key")" || mc admin policy entities store --policy "$group"
done
