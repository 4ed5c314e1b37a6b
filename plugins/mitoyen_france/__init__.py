"""The law of French collective self-consumption: dated values in ``parameters/``, and the checks that read them."""

from __future__ import annotations

from collections.abc import Iterable

from mitoyen.contracts import Check, InvoiceLaw, Tax
from mitoyen.hookspecs import hookimpl
from mitoyen_france import excise, invoicing, perimeter, power, step, surplus, vat
from mitoyen_france.law import Malformed, Parameter, Reference, Value, names, parameter, read

__all__ = ["Malformed", "Parameter", "Reference", "Value", "mitoyen_checks", "names", "parameter", "read"]

LAW = "france"


@hookimpl
def mitoyen_checks() -> Iterable[Check]:
    yield Check(
        id="france-perimeter",
        version=1,
        title="L'étendue de l'opération (périmètre, dérogations)",
        check=perimeter.check,
        law=LAW,
    )
    yield Check(
        id="france-power", version=1, title="La puissance cumulée des producteurs", check=power.check, law=LAW
    )
    yield Check(id="france-vat", version=1, title="Les taux de TVA à confirmer", check=vat.check, law=LAW)
    yield Check(
        id="france-excise",
        version=1,
        title="L'accise : tarifs qui manquent, sites trop grands",
        check=excise.check,
        law=LAW,
    )
    yield Check(id="france-surplus", version=1, title="La vente du surplus", check=surplus.check, law=LAW)
    yield Check(id="france-step", version=1, title="Le pas de mesure", check=step.check, law=LAW)


@hookimpl
def mitoyen_taxes() -> Iterable[Tax]:
    yield Tax(
        id="france-vat",
        version=1,
        title="TVA et accise, par territoire et par date",
        law=LAW,
        regimes=vat.REGIMES,
        territories=vat.TERRITORIES,
        levy=vat.levy,
        changes=vat.changes,
        resale=vat.resale,
        excise=excise.excise,
        excise_changes=excise.changes,
    )


@hookimpl
def mitoyen_invoice_laws() -> Iterable[InvoiceLaw]:
    yield InvoiceLaw(
        id="france-invoices",
        version=1,
        title="Mentions et délais des factures",
        law=LAW,
        notes=invoicing.notes,
        horizon=invoicing.horizon,
    )
