#!/usr/bin/env bash
# Fetches each version of Stripe's SDK for Python into a folder of its own, as one environment holds one only.
set -euo pipefail
cd "$(dirname "$0")"
fetching=()
while read -r package; do
    folder=".packages/${package#stripe==}"
    [[ -d $folder/stripe ]] && continue
    python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps \
        --target "$folder" "$package" &
    fetching+=($!)
done < <(grep -v '^#' requirements.txt)
for one in "${fetching[@]}"; do wait "$one"; done
