"""An invoice as a PDF: what it says, that it is the same anywhere, and that it is written to be read aloud."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import invoices
import mitoyen_pdf
from invoices import BUSINESS, COOP, FARM, HOUSEHOLD, TOWN, credit, invoice, line
from mitoyen.contracts import InvoiceFormat
from mitoyen.diagnostics import Refused, UsageError
from mitoyen.host import MissingExtra, installed
from mitoyen.invoice import Invoice, InvoiceTax, Reference
from mitoyen_pdf import document

DEPOSIT = Reference(number="AC2026-000007", issued=date(2026, 1, 5))


def pages(of: Invoice) -> list[str]:
    """The words of each page, every kind of blank as one."""
    found = [page.extract_text() for page in pypdf.PdfReader(BytesIO(mitoyen_pdf.render(of))).pages]
    return [re.sub(r"\s+", " ", page) for page in found]


# --- what it says --------------------------------------------------------------------------------------------


def test_the_numbers_by_hand() -> None:
    """127.345 x 0.1250 = 15.92, 64.210 x 0.0985 = 6.32; 22.24 + 4.45 = 26.69; 191.555 of 284.000 is 67.4 %."""
    first, second = pages(invoice())
    for words in (
        "Facture Numéro TB2026-000017 Date 8 avril 2026 Période 1er – 31 mars 2026",
        "Toits du Bourg, SCIC à capital variable 1 place du Marché 81000 Albi",
        "SCIC SA · capital : 10 000 EUR, à capital variable",
        "SIREN 552 100 554 · SIRET 552 100 554 00013 RCS Albi 552 100 554 · TVA FR96552100554",
        "Client Éloïse Lefèvre Bât. B 12 rue des Acacias 81000 Albi",
        "À payer 26,69 € par virement, au plus tard le 8 mai 2026",
        "00001234567890 284,000 kWh 191,555 kWh",
        "Énergie partagée (pleines) 1er – 31 mars 2026 127,345 kWh 0,1250 €/kWh 20 % 15,92 €",
        "Énergie partagée (creuses) 1er – 31 mars 2026 64,210 kWh 0,0985 €/kWh 20 % 6,32 €",
        "20 % 22,24 € 4,45 €",
        "Total HT 22,24 € Total TVA 4,45 € Total TTC 26,69 € À payer 26,69 €",
        "IBAN FR14 2004 1010 0505 0001 3M02 606 BIC PSSTFRPPXXX Référence à indiquer TB2026-000017",
        "Pas d'escompte pour paiement anticipé",
        "Page 1 sur 2",
    ):
        assert words in first
    for words in (
        "284,000 kWh consommés en tout = 191,555 kWh partagés, par l’opération + 92,445 kWh de complément",
        "Taux d’autoproduction : 67,4 %. Sur 100 kWh que vous avez consommés, 67 sont venus du partage ; les 33",
        "p-ecole 150,000 kWh 78,3 % p-mairie 41,555 kWh 21,7 %",
        "127,345 kWh × 0,1250 € = 15,92 €",
        "22,24 € × 20 % = 4,45 €",
        "mitoyen explain toits-du-bourg/2026-03.1/3f2a91c04d17",
        "Page 2 sur 2",
    ):
        assert words in second
    assert "Reprend" not in first + second
    assert "mandat" not in first


def test_in_english() -> None:
    first, second = pages(invoice(lang="en"))
    assert "Invoice Number TB2026-000017 Date 8 April 2026 Period 1 – 31 March 2026" in first
    assert "To pay 26.69 € by transfer, no later than 8 May 2026" in first
    assert "127.345 kWh 0.1250 €/kWh 20% 15.92 €" in first
    assert "Coverage rate: 67.4%. Of every 100 kWh you consumed, 67 came from sharing; the other 33" in second


def test_a_draft_says_so_on_every_page_and_has_no_number() -> None:
    draft = pages(invoice(number=None, issued=None))
    assert len(draft) == 2
    for page in draft:
        assert "PROJET" in page
        assert "TB2026" not in page
    assert "Projet, ne vaut pas facture" in draft[0]
    assert all("DRAFT" in page for page in pages(invoice(number=None, issued=None, lang="en")))
    assert not any("PROJET" in page or "DRAFT" in page for page in pages(invoice()))


def test_a_credit_note_is_told_as_positive() -> None:
    first, second = pages(credit(invoice(), "AV2026-000003", date(2026, 5, 2)))
    assert "Avoir Numéro AV2026-000003 Date 2 mai 2026" in first
    assert "En votre faveur 26,69 €" in first
    assert "127,345 kWh 0,1250 €/kWh 20 % 15,92 €" in first
    assert "Total HT 22,24 € Total TVA 4,45 € Total TTC 26,69 € En votre faveur 26,69 €" in first
    assert "−" not in first
    for page in (first, second):
        assert "Reprend la facture TB2026-000017 du 8 avril 2026." in page
        assert "Motif : Données rectifiées par le gestionnaire de réseau." in page
    assert "À payer" not in first
    assert "IBAN" not in first


def test_a_correction_says_what_it_replaces_and_what_was_paid() -> None:
    first, second = pages(
        invoice(
            number="TB2026-000031",
            cites=(Reference(number="TB2026-000017", issued=date(2026, 4, 8)),),
            reason="Prix de mars décidé en avril.",
            paid=Decimal("10.00"),
            payable=Decimal("16.69"),
        )
    )
    assert (
        "Remplace la facture TB2026-000017 du 8 avril 2026. Motif : Prix de mars décidé en avril. À payer" in first
    )
    assert "Total TTC 26,69 € Déjà payé −10,00 € À payer 16,69 €" in first
    assert "Ce qui change Remplace la facture TB2026-000017" in second


def prepaid() -> Invoice:
    """500 kWh x 0.12 = 60.00, VAT 12.00, gross 72.00, paid at once."""
    package = line("500", "0.1200", "60.00", item="package", label="500 kWh payés d'avance", kind="deposit")
    return invoice(
        type="deposit",
        number=DEPOSIT.number,
        issued=DEPOSIT.issued,
        lines=(package,),
        taxes=(InvoiceTax(category="S", rate=Decimal(20), net=Decimal("60.00"), vat=Decimal("12.00")),),
        net=Decimal("60.00"),
        vat=Decimal("12.00"),
        gross=Decimal("72.00"),
        paid=Decimal("72.00"),
        payable=Decimal("0.00"),
        due=None,
        points=(),
        days=(),
        origins=(),
    )


def test_a_deposit_invoice() -> None:
    first, second = pages(prepaid())
    assert "Facture d’acompte Numéro AC2026-000007" in first
    assert "Rien à payer 0,00 € déjà payé : 72,00 €" in first
    assert "500 kWh payés d'avance 1er – 31 mars 2026 500,000 kWh 0,1200 €/kWh 20 % 60,00 €" in first
    assert "Vous payez maintenant de l’énergie qui vous sera livrée plus tard." in second


def test_what_is_drawn_from_a_deposit_is_taken_off() -> None:
    """15.92 - 50 x 0.12 = 9.92; VAT 1.98; gross 11.90. The deposit is cited, and not replaced."""
    first, second = pages(
        invoice(
            cites=(DEPOSIT,),
            lines=(
                line("127.345", "0.1250", "15.92"),
                line("-50", "0.1200", "-6.00", kind="drawn", label="énergie payée d'avance", cites=DEPOSIT),
            ),
            taxes=(InvoiceTax(category="S", rate=Decimal(20), net=Decimal("9.92"), vat=Decimal("1.98")),),
            net=Decimal("9.92"),
            vat=Decimal("1.98"),
            gross=Decimal("11.90"),
            payable=Decimal("11.90"),
        )
    )
    assert "Prise sur ce qui a été payé d’avance Énergie payée d'avance" in first
    assert "payé par la facture d’acompte AC2026-000007 du 5 janvier 2026" in first
    assert "−50,000 kWh 0,1200 €/kWh 20 % −6,00 €" in first
    assert "Total HT 9,92 € Total TVA 1,98 € Total TTC 11,90 €" in first
    assert "Remplace" not in first + second
    assert "Payé d’avance L’énergie que vous avez payée d’avance est comptée comme l’autre" in second


def test_the_rest_of_a_deposit_is_given_back() -> None:
    """40 x 0.14 = 5.60, VAT 1.12, 6.72; what was consumed in the month is another invoice's."""
    first, second = pages(
        invoice(
            type="credit",
            number="AV2026-000005",
            lines=(line("-40", "0.1400", "-5.60", kind="refund", label="reste du forfait", cites=DEPOSIT),),
            taxes=(InvoiceTax(category="S", rate=Decimal(20), net=Decimal("-5.60"), vat=Decimal("-1.12")),),
            net=Decimal("-5.60"),
            vat=Decimal("-1.12"),
            gross=Decimal("-6.72"),
            payable=Decimal("-6.72"),
            due=None,
            cites=(DEPOSIT,),
            days=(),
            origins=(),
        )
    )
    assert (
        "Rend ce qui reste de la facture d’acompte AC2026-000007 du 5 janvier 2026. En votre faveur 6,72 €" in first
    )
    assert "Point de livraison (PRM) 00001234567890 Détail" in first
    assert "40,000 kWh 0,1400 €/kWh 20 % 5,60 €" in first
    assert "Reprend la facture" not in first + second
    assert "elle vous est rendue au prix où vous l’avez payée" in second
    assert "Votre consommation" not in second


