#!/bin/sh
# The main job on the demonstration federation, in a temporary copy: check, fetch, settle, look.
# BIN names the folder of the mitoyen command.
set -eu

here=$(cd "$(dirname "$0")/../.." && pwd)
place=$(mktemp -d "${TMPDIR:-/tmp}/mitoyen-demo.XXXXXX")
PATH="$BIN:$PATH"

echo "1. a copy of the demonstration federation, in git: $place"
cp -R "$here/operations" "$here/schemas" "$place/"
rm -f "$place/schemas/__init__.py"
rm -rf "$place/schemas/__pycache__"
cd "$place"
git init --quiet .
git add .
git -c user.name=demo -c user.email=demo@example.invalid commit --quiet --message "The demonstration federation"

echo
echo "2. mitoyen check"
mitoyen check

echo
echo "3. mitoyen fetch: twelve months of simulated curves for each operation (real ones come from files)"
fetch() {
    mitoyen fetch "$1" --month "$2" > fetch.log || { cat fetch.log; exit 1; }
    echo "   $1 $2: $(grep -c '^  frozen' fetch.log) months frozen"
}
fetch appy 2023-01..2023-12
fetch carmausin-segala 2024-01..2024-12
fetch estancarbon 2024-05..2025-04
fetch saint-affrique 2018-10..2019-09
fetch saint-ruf 2025-03..2026-02
fetch sequestre 2022-05..2023-04
rm fetch.log
git add operations
git -c user.name=demo -c user.email=demo@example.invalid commit --quiet --message "Meter data of the months"

echo
echo "4. mitoyen settle"
mitoyen settle

echo
echo "5. the same again: nothing has changed, nothing is computed"
mitoyen settle | tail -1

echo
echo "To go on:"
echo "   cd $place && export PATH=\"$BIN:\$PATH\""
echo "   mitoyen settle sequestre --month 2022-07             everyone in a month"
echo "   mitoyen documents sequestre --month 2022-07 --out releves   what each member receives"
echo "   mitoyen explain saint-ruf --month 2025-09 --member m-n2x7   a package bought ahead, its rest given back"
echo "   mitoyen show shares sequestre --month 2022-07 | head  every quarter-hour"
echo "   \$EDITOR operations/sequestre/tariffs.yaml && mitoyen check && mitoyen settle sequestre"
