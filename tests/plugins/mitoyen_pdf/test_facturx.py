"""The PDF as a Factur-X: the XML inside is the one that was given, and the XMP says what it is."""

from __future__ import annotations

from io import BytesIO

import pikepdf
from lxml import etree

import invoices
import mitoyen_pdf

XML = '<?xml version="1.0" encoding="UTF-8"?>\n<facture vendeur="Mûriers &amp; fils">22,24 €</facture>\n'.encode()
FX = "{urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#}"
EXTENSION = {"p": "http://www.aiim.org/pdfa/ns/extension/", "s": "http://www.aiim.org/pdfa/ns/schema#"}


def opened(attach: bytes | None = XML) -> pikepdf.Pdf:
    return pikepdf.open(BytesIO(mitoyen_pdf.render(invoices.invoice(), attach)))


def test_the_xml_comes_out_as_it_went_in() -> None:
    with opened() as pdf:
        [file] = pdf.Root.AF
        assert file.UF == "factur-x.xml"
        assert file.AFRelationship == "/Alternative"
        assert file.EF.F.Subtype == "/text/xml"
        assert pdf.attachments["factur-x.xml"].get_file().read_bytes() == XML
        assert not pdf.check_pdf_syntax()


def test_without_xml_there_is_nothing_inside_and_nothing_said() -> None:
    with opened(None) as pdf:
        assert not list(pdf.attachments)
        assert b"factur-x" not in pdf.Root.Metadata.read_bytes()


def test_the_xmp_says_factur_x_of_the_profile_en_16931() -> None:
    with opened() as pdf:
        told = etree.fromstring(pdf.Root.Metadata.read_bytes())
    assert {one.tag.removeprefix(FX): one.text for one in told.iter(f"{FX}*")} == {
        "DocumentFileName": "factur-x.xml",
        "DocumentType": "INVOICE",
        "Version": "1.0",
        "ConformanceLevel": "EN 16931",
    }


def test_its_schema_is_in_the_one_list_of_schemas() -> None:
    with opened() as pdf:
        told = etree.fromstring(pdf.Root.Metadata.read_bytes())
    [schemas] = told.iterfind(".//p:schemas", EXTENSION)
    prefixes = [one.text for one in schemas.iterfind(".//s:prefix", EXTENSION)]
    assert len(prefixes) == len(set(prefixes))
    assert "fx" in prefixes


def test_the_identifier_is_of_the_content() -> None:
    assert mitoyen_pdf.render(invoices.invoice(), XML) == mitoyen_pdf.render(invoices.invoice(), XML)
    assert mitoyen_pdf.render(invoices.invoice(), XML) != mitoyen_pdf.render(invoices.invoice(), XML + b"\n")
