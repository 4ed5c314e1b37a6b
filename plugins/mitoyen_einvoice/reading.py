"""An e-invoice read back: what our arithmetic needs of it, each value as written and with its element.

This is not the writer's table turned round: the paths are from the norm, so that a fault of the writer shows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from mitoyen_einvoice.document import EInvoice

if TYPE_CHECKING:
    from lxml.etree import XPath, _Element


@dataclass(frozen=True, slots=True)
class Value:
    """A text and the element it was read from."""

    text: str
    element: _Element


Values = Mapping[str, Value]
"""By the number the norm gives them; what is not there is not a key."""


@dataclass(frozen=True, slots=True)
class Charge:
    """Something taken off (an allowance) or put on, of the whole invoice or of a line."""

    on: bool
    values: Values


@dataclass(frozen=True, slots=True)
class Line:
    values: Values
    charges: tuple[Charge, ...]


@dataclass(frozen=True, slots=True)
class Read:
    """One document. ``notes`` are (code, text); ``references`` have BT-25 and perhaps BT-26."""

    source: EInvoice
    values: Values
    notes: tuple[tuple[str, Value], ...]
    references: tuple[Values, ...]
    seller: Values
    buyer: Values
    lines: tuple[Line, ...]
    charges: tuple[Charge, ...]
    taxes: tuple[Values, ...]


def read(source: EInvoice) -> Read:
    """Whatever is there; nothing is judged."""
    paths = _CII if source.flavour == "cii" else _UBL
    root = source.root

    def group(name: str, inside: _Element) -> list[_Element]:
        return list(_compiled(paths["groups"][name])(inside))

    def values(table: str, inside: _Element) -> Values:
        return dict(_values(paths[table], inside))

    def charges(name: str, inside: _Element) -> tuple[Charge, ...]:
        found = ((one, values("charge", one)) for one in group(name, inside))
        return tuple(Charge(has["on"].text == "true", has) for _one, has in found if "on" in has)

    def party(name: str) -> Values:
        found = group(name, root)
        return values("party", found[0]) if found else {}

    # In the extended profiles a line may only gather others, or inform: it is no part of the sum.
    lines = (one for one in group("lines", root) if one.findtext(_STATUS) not in ("GROUP", "INFORMATION"))
    return Read(
        source=source,
        values=values("header", root),
        notes=tuple(_note(one, source.flavour) for one in group("notes", root)),
        references=tuple(values("reference", one) for one in group("references", root)),
        seller=party("seller"),
        buyer=party("buyer"),
        lines=tuple(Line(values("line", one), charges("line charges", one)) for one in lines),
        charges=charges("charges", root),
        taxes=tuple(values("tax", one) for one in group("taxes", root)),
    )


_STATUS = "{*}AssociatedDocumentLineDocument/{*}LineStatusReasonCode"


def _values(table: Mapping[str, str], inside: _Element) -> Iterator[tuple[str, Value]]:
    for name, path in table.items():
        path, _, attribute = path.partition("/@")
        found = _compiled(path)(inside)
        if found:
            text = found[0].get(attribute) if attribute else found[0].text
            if text and text.strip():
                yield name, Value(text.strip(), found[0])


def _note(element: _Element, flavour: str) -> tuple[str, Value]:
    if flavour == "cii":
        code = element.findtext("{*}SubjectCode") or ""
        return code.strip(), Value((element.findtext("{*}Content") or "").strip(), element)
    text = (element.text or "").strip()
    if text.startswith("#") and text.count("#") >= 2:
        _, code, text = text.split("#", 2)
        return code, Value(text, element)
    return "", Value(text, element)


@cache
def _compiled(path: str) -> XPath:
    from lxml import etree

    return etree.XPath(path, namespaces=_NAMESPACES)


_NAMESPACES = {
    "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
    "udt": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100",
    "qdt": "urn:un:unece:uncefact:data:standard:QualifiedDataType:100",
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}

_AGREEMENT = "rsm:SupplyChainTradeTransaction/ram:ApplicableHeaderTradeAgreement"
_SETTLEMENT = "rsm:SupplyChainTradeTransaction/ram:ApplicableHeaderTradeSettlement"
_SUMS = f"{_SETTLEMENT}/ram:SpecifiedTradeSettlementHeaderMonetarySummation"
_MEANS = f"{_SETTLEMENT}/ram:SpecifiedTradeSettlementPaymentMeans"
_LINE = "ram:SpecifiedLineTradeSettlement"

_CII: dict[str, Any] = {
    "groups": {
        "notes": "rsm:ExchangedDocument/ram:IncludedNote",
        "references": f"{_SETTLEMENT}/ram:InvoiceReferencedDocument",
        "seller": f"{_AGREEMENT}/ram:SellerTradeParty",
        "buyer": f"{_AGREEMENT}/ram:BuyerTradeParty",
        "lines": "rsm:SupplyChainTradeTransaction/ram:IncludedSupplyChainTradeLineItem",
        "line charges": f"{_LINE}/ram:SpecifiedTradeAllowanceCharge",
        "charges": f"{_SETTLEMENT}/ram:SpecifiedTradeAllowanceCharge",
        "taxes": f"{_SETTLEMENT}/ram:ApplicableTradeTax",
    },
    "header": {
        "BT-1": "rsm:ExchangedDocument/ram:ID",
        "BT-2": "rsm:ExchangedDocument/ram:IssueDateTime/udt:DateTimeString",
        "BT-3": "rsm:ExchangedDocument/ram:TypeCode",
        "BT-5": f"{_SETTLEMENT}/ram:InvoiceCurrencyCode",
        "BT-9": f"{_SETTLEMENT}/ram:SpecifiedTradePaymentTerms/ram:DueDateDateTime/udt:DateTimeString",
        "BT-23": "rsm:ExchangedDocumentContext/ram:BusinessProcessSpecifiedDocumentContextParameter/ram:ID",
        "BT-73": f"{_SETTLEMENT}/ram:BillingSpecifiedPeriod/ram:StartDateTime/udt:DateTimeString",
        "BT-74": f"{_SETTLEMENT}/ram:BillingSpecifiedPeriod/ram:EndDateTime/udt:DateTimeString",
        "BT-84": f"{_MEANS}/ram:PayeePartyCreditorFinancialAccount/*[self::ram:IBANID or self::ram:ProprietaryID]",
        "BT-90": f"{_SETTLEMENT}/ram:CreditorReferenceID",
        "BT-91": f"{_MEANS}/ram:PayerPartyDebtorFinancialAccount/ram:IBANID",
        "BT-106": f"{_SUMS}/ram:LineTotalAmount",
        "BT-107": f"{_SUMS}/ram:AllowanceTotalAmount",
        "BT-108": f"{_SUMS}/ram:ChargeTotalAmount",
        "BT-109": f"{_SUMS}/ram:TaxBasisTotalAmount",
        "BT-110": f"{_SUMS}/ram:TaxTotalAmount",
        "BT-112": f"{_SUMS}/ram:GrandTotalAmount",
        "BT-113": f"{_SUMS}/ram:TotalPrepaidAmount",
        "BT-114": f"{_SUMS}/ram:RoundingAmount",
        "BT-115": f"{_SUMS}/ram:DuePayableAmount",
    },
    "reference": {
        "BT-25": "ram:IssuerAssignedID",
        "BT-26": "ram:FormattedIssueDateTime/qdt:DateTimeString",
    },
    "party": {
        "SIREN": "ram:SpecifiedLegalOrganization/ram:ID[@schemeID='0002']",
        "SIRET": "ram:GlobalID[@schemeID='0009']",
        "VAT": "ram:SpecifiedTaxRegistration/ram:ID[@schemeID='VA']",
        "country": "ram:PostalTradeAddress/ram:CountryID",
    },
    "line": {
        "BT-126": "ram:AssociatedDocumentLineDocument/ram:LineID",
        "BT-129": "ram:SpecifiedLineTradeDelivery/ram:BilledQuantity",
        "BT-130": "ram:SpecifiedLineTradeDelivery/ram:BilledQuantity/@unitCode",
        "BT-131": f"{_LINE}/ram:SpecifiedTradeSettlementLineMonetarySummation/ram:LineTotalAmount",
        "BT-134": f"{_LINE}/ram:BillingSpecifiedPeriod/ram:StartDateTime/udt:DateTimeString",
        "BT-135": f"{_LINE}/ram:BillingSpecifiedPeriod/ram:EndDateTime/udt:DateTimeString",
        "BT-146": "ram:SpecifiedLineTradeAgreement/ram:NetPriceProductTradePrice/ram:ChargeAmount",
        "BT-149": "ram:SpecifiedLineTradeAgreement/ram:NetPriceProductTradePrice/ram:BasisQuantity",
        "BT-151": f"{_LINE}/ram:ApplicableTradeTax/ram:CategoryCode",
        "BT-152": f"{_LINE}/ram:ApplicableTradeTax/ram:RateApplicablePercent",
    },
    "charge": {
        "on": "ram:ChargeIndicator/udt:Indicator",
        "amount": "ram:ActualAmount",
        "category": "ram:CategoryTradeTax/ram:CategoryCode",
        "rate": "ram:CategoryTradeTax/ram:RateApplicablePercent",
    },
    "tax": {
        "BT-116": "ram:BasisAmount",
        "BT-117": "ram:CalculatedAmount",
        "BT-118": "ram:CategoryCode",
        "BT-119": "ram:RateApplicablePercent",
    },
}

_TOTALS = "cac:LegalMonetaryTotal"
_QUANTITY = "(cbc:InvoicedQuantity|cbc:CreditedQuantity)"

_UBL: dict[str, Any] = {
    "groups": {
        "notes": "cbc:Note",
        "references": "cac:BillingReference/cac:InvoiceDocumentReference",
        "seller": "cac:AccountingSupplierParty/cac:Party",
        "buyer": "cac:AccountingCustomerParty/cac:Party",
        "lines": "cac:InvoiceLine|cac:CreditNoteLine",
        "line charges": "cac:AllowanceCharge",
        "charges": "cac:AllowanceCharge",
        "taxes": "cac:TaxTotal/cac:TaxSubtotal",
    },
    "header": {
        "BT-1": "cbc:ID",
        "BT-2": "cbc:IssueDate",
        "BT-3": "cbc:InvoiceTypeCode|cbc:CreditNoteTypeCode",
        "BT-5": "cbc:DocumentCurrencyCode",
        "BT-9": "cbc:DueDate|cac:PaymentMeans/cbc:PaymentDueDate",
        "BT-23": "cbc:ProfileID",
        "BT-73": "cac:InvoicePeriod/cbc:StartDate",
        "BT-74": "cac:InvoicePeriod/cbc:EndDate",
        "BT-84": "cac:PaymentMeans/cac:PayeeFinancialAccount/cbc:ID",
        "BT-90": "(cac:PayeeParty|cac:AccountingSupplierParty/cac:Party)"
        "/cac:PartyIdentification/cbc:ID[@schemeID='SEPA']",
        "BT-91": "cac:PaymentMeans/cac:PaymentMandate/cac:PayerFinancialAccount/cbc:ID",
        "BT-106": f"{_TOTALS}/cbc:LineExtensionAmount",
        "BT-107": f"{_TOTALS}/cbc:AllowanceTotalAmount",
        "BT-108": f"{_TOTALS}/cbc:ChargeTotalAmount",
        "BT-109": f"{_TOTALS}/cbc:TaxExclusiveAmount",
        "BT-110": "cac:TaxTotal[cac:TaxSubtotal]/cbc:TaxAmount",
        "BT-112": f"{_TOTALS}/cbc:TaxInclusiveAmount",
        "BT-113": f"{_TOTALS}/cbc:PrepaidAmount",
        "BT-114": f"{_TOTALS}/cbc:PayableRoundingAmount",
        "BT-115": f"{_TOTALS}/cbc:PayableAmount",
    },
    "reference": {"BT-25": "cbc:ID", "BT-26": "cbc:IssueDate"},
    "party": {
        "SIREN": "cac:PartyLegalEntity/cbc:CompanyID[@schemeID='0002']",
        "SIRET": "cac:PartyIdentification/cbc:ID[@schemeID='0009']",
        "VAT": "cac:PartyTaxScheme[cac:TaxScheme/cbc:ID='VAT']/cbc:CompanyID",
        "country": "cac:PostalAddress/cac:Country/cbc:IdentificationCode",
    },
    "line": {
        "BT-126": "cbc:ID",
        "BT-129": _QUANTITY,
        "BT-130": f"{_QUANTITY}/@unitCode",
        "BT-131": "cbc:LineExtensionAmount",
        "BT-134": "cac:InvoicePeriod/cbc:StartDate",
        "BT-135": "cac:InvoicePeriod/cbc:EndDate",
        "BT-146": "cac:Price/cbc:PriceAmount",
        "BT-149": "cac:Price/cbc:BaseQuantity",
        "BT-151": "cac:Item/cac:ClassifiedTaxCategory/cbc:ID",
        "BT-152": "cac:Item/cac:ClassifiedTaxCategory/cbc:Percent",
    },
    "charge": {
        "on": "cbc:ChargeIndicator",
        "amount": "cbc:Amount",
        "category": "cac:TaxCategory/cbc:ID",
        "rate": "cac:TaxCategory/cbc:Percent",
    },
    "tax": {
        "BT-116": "cbc:TaxableAmount",
        "BT-117": "cbc:TaxAmount",
        "BT-118": "cac:TaxCategory/cbc:ID",
        "BT-119": "cac:TaxCategory/cbc:Percent",
    },
}
