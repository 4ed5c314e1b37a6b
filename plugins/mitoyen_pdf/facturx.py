"""What makes a PDF with an XML a Factur-X: four properties in its XMP, and the schema that declares them."""

from __future__ import annotations

from io import BytesIO

from mitoyen.host import MissingExtra

NAME = "factur-x.xml"
_SPACE = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"

_PROPERTIES = {
    "DocumentFileName": (NAME, "name of the embedded XML invoice file"),
    "DocumentType": ("INVOICE", "INVOICE"),
    "Version": ("1.0", "version of the Factur-X data"),
    "ConformanceLevel": ("EN 16931", "conformance level of the Factur-X data"),
}

_DECLARED = "".join(f"<fx:{name}>{value}</fx:{name}>" for name, (value, _description) in _PROPERTIES.items())

_SCHEMA = (
    '<rdf:li rdf:parseType="Resource">'
    "<pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>"
    f"<pdfaSchema:namespaceURI>{_SPACE}</pdfaSchema:namespaceURI>"
    "<pdfaSchema:prefix>fx</pdfaSchema:prefix>"
    "<pdfaSchema:property><rdf:Seq>"
    + "".join(
        '<rdf:li rdf:parseType="Resource">'
        f"<pdfaProperty:name>{name}</pdfaProperty:name>"
        "<pdfaProperty:valueType>Text</pdfaProperty:valueType>"
        "<pdfaProperty:category>external</pdfaProperty:category>"
        f"<pdfaProperty:description>{description}</pdfaProperty:description>"
        "</rdf:li>"
        for name, (_value, description) in _PROPERTIES.items()
    )
    + "</rdf:Seq></pdfaSchema:property></rdf:li>"
)


def declared(pdf: bytes) -> bytes:
    """The same PDF, saying that it is a Factur-X of the profile EN 16931. Deterministic.

    The schema joins the list that typst has written: a second list would be a duplicate property of PDF/A.
    """
    try:
        import pikepdf
    except ImportError as error:
        raise MissingExtra("pdf", "pikepdf") from error
    with pikepdf.open(BytesIO(pdf)) as document:
        told = document.Root.Metadata.read_bytes().decode()
        for place, more in (
            ("</rdf:Bag></pdfaExtension:schemas>", _SCHEMA),
            ("</rdf:RDF>", f'<rdf:Description rdf:about="" xmlns:fx="{_SPACE}">{_DECLARED}</rdf:Description>'),
        ):
            if told.count(place) != 1:
                raise RuntimeError(f"the XMP that typst wrote has not one {place}")
            told = told.replace(place, more + place)
        document.Root.Metadata.write(told.encode())
        whole = BytesIO()
        # XMP in the clear, for programs that look for it without reading the PDF.
        document.save(whole, deterministic_id=True, fix_metadata_version=False, compress_streams=False)
    return whole.getvalue()