def test_a_small_difference_is_told_where_it_is_made_up_for() -> None:
    """An earlier invoice billed 10 kWh and should have billed 9: 1 kWh x 0.13 is taken off this one."""
    earlier = Reference(number="TB2026-000004", issued=date(2026, 3, 8))
    made_up = tuple(
        line(quantity, "0.1300", amount, cites=earlier, first=date(2026, 2, 1), last=date(2026, 2, 28))
        for quantity, amount in (("-10", "-1.30"), ("9", "1.17"))
    )
    first, second = pages(invoice(lines=(*invoice().lines, *made_up), cites=(earlier,)))
    assert "Rectification de factures précédentes Énergie partagée" in first
    assert "−10,000 kWh 0,1300 €/kWh 20 % −1,30 €" in first
    assert "9,000 kWh 0,1300 €/kWh 20 % 1,17 €" in first
    assert "rectifie la facture TB2026-000004 du 8 mars 2026" in first
    assert "Remplace" not in first + second
    assert "Des lignes rectifient une facture précédente" in second


def test_direct_debit_under_a_mandate_to_invoice() -> None:
    first, _second = pages(invoice(seller_id="ferme", seller=FARM, means="direct-debit"))
    assert "À payer 26,69 € prélevé le 8 mai 2026" in first
    assert "Par prélèvement, le 8 mai 2026" in first
    assert "(RUM) RUM-0001, signé le 5 janvier 2026 Identifiant du créancier (ICS) FR72ZZZ123456" in first
    assert "Compte débité qui finit par 2606" in first
    assert "IBAN" not in first
    assert (
        "Document établi au nom et pour le compte de Ferme des Mûriers par Toits du Bourg, SCIC à capital variable"
        in first
    )


