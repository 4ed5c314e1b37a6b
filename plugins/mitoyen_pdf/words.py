"""What the two pages say, in French and in English."""

from __future__ import annotations

from collections.abc import Mapping

MONTHS = {
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "en": "January February March April May June July August September October November December",
}

WORDS: Mapping[str, tuple[str, str]] = {
    # what it is
    "invoice": ("Facture", "Invoice"),
    "deposit": ("Facture d’acompte", "Deposit invoice"),
    "credit": ("Avoir", "Credit note"),
    "draft": ("PROJET", "DRAFT"),
    "draft invoice": ("Projet de facture", "Draft invoice"),
    "draft deposit": ("Projet de facture d’acompte", "Draft deposit invoice"),
    "draft credit": ("Projet d’avoir", "Draft credit note"),
    "no number": (
        "Projet, ne vaut pas facture : il n’a ni numéro ni date, et rien n’est à payer pour l’instant.",
        "A draft, not an invoice: it has neither number nor date, and nothing is to be paid yet.",
    ),
    "number": ("Numéro", "Number"),
    "date": ("Date", "Date"),
    "period": ("Période", "Period"),
    "operation": ("Opération", "Operation"),
    "page": ("Page {} sur {}", "Page {} of {}"),
    # who
    "buyer": ("Client", "Customer"),
    "capital": ("capital : {}", "capital: {}"),
    "vat number": ("TVA", "VAT"),
    "service": ("Code service", "Service code"),
    "engagement": ("N° d’engagement", "Commitment no."),
    "mandate": (
        "Document établi au nom et pour le compte de {} par {}, en vertu d’un mandat de facturation.",
        "Written in the name and on behalf of {} by {}, under a mandate to invoice.",
    ),
    # at a glance
    "payable": ("À payer", "To pay"),
    "returned": ("En votre faveur", "In your favour"),
    "settled": ("Rien à payer", "Nothing to pay"),
    "transfer when": ("par virement, au plus tard le {}", "by transfer, no later than {}"),
    "direct-debit when": ("prélevé le {}", "collected on {}"),
    "already paid": ("déjà payé : {}", "already paid: {}"),
    "returned how": (
        "remboursé, ou déduit de ce que vous devez",
        "refunded, or taken off what you owe",
    ),
    "received": ("Énergie partagée reçue", "Shared energy received"),
    "billed here": (
        "dont {} sur cette facture, le reste vient d’un autre vendeur",
        "{} of it on this invoice, the rest is another seller’s",
    ),
    "covered": ("{} de ce que vous avez consommé", "{} of what you consumed"),
    # corrections
    "cites credit": ("Reprend la facture {} du {}.", "Takes back invoice {} of {}."),
    "cites rest": (
        "Rend ce qui reste de la facture d’acompte {} du {}.",
        "Gives back the rest of deposit invoice {} of {}.",
    ),
    "cites invoice": ("Remplace la facture {} du {}.", "Replaces invoice {} of {}."),
    "reason": ("Motif : {}.", "Reason: {}."),
    # delivery points and lines
    "points": ("Points de livraison", "Delivery points"),
    "point": ("Point de livraison (PRM)", "Delivery point (PRM)"),
    "consumed": ("Consommé", "Consumed"),
    "shared": ("Partagé", "Shared"),
    "complement": ("Complément", "Complement"),
    "lines": ("Détail", "Details"),
    "lines credit": ("Détail de ce qui vous est rendu", "What is given back to you"),
    "what": ("Désignation", "Item"),
    "days": ("Jours", "Days"),
    "quantity": ("Quantité", "Quantity"),
    "price": ("Prix HT", "Price excl. VAT"),
    "rate": ("TVA", "VAT"),
    "amount": ("Montant HT", "Amount excl. VAT"),
    "group goods": ("Énergie", "Energy"),
    "group service": ("Services", "Services"),
    "group deposit": ("Énergie payée d’avance", "Energy paid in advance"),
    "group refund": ("Ce qui reste de l’énergie payée d’avance", "The rest of what was paid in advance"),
    "group carried": ("Rectification de factures précédentes", "Making up for earlier invoices"),
    "group drawn": ("Prise sur ce qui a été payé d’avance", "Drawn from what was paid in advance"),
    "of point": ("Point de livraison {}", "Delivery point {}"),
    "drawn from": ("payé par la facture d’acompte {} du {}", "paid by deposit invoice {} of {}"),
    "line cites": ("rectifie la facture {} du {}", "corrects invoice {} of {}"),
    "month": ("mois", "month"),
    "share": ("part", "share"),
    "one": ("", ""),
    # totals
    "taxes": ("TVA par taux", "VAT by rate"),
    "tax rate": ("Taux", "Rate"),
    "taxed": ("Base HT", "Net"),
    "tax": ("TVA", "VAT"),
    "totals": ("Total", "Total"),
    "net": ("Total HT", "Total excluding VAT"),
    "vat": ("Total TVA", "Total VAT"),
    "gross": ("Total TTC", "Total including VAT"),
    "paid": ("Déjà payé", "Already paid"),
    # paying
    "pay": ("Comment payer", "How to pay"),
    "repaid": ("Ce que vous recevez", "What you receive"),
    "repaid how": (
        "{} en votre faveur : cette somme vous est remboursée, ou déduite de ce que vous devez.",
        "{} in your favour: this sum is refunded to you, or taken off what you owe.",
    ),
    "nothing": (
        "Rien à payer : cette facture est déjà réglée.",
        "Nothing to pay: this invoice is already settled.",
    ),
    "transfer": ("Par virement, au plus tard le {}.", "By transfer, no later than {}."),
    "transfer undated": ("par virement", "by transfer"),
    "direct-debit": (
        "Par prélèvement, le {} : vous n’avez rien à faire.",
        "By direct debit, on {}: there is nothing for you to do.",
    ),
    "direct-debit undated": ("par prélèvement", "by direct debit"),
    "reference": ("Référence à indiquer", "Reference to give"),
    "rum": ("Référence unique du mandat (RUM)", "Mandate reference (RUM)"),
    "signed": ("{}, signé le {}", "{}, signed on {}"),
    "ics": ("Identifiant du créancier (ICS)", "Creditor identifier (ICS)"),
    "debited": ("Compte débité", "Account debited"),
    "ending": ("qui finit par {}", "ending in {}"),
    "notes": ("Mentions", "Terms"),
    # understanding
    "story": ("Comprendre cette facture", "Understanding this invoice"),
    "story credit": ("Comprendre cet avoir", "Understanding this credit note"),
    "changes": ("Ce qui change", "What changes"),
    "change credit": (
        "Une facture émise ne se modifie jamais : cet avoir reprend les montants de celle qu’il cite, "
        "ligne par ligne. Ils sont écrits ici sans signe moins, car ils sont en votre faveur.",
        "An issued invoice is never altered: this credit note takes back the amounts of the one it names, "
        "line by line. They are written here without a minus sign, as they are in your favour.",
    ),
    "change rest": (
        "L’énergie payée d’avance qui n’a pas été livrée ne le sera plus : elle vous est rendue au prix où vous "
        "l’avez payée.",
        "The energy that was paid in advance and not delivered will not be: it is given back to you at the price "
        "that you paid.",
    ),
    "change": (
        "Une facture émise ne se modifie jamais : celle-ci vient après un avoir et remplace celle qu’elle cite.",
        "An issued invoice is never altered: this one comes after a credit note and replaces the one it names.",
    ),
    "change carried": (
        "Des lignes rectifient une facture précédente : ce qu’elle comptait est repris, ce qu’elle aurait dû "
        "compter est ajouté, et la différence est dans ce total.",
        "Some lines make up for an earlier invoice: what it billed is taken off, what it should have billed is "
        "added, and the difference is part of this total.",
    ),
    "change drawn": (
        "L’énergie que vous avez payée d’avance est comptée comme l’autre, puis déduite au même prix.",
        "The energy that you paid in advance is counted like the rest, then deducted at the same price.",
    ),
    "advance": ("Payé d’avance", "Paid in advance"),
    "advance text": (
        "Vous payez maintenant de l’énergie qui vous sera livrée plus tard. Chaque facture à venir dira combien "
        "elle en prend, jusqu’à épuisement.",
        "You pay now for energy that will be delivered later. Each invoice to come will say how much it draws, "
        "until nothing is left.",
    ),
    "split": ("Votre consommation", "What you consumed"),
    "supplier": ("de complément, par votre fournisseur", "complement, by your supplier"),
    "neighbours": ("partagés, par l’opération", "shared, by the operation"),
    "whole": ("consommés en tout", "consumed in all"),
    "coverage": (
        "Taux d’autoproduction : {}. Sur 100 kWh que vous avez consommés, {} sont venus du partage ; "
        "les {} autres sont le complément, que votre fournisseur habituel vous facture à part.",
        "Coverage rate: {}. Of every 100 kWh you consumed, {} came from sharing; the other {} are the "
        "complement, which your usual supplier bills separately.",
    ),
    "coverage whole": (
        "Taux d’autoproduction : 100 %. Tout ce que vous avez consommé est venu du partage.",
        "Coverage rate: 100%. All that you consumed came from sharing.",
    ),
    "no consumption": (
        "Aucune consommation n’a été relevée pendant cette période.",
        "No consumption was read during this period.",
    ),
    "split alt": (
        "Barre : {} consommés, dont {} partagés et {} de complément.",
        "Bar: {} consumed, {} of it shared and {} complement.",
    ),
    "daily": ("Jour par jour", "Day by day"),
    "daily text": (
        "Énergie de chaque jour, tous points de livraison ensemble, en kWh. Votre meilleur jour : le {}, avec {} "
        "partagés.",
        "Energy of each day, all delivery points together, in kWh. Your best day: {}, with {} shared.",
    ),
    "daily none": (
        "Énergie de chaque jour, tous points de livraison ensemble, en kWh. Rien n’a été partagé.",
        "Energy of each day, all delivery points together, in kWh. Nothing was shared.",
    ),
    "daily alt": (
        "Graphique en barres, une par jour, {} : énergie partagée en bas, complément au-dessus. "
        "Partagé : de {} à {} par jour. Consommé : de {} à {} par jour.",
        "Bar chart, one bar a day, {}: shared energy below, complement above. Shared: from {} to {} a day. "
        "Consumed: from {} to {} a day.",
    ),
    "origins": ("D’où vient votre énergie partagée", "Where your shared energy came from"),
    "plant": ("Centrale", "Plant"),
    "part": ("Part", "Share"),
    "energy": ("Énergie", "Energy"),
    "counting": ("Comment le montant est calculé", "How the amount is computed"),
    "counting line": (
        "Chaque ligne est une quantité multipliée par un prix, arrondie une seule fois, au centime : {} × {} = {}.",
        "Each line is a quantity times a price, rounded once, to the cent: {} × {} = {}.",
    ),
    "counting vat": (
        "La TVA est calculée une seule fois par taux, sur la somme des lignes : {} × {} = {}.",
        "VAT is computed once per rate, on the sum of the lines: {} × {} = {}.",
    ),
    "words": ("Les mots", "The words"),
    "word shared": (
        "L’énergie partagée est produite par les centrales de l’opération et consommée par ses membres au même "
        "moment, quart d’heure par quart d’heure ou selon le pas des compteurs.",
        "Shared energy is made by the operation’s plants and consumed by its members at the same moment, quarter "
        "of an hour by quarter of an hour, or by whatever step the meters have.",
    ),
    "word complement": (
        "Le complément est le reste de ce que vous consommez : la nuit, ou quand il n’y a pas assez de soleil pour "
        "tous. Votre fournisseur le livre et le facture.",
        "The complement is the rest of what you consume: at night, or when there is not sun enough for all. Your "
        "supplier delivers and bills it.",
    ),
    "word key": (
        "La clé de partage dit quelle part de l’énergie va à chacun, à chaque instant.",
        "The sharing key says how much of the energy goes to whom, at each moment.",
    ),
    "trace": ("Refaire le calcul", "Computing it again"),
    "trace text": (
        "Chaque chiffre remonte à des relevés, une clé de partage et un prix décidés et datés. Avec ce code, votre "
        "coopérative retrouve lesquels, et qui les a décidés :",
        "Each figure goes back to readings, a sharing key and a price that were decided and dated. With this "
        "code your co-operative finds which, and who decided them:",
    ),
    "contact": ("Une question ? {}", "A question? {}"),
}
