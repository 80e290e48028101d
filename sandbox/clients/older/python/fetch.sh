#!/usr/bin/env bash
# Fetches each version of Stripe's SDK for Python into a folder of its own, as one environment holds one only,
# and dj-stripe with all that it needs into another.
set -euo pipefail
cd "$(dirname "$0")"
fetching=()
fetch() {
    [[ -d $1 ]] && return
    python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target "$1" "${@:2}" &
    fetching+=($!)
}
while read -r package; do
    fetch ".packages/${package#stripe==}" --no-deps "$package"
done < <(grep -v '^#' requirements.txt)
fetch .packages/dj-stripe --requirement dj-stripe.txt
for one in "${fetching[@]}"; do wait "$one"; done