def test_no_tax_gives_its_reason() -> None:
    mention = "TVA non applicable, article 293 B du code général des impôts"
    tax = InvoiceTax(category="E", rate=Decimal(0), net=Decimal("22.24"), vat=Decimal("0.00"), mention=mention)
    first, second = pages(invoice(buyer=BUSINESS, taxes=(tax,), vat=Decimal("0.00"), gross=Decimal("22.24")))
    assert f"{mention[:40]}" in first
    assert "22,24 € 0,00 €" in first
    assert "SIREN 404 833 048 · SIRET 404 833 048 00022 TVA FR83404833048" in first
    assert "× 0 %" not in second


def test_a_public_body_finds_its_codes() -> None:
    assert "Code service SERV-FIN · N° d’engagement ENG2026-17" in pages(invoice(buyer=TOWN))[0]


def test_only_the_notes_of_the_record_are_printed() -> None:
    household = pages(invoice(notes=()))[0]
    assert "40 EUR" not in household
    assert "Mentions" not in household


def test_what_is_copied_is_whole() -> None:
    """Where a long word may break, nothing is put into it."""
    first, second = pages(invoice(number="I" * 30 + "17", code="o" * 30 + "/2026-03.1/3f2a91c04d17"))
    assert f"Référence à indiquer {'I' * 30}17" in first
    assert f"mitoyen explain {'o' * 30}/2026-03.1/3f2a91c04d17" in second


