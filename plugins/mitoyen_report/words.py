"""What the pages say, in French and in English."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from mitoyen.clock import Month

MONTHS = {
    "fr": (
        *("janvier", "février", "mars", "avril", "mai", "juin"),
        *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
    ),
    "en": (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
}
SHORT = {
    "fr": ("janv", "févr", "mars", "avr", "mai", "juin", "juil", "août", "sept", "oct", "nov", "déc"),
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
}
WEEKDAYS = {
    "fr": ("lun", "mar", "mer", "jeu", "ven", "sam", "dim"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}

_WORDS: Mapping[str, tuple[str, str]] = {
    # the frame of every page
    "skip": ("Aller au contenu", "Skip to the content"),
    "federation": ("La fédération", "The federation"),
    "overview": ("Vue d'ensemble", "Overview"),
    "the day": ("Le jour", "The day"),
    "plants": ("Centrales", "Plants"),
    "money": ("Argent", "Money"),
    "decisions": ("Décisions", "Decisions"),
    "quality": ("Données", "Data"),
    "other language": ("English", "Français"),
    "pages of": ("Pages de l'opération", "Pages of the operation"),
    "numbers": ("Les chiffres", "The numbers"),
    "csv": ("Télécharger (CSV)", "Download (CSV)"),
    "legend": ("Légende", "Legend"),
    "definition": ("Définition", "Definition"),
    "formula": ("Formule", "Formula"),
    "source": ("Source", "Source"),
    "made": (
        "Écrit par mitoyen, un logiciel libre, à partir des mois réglés et de l'histoire du dépôt.",
        "Written by mitoyen, free software, from settled months and the history of the repository.",
    ),
    "audience board": (
        "Pour le conseil : ces pages montrent l'énergie et les montants de chacun. Ne les publiez pas.",
        "For the board: these pages show everyone's energy and amounts. Do not publish them.",
    ),
    "audience members": (
        "Pour les membres : rien ici ne montre ce qu'une seule personne a consommé ou payé. "
        "Ce que moins de trois personnes ont consommé ou payé n'est pas montré.",
        "For the members: nothing here shows what one person used or paid. "
        "What fewer than three persons used or paid is not shown.",
    ),
    "audience public": (
        "Public : rien ici ne montre ce qu'une seule personne a consommé ou payé. "
        "Ce que moins de trois personnes ont consommé ou payé n'est pas montré.",
        "Public: nothing here shows what one person used or paid. "
        "What fewer than three persons used or paid is not shown.",
    ),
    # energies
    "produced": ("produit", "produced"),
    "consumed": ("consommé", "consumed"),
    "shared": ("partagé entre voisins", "shared between neighbours"),
    "complement": ("complément acheté au fournisseur", "complement bought from the supplier"),
    "surplus": ("surplus vendu ou cédé", "surplus sold or given"),
    "Produced": ("Produit", "Produced"),
    "Consumed": ("Consommé", "Consumed"),
    "Shared": ("Partagé", "Shared"),
    "Complement": ("Complément", "Complement"),
    "Surplus": ("Surplus", "Surplus"),
    "others": ("les {n} autres", "the {n} others"),
    "no group": ("sans tarif", "no tariff"),
    "self-consumption": ("Autoconsommation", "Self-consumption"),
    "coverage": ("Couverture", "Coverage"),
    # the federation
    "operations": ("Les opérations", "The operations"),
    "map": ("Où elles sont", "Where they are"),
    "map says": (
        "{n} opérations placées par leur longitude et leur latitude, le cercle selon leur puissance.",
        "{n} operations by longitude and latitude, each circle by its power.",
    ),
    "lately": ("Décidé récemment", "Decided lately"),
    "nothing lately": ("Rien n'a encore été décidé.", "Nothing was decided yet."),
    "federation says": (
        "{operations} opérations, {plants} centrales, {power} kWc, {consumers} consommateurs.",
        "{operations} operations, {plants} plants, {power} kWp, {consumers} consumers.",
    ),
    "federation months": ("Toutes ensemble, par mois", "All together, by month"),
    "federation months says": (
        "{First} – {last} : {produced} kWh produits, {shared} partagés entre voisins.",
        "{First} – {last}: {produced} kWh produced, {shared} shared between neighbours.",
    ),
    "counted": ("Opérations comptées", "Operations counted"),
    "month": ("Mois", "Month"),
    "latest": ("Dernier mois", "Latest month"),
    "before": ("Mois d'avant kWh", "Month before kWh"),
    "operation": ("Opération", "Operation"),
    "only shown": (
        "Les totaux ne comptent que les mois dont les chiffres sont montrés.",
        "Totals count the months whose figures are shown, and no others.",
    ),
    "more": ("et {n} de plus", "and {n} more"),
    "key": ("clé : {rule}", "key: {rule}"),
    # an operation
    "opened": ("ouverte le {day}", "opened on {day}"),
    "people": (
        "consommateurs : {consumers}, centrales : {plants} ({power} kWc)",
        "consumers: {consumers}, plants: {plants} ({power} kWp)",
    ),
    "nothing settled": (
        "Aucun mois de cette opération n'est encore réglé et consigné.",
        "No month of this operation is settled and on record yet.",
    ),
    "state draft": ("brouillon, peut encore changer", "draft, may still change"),
    "state issued": ("émis", "issued"),
    "state replaced": ("remplacé", "replaced"),
    "stale": ("le règlement consigné dit autre chose", "the settlement on record says otherwise"),
    "than before": ("{change} par rapport à {month}", "{change} against {month}"),
    "hidden flows": (
        "Ce mois-là, moins de trois personnes consomment ou sont servies : ce qu'elles ont pris n'est pas montré.",
        "Fewer than three persons used energy or were served that month: what they took is not shown.",
    ),
    "hidden months": (
        "Certains mois, ce que moins de trois personnes ont pris n'est pas montré.",
        "In some months, what fewer than three persons took is not shown.",
    ),
    "hidden production": (
        "La production est celle d'un seul ou de deux tiers : elle n'est pas montrée.",
        "The production is that of one or two others: it is not shown.",
    ),
    "months": ("Mois par mois", "Month by month"),
    "months says": (
        "{First} – {last} : {produced} kWh produits, dont {shared} partagés ({rate}) et {surplus} de surplus. "
        "Les consommateurs ont pris {consumed} kWh, dont {coverage} de local.",
        "{First} – {last}: {produced} kWh produced, {shared} of them shared ({rate}) and {surplus} surplus. "
        "Consumers took {consumed} kWh, {coverage} of it local.",
    ),
    "months says less": (
        "{First} – {last} : {produced} kWh produits.",
        "{First} – {last}: {produced} kWh produced.",
    ),
    "rates": ("Part partagée, part couverte", "Part shared, part covered"),
    "rates says": (
        "Autoconsommation : la part de la production que les voisins ont prise, {low} à {high} selon le mois. "
        "Couverture : la part de leur consommation qui était locale.",
        "Self-consumption: the part of production that neighbours took, {low} to {high} by month. "
        "Coverage: the part of their consumption that was local.",
    ),
    "calendar": ("Un an, jour par jour", "A year, day by day"),
    "calendar shared": (
        "Énergie partagée chaque jour : plus la case est foncée, plus il y en a eu. Le plus : {most} kWh le {day}.",
        "Energy shared each day: the darker, the more. The most: {most} kWh on {day}.",
    ),
    "calendar produced": (
        "Énergie produite chaque jour : plus la case est foncée, plus il y en a eu. Le plus : {most} kWh le {day}.",
        "Energy produced each day: the darker, the more. The most: {most} kWh on {day}.",
    ),
    "day": ("Jour", "Day"),
    "typical": ("La journée type", "The typical day"),
    "winter": ("Hiver (décembre à février)", "Winter (December to February)"),
    "spring": ("Printemps (mars à mai)", "Spring (March to May)"),
    "summer": ("Été (juin à août)", "Summer (June to August)"),
    "autumn": ("Automne (septembre à novembre)", "Autumn (September to November)"),
    "typical says": (
        "En moyenne sur {days} jours : {produced} kWh produits par jour, {shared} partagés, {consumed} consommés.",
        "On average over {days} days: {produced} kWh produced a day, {shared} shared, {consumed} used.",
    ),
    "typical says less": (
        "En moyenne sur {days} jours : {produced} kWh produits par jour.",
        "On average over {days} days: {produced} kWh produced a day.",
    ),
    "hour": ("Heure", "Hour"),
    "indicators": ("Les indicateurs", "The indicators"),
    "this month": ("Ce mois", "This month"),
    "twelve": ("Douze mois", "Twelve months"),
    "indicator": ("Indicateur", "Indicator"),
    "unit": ("Unité", "Unit"),
    "groups": ("À qui est allée l'énergie", "Who the energy went to"),
    "groups says": (
        "{Month}, par groupe de consommateurs. Un groupe réunit au moins trois personnes.",
        "{Month}, by group of consumers. There are three persons or more in each.",
    ),
    "groups board": ("{Month}, participant par participant.", "{Month}, member by member."),
    "consumers": ("Consommateurs", "Consumers"),
    "group": ("Groupe", "Group"),
    "member": ("Participant", "Member"),
    "bands": ("Combien de membres sont couverts, et de combien", "How many members are covered, and how much"),
    "bands says": (
        "{Month} : la part locale de la consommation de chacun, sans dire qui.",
        "{Month}: the local part of each one's consumption, without who.",
    ),
    "band": ("Couverture", "Coverage"),
    "how many": ("Participants", "Members"),
    # the day
    "day title": ("Le jour, pas à pas", "The day, step by step"),
    "day says": (
        "{day} : {produced} kWh produits, dont {shared} partagés ({rate}) ; {consumed} consommés.",
        "{day}: {produced} kWh produced, {shared} of them shared ({rate}); {consumed} used.",
    ),
    "day says less": ("{day} : {produced} kWh produits.", "{day}: {produced} kWh produced."),
    "day help": (
        "Chaque couleur est ce que quelqu'un a reçu de la production, à chaque pas de temps ; en haut, le surplus. "
        "La ligne est ce que tous ont consommé.",
        "Each colour is what somebody received of the production, at each step; on top, the surplus. "
        "The line is what all of them used.",
    ),
    "day plain": (
        "Ce que les centrales ont produit, à chaque pas de temps.",
        "What the plants gave, at each step.",
    ),
    "previous day": ("Jour précédent", "Previous day"),
    "next day": ("Jour suivant", "Next day"),
    "choose": ("Choisir un jour", "Choose a day"),
    "keys": ("Au clavier : flèches gauche et droite.", "By keyboard: left and right arrows."),
    "needs script": (
        "Les autres jours s'ouvrent avec JavaScript ; la figure et le tableau ci-dessous sont ceux du dernier.",
        "Other days open with JavaScript; the picture and the table below are those of the last one.",
    ),
    "no such day": ("Ce jour n'a pas de données montrées.", "There is nothing to show of that day."),
    "at": ("Heure", "Time"),
    "per step": ("kWh par pas de {minutes} min", "kWh a step of {minutes} min"),
    # plants
    "plants title": ("Ce que donnent les centrales", "What the plants give"),
    "plants hidden": (
        "Des centrales ne sont pas à l'organisateur : elles ne sont pas montrées une par une.",
        "Some plants are not the organiser's: they are not shown one by one.",
    ),
    "yields": ("kWh par kWc, mois par mois", "kWh by kWp, month by month"),
    "yields says": (
        "Ce que chaque centrale a donné par kilowatt-crête : à soleil égal, elles se comparent.",
        "What each plant gave by kilowatt-peak: under one sun they can be compared.",
    ),
    "yield of": ("Centrale par centrale, {month}", "Plant by plant, {month}"),
    "yield of says": (
        "Contre ses voisines (le milieu des autres) et contre son propre passé.",
        "Against its neighbours (the middle of the others) and its own past.",
    ),
    "plant": ("Centrale", "Plant"),
    "power": ("kWc", "kWp"),
    "energy kwh": ("kWh", "kWh"),
    "specific": ("kWh/kWc", "kWh/kWp"),
    "month ago": ("Mois d'avant", "Month before"),
    "year ago": ("Un an avant", "A year before"),
    "neighbours": ("Ses voisines", "Its neighbours"),
    "twelve specific": ("Douze mois", "Twelve months"),
    "suspects": ("Des jours à regarder", "Days to look at"),
    "suspects says": (
        "{n} jours sur douze mois où une centrale a donné moins de la moitié de ce que ses voisines laissaient "
        "attendre (ou, seule, moins d'un dixième de ses jours autour) : une panne, de la neige, une coupure ?",
        "{n} days in twelve months on which a plant gave less than half of what its neighbours let expect "
        "(or, alone, less than a tenth of its days around): a fault, snow, a cut?",
    ),
    "no suspects": (
        "Sur douze mois, aucun jour ne ressemble à une panne.",
        "In twelve months, no day looks like a fault.",
    ),
    "expected": ("Attendu kWh", "Expected kWh"),
    "gave": ("Donné kWh", "Given kWh"),
    "against": ("D'après", "From"),
    "against neighbours": ("ses voisines", "its neighbours"),
    "against past": ("ses jours autour", "its days around"),
    "availability": ("Mesures reçues", "Measures received"),
    # money
    "money title": ("L'argent de l'énergie locale", "The money of local energy"),
    "money hidden": (
        "Certains mois, un tarif ou un prix est payé par moins de trois personnes, ou va à un ou deux vendeurs : "
        "les montants de ces mois ne sont pas montrés, car on pourrait en déduire les leurs.",
        "In some months fewer than three persons pay a tariff or a price, or it goes to one or two sellers: "
        "the amounts of these months are not shown, for theirs could be worked out.",
    ),
    "paid": ("Ce que les membres ont payé", "What members paid"),
    "paid says": (
        "{First} – {last}{months}, hors taxes : {energy} € d'énergie locale, {fees} € de parts fixes. "
        "Les producteurs ont reçu {earned} € des voisins{surplus}.",
        "{First} – {last}{months}, before tax: {energy} EUR of local energy, {fees} EUR of fees. "
        "Producers earned {earned} EUR from neighbours{surplus}.",
    ),
    "paid months": (" ({n} mois montrés)", " ({n} months shown)"),
    "paid surplus": (" et {amount} € du surplus", " and {amount} EUR from surplus"),
    "energy": ("Énergie locale", "Local energy"),
    "fees": ("Parts fixes", "Fees"),
    "other": ("Autres lignes", "Other lines"),
    "net": ("HT €", "Net EUR"),
    "vat": ("TVA €", "VAT EUR"),
    "gross": ("TTC €", "Gross EUR"),
    "surplus sold": ("Surplus vendu €", "Surplus sold EUR"),
    "eur": ("€ hors taxes", "EUR before tax"),
    "eur kwh": ("€/kWh", "EUR/kWh"),
    "average": ("Le prix moyen", "The average price"),
    "average says": (
        "Ce qu'un kilowattheure local a coûté en moyenne, parts fixes comprises, hors taxes.",
        "What a local kilowatt-hour cost on average, fees included, before tax.",
    ),
    "reference": ("référence", "reference"),
    "prices": ("Les prix, par date", "The prices, by date"),
    "prices says": (
        "Les tarifs votés, du plus récent au plus ancien.",
        "The tariffs that were voted, newest first.",
    ),
    "tariff": ("Tarif", "Tariff"),
    "since": ("Depuis le", "Since"),
    "what": ("Quoi", "What"),
    "because": ("Décidé", "Decided"),
    "saving": ("Ce que cela fait économiser (estimation)", "What it saves (an estimate)"),
    "saving says": (
        "Estimation : {saving} € sur {months} mois, soit {each} € par kWh partagé, si chaque kWh local avait été "
        "acheté au prix de référence ci-dessous. Hors taxes ; l'acheminement, payé de toute façon, n'y est pas.",
        "An estimate: {saving} EUR over {months} months, {each} EUR a kWh shared, had each local kWh been bought "
        "at the reference price below. Before tax; the grid, paid in any case, is not in it.",
    ),
    "no reference": (
        "Pas d'estimation : operation.yaml ne donne pas de prix de référence (reference:).",
        "No estimate: operation.yaml gives no reference price (reference:).",
    ),
    "reference price": ("Prix de référence €/kWh", "Reference price EUR/kWh"),
    "saved": ("Économie estimée €", "Estimated saving EUR"),
    "checked": ("vérifié le {day}", "checked on {day}"),
    "everyone": ("Ce que chacun a payé, {month}", "What each one paid, {month}"),
    "revenue": ("Ce que les producteurs ont gagné, {month}", "What producers earned, {month}"),
    "producer": ("Producteur", "Producer"),
    "from neighbours": ("Des voisins €", "From neighbours EUR"),
    "from surplus": ("Du surplus €", "From surplus EUR"),
    # decisions
    "decisions title": ("Ce qui a été décidé", "What was decided"),
    "decisions says": (
        "D'après l'histoire du dépôt : qui a changé quoi, à partir de quand, et quelle assemblée l'a décidé.",
        "From the history of the repository: who changed what, from when on, and which assembly decided it.",
    ),
    "decisions less": (
        "D'après l'histoire du dépôt, sans ce qui concerne une seule personne.",
        "From the history of the repository, less what is about one person.",
    ),
    "no decisions": ("Ce dossier n'a pas d'histoire git.", "This folder has no git history."),
    "cut": (
        "L'histoire de ce clone est coupée : ce qui précède manque.",
        "The history of this clone is cut: what came before is missing.",
    ),
    "uncommitted": ("pas encore commité", "not committed yet"),
    "effective": ("à partir du {day}", "from {day}"),
    # quality
    "quality title": ("La qualité des données", "The quality of the data"),
    "quality says": (
        "Chaque mois : d'où viennent les courbes, quand elles sont arrivées, ce qui manquait.",
        "Each month: where the curves come from, when they came, what was missing.",
    ),
    "deliveries": ("Les livraisons", "The deliveries"),
    "deliveries says": (
        "Mois par mois ; une rectification est ce que le gestionnaire a corrigé après coup.",
        "Month by month; a restatement is what the operator put right later.",
    ),
    "restated on": (
        "le {day} (compteurs : {meters}, pas : {steps})",
        "on {day} (meters: {meters}, steps: {steps})",
    ),
    "delivered": ("Arrivées le", "Came on"),
    "data source": ("Source", "Source"),
    "meters": ("Compteurs", "Meters"),
    "steps": ("Pas attendus", "Steps expected"),
    "filled": ("Pas comblés", "Steps filled"),
    "policy": ("Trous", "Holes"),
    "policy refuse": ("refusés", "refused"),
    "policy zero": ("mis à zéro", "set to zero"),
    "policy estimate": ("estimés", "estimated"),
    "restated": ("Rectifications", "Restatements"),
    "difference": ("Écarts avec le gestionnaire", "Differences with the operator"),
    "not published": ("non publié", "not published"),
    "steps differ": ("{n} pas sur {of}", "{n} steps of {of}"),
    "availability says": (
        "La part des mesures attendues qui sont arrivées : {low} au moins, {mean} en tout.",
        "The part of expected measures that came: {low} at least, {mean} in all.",
    ),
    "holes of": ("Pas comblés par compteur", "Steps filled by meter"),
    # a member's own page
    "mine title": ("Votre mois de {month}", "Your month of {month}"),
    "mine says": (
        "Vous avez consommé {consumed} kWh, dont {shared} venaient de vos voisins ({rate}).",
        "You used {consumed} kWh, {shared} of which came from your neighbours ({rate}).",
    ),
    "mine private": (
        "Cette page n'est que pour vous : elle montre votre courbe. Elle n'est sur aucun site.",
        "This page is for you alone: it shows your curve. It is on no site.",
    ),
    "mine days": ("Vos jours", "Your days"),
    "mine days says": (
        "Ce que vous avez consommé chaque jour : local, et le reste.",
        "What you used each day: local, and the rest.",
    ),
    "mine curve": ("Votre journée moyenne", "Your average day"),
    "mine curve says": (
        "Heure par heure, en moyenne sur le mois. L'énergie locale arrive entre {first} h et {last} h.",
        "Hour by hour, on average over the month. Local energy comes between {first} h and {last} h.",
    ),
    "mine curve none": (
        "Heure par heure, en moyenne sur le mois. Ce mois-ci, rien n'est venu des voisins.",
        "Hour by hour, on average over the month. Nothing came from neighbours this month.",
    ),
    "mine steps": ("Toute la courbe du mois (CSV)", "The month's whole curve (CSV)"),
    "unit month": ("mois", "months"),
    "unit share": ("parts", "shares"),
    "unit one": ("", ""),
    "mine money": ("Votre argent", "Your money"),
    "line": ("Ligne", "Line"),
    "quantity": ("Quantité", "Quantity"),
    "price": ("Prix", "Price"),
    "amount": ("Montant HT €", "Net amount EUR"),
    "mine total": (
        "{net} € HT, {vat} € de TVA, {gross} € TTC.",
        "{net} EUR net, {vat} EUR VAT, {gross} EUR gross.",
    ),
    "mine saving": (
        "Estimation de ce que vous avez économisé : {saving} € HT, par rapport à {price} €/kWh ({source}).",
        "An estimate of what you saved: {saving} EUR net, against {price} EUR/kWh ({source}).",
    ),
    "shift": ("Et si vous décaliez un appareil à midi ?", "And if you moved a load to noon?"),
    "shift says": (
        "Sur les vraies données de {month} : {moved} kWh par jour, pris entre {from_} h et {until} h et mis entre "
        "{noon} h et {afternoon} h, vous auraient donné {more} kWh d'énergie locale en plus, à clé et tarif "
        "inchangés ; {total} au lieu de {now}. Les autres auraient reçu {others} kWh.",
        "On the real data of {month}: {moved} kWh a day, taken between {from_} h and {until} h and put between "
        "{noon} h and {afternoon} h, would have brought you {more} kWh more of local energy, under the same key "
        "and tariff; {total} instead of {now}. The others would have received {others} kWh.",
    ),
    "shift none": (
        "Ce mois-ci, les parts ont été publiées par le gestionnaire : on ne peut pas rejouer le partage.",
        "This month the shares were published by the operator: the sharing cannot be played again.",
    ),
    "shift nothing": (
        "En {month}, vous n'avez rien consommé entre {from_} h et {until} h : il n'y a rien à décaler.",
        "In {month} you used nothing between {from_} h and {until} h: there is nothing to move.",
    ),
    "shift money": (
        "Au prix local contre la référence, c'est environ {gain} € HT de mieux sur le mois (estimation).",
        "At the local price against the reference, about {gain} EUR net better in the month (an estimate).",
    ),
}


RULES: Mapping[str, tuple[str, str]] = {
    "prorata": ("au prorata de la consommation", "in proportion to consumption"),
    "equal": ("parts égales", "equal parts"),
    "static": ("parts fixes", "fixed parts"),
    "static-reshared": ("parts fixes, le reste partagé à nouveau", "fixed parts, the rest shared again"),
    "priority": ("par rang de priorité", "by rank"),
    "coefficients": ("coefficients fournis", "coefficients as delivered"),
    "distributor": ("parts publiées par le gestionnaire", "as the grid operator published"),
}
"""Keys that come with mitoyen; one of a co-operative's own is called by its id."""


