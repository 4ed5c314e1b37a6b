#!/bin/sh
# The main job on the demonstration federation, in a temporary copy: check, fetch, settle, issue, show.
# BIN names the folder of the mitoyen command.
set -eu

here=$(cd "$(dirname "$0")/../.." && pwd)
place=$(mktemp -d "${TMPDIR:-/tmp}/mitoyen-demo.XXXXXX")
PATH="$BIN:$PATH"

commit() {
    git add operations schemas
    git -c user.name=demo -c user.email=demo@example.invalid commit --quiet --message "$@"
}

echo "1. a copy of the demonstration federation, in git: $place/federation"
mkdir "$place/federation"
cp -R "$here/operations" "$here/schemas" "$place/federation/"
rm -rf "$place/federation/schemas/__init__.py" "$place/federation/schemas/__pycache__"
cd "$place/federation"
printf 'vault: {use: plain, with: {folder: ../people}}\nledger: {folder: ../register}\n' >> operations/mitoyen.yaml
git init --quiet .
commit "The demonstration federation"
python "$here/docs/demo/people.py" operations ../people
echo "   invented people, outside git: $place/people"

echo
echo "2. mitoyen check"
mitoyen check

echo
echo "3. mitoyen fetch: twelve months of simulated curves for each operation (real ones come from files)"
fetch() {
    mitoyen fetch "$1" --month "$2" > fetch.log || { cat fetch.log; exit 1; }
    echo "   $1 $2: months frozen: $(grep -c '^  frozen' fetch.log)"
    rm fetch.log
}
fetch appy 2023-01..2023-12
fetch carmausin-segala 2024-01..2024-12
fetch estancarbon 2024-05..2025-04
fetch saint-affrique 2018-10..2019-09
fetch saint-ruf 2025-03..2026-02
fetch sequestre 2022-05..2023-04
commit "Meter data of the months"

echo
echo "4. mitoyen settle"
mitoyen settle

echo
echo "5. the same again: nothing has changed, nothing is computed"
mitoyen settle | tail -1
commit "Settlements of the months"

echo
echo "6. mitoyen issue: packages paid ahead, a village's fee and solidarity price, two sellers and a town hall"
mitoyen issue saint-ruf --month 2025-03 --deposits --date 2025-03-03
mitoyen issue saint-ruf --month 2025-03 --date 2025-04-08
mitoyen issue appy --month 2023-07 --date 2023-08-07
mitoyen issue sequestre --month 2022-09 --date 2022-10-07
commit "Invoices of March 2025, July 2023, September 2022"

echo
echo "7. the operator restates September: the shop took more; what differs is taken back and billed again"
sed -i.before 's/mtr-05: {profile: shop, yearly: 150 MWh}/mtr-05: {profile: shop, yearly: 165 MWh}/' operations/sequestre/operation.yaml
rm operations/sequestre/operation.yaml.before
fetch sequestre 2022-09
commit "September restated"
mitoyen issue sequestre --month 2022-09 --date 2022-11-04
commit "September corrected"

echo
echo "8. mitoyen verify: the record, the register, every number"
mitoyen verify saint-ruf appy sequestre

echo
echo "9. mitoyen documents and export: what members, the accountant and the bank receive"
mitoyen documents saint-ruf --month 2025-03 --out "$place/documents/saint-ruf"
mitoyen documents appy --month 2023-07 --out "$place/documents/appy"
mitoyen documents sequestre --month 2022-09 --out "$place/documents/sequestre"
mitoyen export sequestre --month 2022-09 --as journal --out "$place/documents/accounts"
mitoyen export sequestre --month 2022-05..2022-12 --as fec --out "$place/documents/accounts"
mitoyen export saint-ruf --month 2025-03 --as sepa-direct-debit --out "$place/documents/bank"

echo
echo "10. mitoyen report: a site for the board; the same for everyone, which hides what is of fewer than three; one's own"
mitoyen report --out "$place/site"
echo 'audience: public' >> operations/mitoyen.yaml
mitoyen report --out "$place/site-public"
git checkout --quiet operations/mitoyen.yaml
mitoyen report --each-member saint-ruf --month 2026-02 --out "$place/documents/members"

echo
echo "Sites to open:"
echo "   $place/site/index.html          everyone by pseudonym, for the board"
echo "   $place/site-public/index.html   what anybody may see"
echo "   $place/documents/members/saint-ruf/2026-02/m-c8g5.html   what one member receives"
echo
echo "Invoices to open:"
find "$place/documents" -name '*.pdf' | sort | sed -n '1p;$p' | sed 's/^/   /'
echo "   and $(find "$place/documents" -name '*.pdf' | wc -l) in all, in $place/documents"
echo
echo "To go on:"
echo "   cd $place/federation && export PATH=\"$BIN:\$PATH\""
echo "   mitoyen invoices sequestre                            what was issued"
echo "   mitoyen explain SQ2022-000001 --line 1                why a line is what it is"
echo "   mitoyen settle sequestre --month 2022-07              everyone in a month"
echo "   mitoyen show shares sequestre --month 2022-07 | head  every quarter-hour"
echo "   \$EDITOR operations/sequestre/tariffs.yaml && mitoyen check && mitoyen settle sequestre"
echo "   mitoyen report --serve                                the board's site, in a browser, written again"