def test_several_points_are_told_apart() -> None:
    one = invoice()
    other = replace(one.points[0], id="m-9qtd", number="0" * 13 + "9", consumed=10_000_000, shared=1_000_000)
    both = invoice(points=(*one.points, other), lines=(*one.lines, line("1", "0.1250", "0.13", point="m-9qtd")))
    first, second = pages(both)
    assert "Point de livraison 00001234567890 Énergie partagée (pleines)" in first
    assert "Point de livraison 00000000000009 Énergie partagée 1er – 31 mars 2026 1,000 kWh" in first
    assert "294,000 kWh consommés en tout = 192,555 kWh" in second


def test_another_seller_s_part_is_told_apart() -> None:
    """191.555 kWh were received, this seller sold 127.345 of them."""
    whole = invoices.invoice()
    assert "sur cette facture" not in pages(whole)[0]
    [part] = [line for line in whole.lines if line.quantity == Decimal("127.345")]
    first = " ".join(pages(replace(whole, lines=(part,)))[0].split())
    assert "dont 127,345 kWh sur cette facture, le reste vient d’un autre vendeur" in first.replace("\u202f", " ")


def test_surplus_that_is_sold_has_no_delivery_point() -> None:
    """Its lines are of plants: 10 kWh x 0.05 = 0.50, the buyer owes the tax."""
    tax = InvoiceTax(category="AE", rate=Decimal(0), net=Decimal("1.00"), vat=Decimal(0), mention="Autoliquidation")
    plants = tuple(
        line("10", "0.0500", "0.50", label=f"surplus, {plant}", point=plant, category="AE", rate=Decimal(0))
        for plant in ("p-ecole", "p-mairie")
    )
    first, second = pages(
        invoice(
            buyer=BUSINESS,
            lines=plants,
            taxes=(tax,),
            net=Decimal("1.00"),
            vat=Decimal("0.00"),
            gross=Decimal("1.00"),
            payable=Decimal("1.00"),
            points=(),
            days=(),
            origins=(),
        )
    )
    assert "Surplus, p-ecole 1er – 31 mars 2026 10,000 kWh 0,0500 €/kWh 0 % 0,50 €" in first
    assert "Autoliquidation 1,00 € 0,00 €" in first
    assert "Point de livraison" not in first
    assert "Votre consommation" not in second
    assert "Les mots" not in second


# --- people's words are never code ---------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(st.text("#*_$[]{}()\\<>@`~=-+/\"'&;:%éß1a", min_size=1, max_size=60))
def test_a_name_is_text(name: str) -> None:
    said = pages(replace(invoice(), buyer=replace(HOUSEHOLD, name=name)))[0]
    assert f"Client{name}" in said.replace(" ", "")


@pytest.mark.parametrize("name", ['#panic("no")', "*x* _y_ $z$", '"] #eval("1") #["', "= Titre", "{0} {} {page}"])
def test_what_typst_would_run_is_printed(name: str) -> None:
    said = "".join(pages(invoice(title=name, code=name, reason=name))).replace(" ", "")
    assert said.count(name.replace(" ", "")) == 4


def test_a_sign_no_font_has_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        mitoyen_pdf.render(invoice(buyer=replace(HOUSEHOLD, name="王小明")))
    [finding] = refused.value.findings
    assert finding.code == "PDF101"
    assert "m-3fk2" in finding.message
    assert "小明" not in finding.message
    assert mitoyen_pdf.render(invoice(buyer=replace(HOUSEHOLD, name="Ωμέγα Źdźbło Юлия Nguyễn")))


# --- the same anywhere ---------------------------------------------------------------------------------------


def run(code: str) -> str:
    path = os.pathsep.join([str(Path(invoices.__file__).parent), *sys.path])
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": path},
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def test_two_processes_write_the_same_bytes() -> None:
    code = (
        "import hashlib, invoices, mitoyen_pdf\n"
        "for xml in (None, b'<a/>'): "
        "print(hashlib.sha256(mitoyen_pdf.render(invoices.invoice(), xml)).hexdigest())"
    )
    here = [hashlib.sha256(mitoyen_pdf.render(invoice(), xml)).hexdigest() for xml in (None, b"<a/>")]
    assert run(code).split() == here