_SIGN = re.compile(r" (?=[:;?!€»])|(?<=«) ")


class Words:
    """``words("months says", first=…)`` in one language."""

    def __init__(self, lang: str) -> None:
        self.lang = lang
        self._index = 1 if lang == "en" else 0

    def __call__(self, name: str, /, **values: object) -> str:
        text = _WORDS[name][self._index]
        return self.set(text.format(**values) if values else text)

    def set(self, text: str) -> str:
        """As a printer sets it: in French a sign stays with the word before it."""
        return text if self.lang == "en" else _SIGN.sub("\u00a0", text)

    @property
    def point(self) -> str:
        """Between a number and its decimals."""
        return "." if self.lang == "en" else ","

    def month(self, month: Month | str) -> str:
        """``juillet 2023``"""
        one = Month.parse(month) if isinstance(month, str) else month
        return f"{MONTHS[self.lang][one.number - 1]} {one.year}"

    def short(self, month: Month) -> str:
        return SHORT[self.lang][month.number - 1]

    def rule(self, name: str) -> str:
        """A key as members call it."""
        return RULES[name][self._index] if name in RULES else name

    def unit(self, unit: str) -> str:
        """``kWh/kWc`` is what a French reader calls kWh/kWp."""
        return unit.replace("kWp", "kWc").replace("EUR", "€") if self.lang == "fr" else unit

    def day(self, day: date) -> str:
        """``1er juillet 2023``, ``1 July 2023``"""
        number = "1er" if day.day == 1 and self.lang == "fr" else str(day.day)
        return f"{number} {MONTHS[self.lang][day.month - 1]} {day.year}"


FRENCH, ENGLISH = Words("fr"), Words("en")
BY_LANG = {"fr": FRENCH, "en": ENGLISH}