def test_what_was_written_before_leaves_no_trace() -> None:
    with_xml = mitoyen_pdf.render(invoice(), b"<a/>")
    plain = mitoyen_pdf.render(invoice())
    mitoyen_pdf.render(invoice(lang="en", buyer=TOWN))
    assert mitoyen_pdf.render(invoice()) == plain
    assert mitoyen_pdf.render(invoice(), b"<a/>") == with_xml


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_process_says_so_instead_of_waiting_for_ever() -> None:
    code = (
        "import os, invoices, mitoyen_pdf\n"
        "mitoyen_pdf.render(invoices.invoice())\n"
        "if child := os.fork(): os.waitpid(child, 0)\n"
        "else:\n"
        "    try: mitoyen_pdf.render(invoices.invoice())\n"
        "    except Exception as error: print(type(error).__name__, error, flush=True)\n"
        "    os._exit(0)\n"
    )
    assert run(code).startswith(f"{UsageError.__name__} a process forked after a PDF was made")


# --- read aloud, kept ten years ------------------------------------------------------------------------------


def elements(root: Any) -> Iterator[Any]:
    """Every structure element below one, in the order they are read."""
    node = root.get_object()
    for child in node if isinstance(node, list) else [node]:
        one = child.get_object()
        if isinstance(one, dict):
            if "/S" in one:
                yield one
            if "/K" in one:
                yield from elements(one["/K"])


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_it_is_tagged_and_says_its_language_and_title(lang: str) -> None:
    pdf = pypdf.PdfReader(BytesIO(mitoyen_pdf.render(invoice(lang=lang))))
    root: Any = pdf.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == lang
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    metadata = root["/Metadata"].get_data().decode()
    kind = "Facture" if lang == "fr" else "Invoice"
    assert f"{kind} TB2026-000017, Toits du Bourg, SCIC à capital variable" in metadata
    for word in ("<pdfaid:part>3<", "<pdfaid:conformance>A<", "<pdfuaid:part>1<"):
        assert word in metadata
    found = list(elements(root["/StructTreeRoot"]["/K"]))
    kinds = [one["/S"] for one in found]
    assert kinds.count("/H1") == 2
    assert kinds.count("/Table") == 4  # points, lines, VAT, plants
    assert kinds.count("/TH") == 3 + 6 + 3 + 3
    drawings = [one["/Alt"] for one in found if one["/S"] == "/Figure"]
    assert len(drawings) == 2
    if lang == "fr":
        assert "Barre : 284,000\xa0kWh consommés, dont 191,555\xa0kWh partagés" in drawings[0]
        assert "Partagé : de 6,000\xa0kWh à 6,330\xa0kWh par jour." in drawings[1]


# --- how it is offered ---------------------------------------------------------------------------------------


def test_it_is_offered() -> None:
    written = installed().get(InvoiceFormat, "pdf").render(invoice(number="TB/2026-17"), {})
    assert (written.name, written.media_type) == ("TB-2026-17.pdf", "application/pdf")
    assert written.content == mitoyen_pdf.render(invoice(number="TB/2026-17"))
    draft = installed().get(InvoiceFormat, "pdf").render(invoice(number=None, issued=None), {})
    assert draft.name == "2026-03-coop-toits-m-3fk2-invoice.pdf"


@pytest.mark.parametrize("library", ["typst", "fontpkg_source_sans_3", "pikepdf"])
def test_a_missing_library_says_which_extra_to_install(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    if library != "pikepdf":
        document._compiler.cache_clear()
    with pytest.raises(MissingExtra, match=rf"{library}.*mitoyen\[pdf\]"):
        mitoyen_pdf.render(invoice(seller=COOP), b"<a/>")


def test_importing_the_plugin_is_light() -> None:
    code = "import sys, mitoyen_pdf\nprint(sorted({'typst', 'pikepdf', 'lxml', 'PIL'} & set(sys.modules)))"
    assert run(code).strip() == "[]"


def test_a_build_holds_the_template(root: Path, tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "setup.py", "--quiet", "build_py", "--build-lib", str(tmp_path)],
        cwd=root,
        check=True,
        capture_output=True,
    )
    here = root / "plugins" / "mitoyen_pdf" / "template"
    built = tmp_path / "mitoyen_pdf" / "template"
    assert {one.name for one in built.iterdir()} == {one.name for one in here.iterdir()}
