"""Writes what Enedis sends, of invented meters: every form of a curve, the mails it comes with, what closes it.

Numbers of meters are made here, so that none stands in a file of the repository.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile
from zoneinfo import ZoneInfo

from mitoyen.clock import Clock

PARIS = ZoneInfo("Europe/Paris")
AGREEMENT = "ACC00000001"

ABOUT = (
    *("Identifiant PRM", "Type de donnees", "Date de debut", "Date de fin", "Grandeur physique"),
    *("Grandeur metier", "Etape metier", "Unite", "Pas en minutes"),
)
"""What stands above a load curve of the customer account."""


def number(last: int) -> str:
    """A meter's number: 14 digits that nobody has."""
    return f"{30000000000000 + last:014d}"


def moments(clock: Clock, *, end: bool) -> list[datetime]:
    """The local time that names each step."""
    shift = clock.step if end else 0
    return [datetime.fromtimestamp(utc + shift, UTC).astimezone(PARIS) for utc in clock.utc().tolist()]


def step(clock: Clock) -> str:
    return f"PT{clock.step // 60}M"


def account_csv(prm: str, clock: Clock, watts: Sequence[object], *, unit: str = "W", columns: int = 9) -> bytes:
    """The load curve of the customer account: C5 with ``W``, stamped at the end; C4 without, at the start."""
    said = [prm, "Courbe de charge", "01/01/2026", "01/02/2026", "Energie active", "Consommation", "Comptage Brut"]
    rows = [f"{stamp.isoformat()};{value}" for stamp, value in _rows(clock, watts, end=unit == "W")]
    lines = [";".join(ABOUT[:columns]), ";".join([*said, unit, ""][:columns]), "Horodate;Valeur", *rows]
    return b"\xef\xbb\xbf" + ("\n".join(lines) + "\n").encode()


def r63_csv(prm: str, clock: Clock, watts: Sequence[object], *, kind: str = "CONS", accents: bool = True) -> bytes:
    head = (
        "Identifiant PRM;Date de début;Date de fin;Grandeur physique;Grandeur métier;Etape métier;Unité;Horodate;"
        "Valeur;Nature;Pas;Indice de vraisemblance;Etat complémentaire"
    )
    if not accents:
        head = head.replace("é", "e")
    about = f"{prm};2026-01-01 00:00:00;2026-02-01 00:00:00;PA;{kind};BRUT;W"
    rows = [
        f"{about};{stamp:%Y-%m-%d %H:%M:%S};{value};B;{step(clock)};0;0"
        for stamp, value in _rows(clock, watts, end=True)
    ]
    return ("\n".join([head, *rows]) + "\n").encode()


def r63_json(prm: str, clock: Clock, watts: Sequence[object], *, kind: str = "CONS") -> bytes:
    points = [
        {"v": str(value), "d": f"{stamp:%Y-%m-%d %H:%M:%S}", "p": step(clock), "n": "B", "iv": 0, "ec": None}
        for stamp, value in _rows(clock, watts, end=True)
    ]
    quantity = {"grandeurMetier": kind, "grandeurPhysique": "PA", "unite": "W", "points": points}
    measures = {"idPrm": prm, "etapeMetier": "BRUT", "modeCalcul": "", "grandeur": [quantity]}
    return json.dumps({"header": {"codeFlux": "R63"}, "mesures": [measures]}).encode()


def data_connect(prm: str, clock: Clock, watts: Sequence[object]) -> bytes:
    intervals = [
        {
            "value": str(value),
            "date": f"{stamp:%Y-%m-%d %H:%M:%S}",
            "interval_length": step(clock),
            "measure_type": "B",
        }
        for stamp, value in _rows(clock, watts, end=True)
    ]
    unit = {"unit": "W", "measurement_kind": "power", "aggregate": "average"}
    meter = {"usage_point_id": prm, "quality": "BRUT", "interval_reading": intervals, "reading_type": unit}
    return json.dumps({"meter_reading": meter}).encode()


def r50(prm: str, clock: Clock, watts: Sequence[object], created: str = "2026-02-02T03:00:00+01:00") -> bytes:
    points = "".join(
        f"<PDC><H>{stamp.isoformat()}</H>" + (f"<V>{value}</V><IV>0</IV>" if value != "" else "") + "</PDC>\n"
        for stamp, value in _rows(clock, watts, end=True)
    )
    head = (
        f"<En_Tete_Flux><Identifiant_Flux>R50</Identifiant_Flux><Date_Creation>{created}</Date_Creation>"
        f"<Pas_Publication>{clock.step // 60}</Pas_Publication></En_Tete_Flux>"
    )
    body = f"<PRM><Id_PRM>{prm}</Id_PRM><Donnees_Releve>\n{points}</Donnees_Releve></PRM>"
    return f'<?xml version="1.0" encoding="UTF-8"?><R50 xmlns:xsi ="http://x">{head}{body}</R50>'.encode()


def r4x(prm: str, clock: Clock, kilowatts: Sequence[object]) -> bytes:
    points = "".join(
        f'<Donnees_Point_Mesure Horodatage ="{stamp.isoformat()}"'
        + (f' Valeur_Point ="{value}"' if value != "" else "")
        + ' Statut_Point ="R"></Donnees_Point_Mesure>\n'
        for stamp, value in _rows(clock, kilowatts, end=False)
    )
    about = (
        f"<Granularite>{clock.step // 60}</Granularite><Unite_Mesure>kW</Unite_Mesure>"
        "<Grandeur_Metier>CONS</Grandeur_Metier><Grandeur_Physique>EA</Grandeur_Physique>"
    )
    head = "<Entete><Date_Creation>2026-02-03T03:36:48+01:00</Date_Creation></Entete>"
    body = f"<Identifiant_PRM>{prm}</Identifiant_PRM><Donnees_Courbe>{about}\n{points}</Donnees_Courbe>"
    return f'<?xml version="1.0" encoding="UTF-8"?><Courbe>{head}<Corps>{body}</Corps></Courbe>'.encode()


def soap(prm: str, clock: Clock, watts: Sequence[object], *, version: int = 2) -> bytes:
    """The answer of ConsultationMesuresDetaillees, v2 or v3."""
    tag, response = ("mesure", "") if version == 2 else ("points", "V3")
    points = "".join(
        f"<{tag}><v>{value}</v><d>{_soap_time(stamp, version)}</d><p>{step(clock)}</p><n>B</n></{tag}>\n"
        for stamp, value in _rows(clock, watts, end=True)
    )
    quantity = "<grandeurMetier>CONS</grandeurMetier><grandeurPhysique>PA</grandeurPhysique><unite>W</unite>"
    name = f"ns3:consulterMesuresDetailleesResponse{response}"
    return (
        '<?xml version="1.0" ?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>'
        f'<{name} xmlns:ns3="http://www.enedis.fr/sge"><pointId>{prm}</pointId>'
        f"<grandeur>{quantity}\n{points}</grandeur></{name}></soap:Body></soap:Envelope>"
    ).encode()


def _soap_time(stamp: datetime, version: int) -> str:
    return f"{stamp:%Y-%m-%d %H:%M:%S}" if version == 3 else stamp.isoformat(timespec="milliseconds")


def raw_curve(clock: Clock, values: Sequence[object], *, column: str = "") -> bytes:
    """A raw curve of the monthly mail: ``Horodate;`` and the number of the meter, or nothing."""
    rows = [f"{stamp:%d/%m/%Y %H:%M};{value}" for stamp, value in _rows(clock, values, end=False)]
    return "\n".join([f"Horodate;{column}", *rows]).replace(".", ",").encode()


def registers_csv(prm: str, days: Mapping[str, int]) -> bytes:
    """Daily registers of the customer account: the total, in Wh, by time as the export writes it."""
    head = ";".join(ABOUT[:8])
    said = f"{prm};Index;01/01/2026;01/02/2026;Energie active;Consommation;Comptage Brut;Wh"
    names = ";".join(["Horodate", "Type de releve", *(f"EAS F{n}" for n in range(1, 11)), "EAS D1", "EAS T"])
    rows = [f"{stamp};Arrêté quotidien;{total}" + ";" * 11 + str(total) for stamp, total in days.items()]
    return "\n".join([head, said, names, *rows, ""]).encode()


def workbook(prm: str, clock: Clock, kilowatts: Sequence[str], *, lacks_last: bool = True) -> bytes:
    """The workbook of the customer account: text cells, comma, both ends of a step, the last step missing."""
    import openpyxl

    book = openpyxl.Workbook()
    book.active.title = "Page d'accueil"
    sheet = book.create_sheet("Consommation Horaire")
    sheet["B8"], sheet["C8"] = "Point Référence Mesure (PRM) : ", prm
    sheet["D8"], sheet["E8"] = "Grandeur physique :", "Puissance Active"
    sheet["D9"], sheet["E9"] = "Type de comptage :", "Consommation horaire"
    sheet["C16"], sheet["D16"], sheet["E16"] = "Début", "Fin", "Valeur (en kW)"
    ends = moments(clock, end=True)
    rows = list(zip(moments(clock, end=False), ends, kilowatts, strict=True))
    for row, (first, last, value) in enumerate(rows[:-1] if lacks_last else rows, 17):
        sheet[f"C{row}"], sheet[f"D{row}"] = f"{first:%d/%m/%Y %H:%M:%S}", f"{last:%d/%m/%Y %H:%M:%S}"
        sheet[f"E{row}"] = value
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def _rows(clock: Clock, values: Sequence[object], *, end: bool) -> list[tuple[datetime, object]]:
    return list(zip(moments(clock, end=end), values, strict=True))


# --- what they come in -----------------------------------------------------------------------------------------


def archive(files: Mapping[str, bytes], password: str = "", *, aes: bool = True) -> bytes:
    """A ZIP archive, encrypted where there is a password: with AES, or as ZIP did before."""
    content = BytesIO()
    if not password:
        with ZipFile(content, "w", ZIP_DEFLATED) as plain:
            for name, file in files.items():
                plain.writestr(name, file)
        return content.getvalue()
    if not aes:
        return zip_crypto(files, password)
    import pyzipper

    with pyzipper.AESZipFile(content, "w", compression=pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES) as closed:
        closed.setpassword(password.encode())
        for name, file in files.items():
            closed.writestr(name, file)
    return content.getvalue()


def zip_crypto(files: Mapping[str, bytes], password: str) -> bytes:
    """The first encryption of ZIP, which the library reads and does not write."""
    from zlib import crc32

    body, directory = b"", b""
    for name, file in files.items():
        check = crc32(file)
        closed = _zip_crypto(password.encode(), bytes(11) + bytes([check >> 24]) + file)
        about = struct.pack("<HHHHHIIIHH", 20, 1, 0, 0, 33, check, len(closed), len(file), len(name), 0)
        directory += b"PK\x01\x02" + struct.pack("<H", 20) + about + struct.pack("<HHHII", 0, 0, 0, 0, len(body))
        directory += name.encode()
        body += b"PK\x03\x04" + about + name.encode() + closed
    end = struct.pack("<HHHHIIH", 0, 0, len(files), len(files), len(directory), len(body), 0)
    return body + directory + b"PK\x05\x06" + end


def _zip_crypto(password: bytes, plain: bytes) -> bytes:
    table = [_crc_of(byte) for byte in range(256)]
    keys = [0x12345678, 0x23456789, 0x34567890]

    def update(byte: int) -> None:
        keys[0] = table[(keys[0] ^ byte) & 255] ^ (keys[0] >> 8)
        keys[1] = ((keys[1] + (keys[0] & 255)) * 134775813 + 1) & 0xFFFFFFFF
        keys[2] = table[(keys[2] ^ (keys[1] >> 24)) & 255] ^ (keys[2] >> 8)

    for byte in password:
        update(byte)
    closed = bytearray()
    for byte in plain:
        mask = keys[2] | 2
        closed.append(byte ^ ((mask * (mask ^ 1)) >> 8 & 255))
        update(byte)
    return bytes(closed)


def _crc_of(byte: int) -> int:
    for _ in range(8):
        byte = (byte >> 1) ^ (0xEDB88320 if byte & 1 else 0)
    return byte


SUBJECT = (
    "[Personne Morale] Autoconsommation Collective – Convention N°{agreement} – Courbes de charge brutes - "
    "Période du «{first}» au «{last}»"
)


def mail(
    attachments: Mapping[str, bytes], *, period: tuple[str, str] = ("01_01_2026", "31_01_2026"), sent: str = ""
) -> bytes:
    """The monthly mail as a mail program saves it."""
    message = EmailMessage()
    message["Subject"] = SUBJECT.format(agreement=AGREEMENT, first=period[0], last=period[1])
    message["From"], message["Date"] = "acc@example.org", sent or "Tue, 03 Feb 2026 08:00:00 +0100"
    message.set_content("Bonjour, vous trouverez les courbes de la période du 1/1/2026 au 31/1/2026.")
    for name, content in attachments.items():
        message.add_attachment(content, maintype="application", subtype="zip", filename=name)
    return bytes(message)


def password_mail(password: str, *, period: tuple[str, str] = ("01_01_2026", "31_01_2026")) -> bytes:
    """The mail that tells the password of the other one's archive."""
    message = EmailMessage()
    subject = SUBJECT.format(agreement=AGREEMENT, first=period[0], last=period[1])
    message["Subject"] = f"[Mot de passe] {subject}"
    message["From"], message["Date"] = "acc@example.org", "Tue, 03 Feb 2026 08:01:00 +0100"
    message.set_content(f"Bonjour,\n\nle fichier s'ouvre avec le mot de passe suivant : {password}\n\nCordialement")
    return bytes(message)


def outlook(subject: str, body: str, attachments: Mapping[str, bytes]) -> bytes:
    """A mail as Outlook saves it: a compound file with a stream a property."""
    root = {
        "__substg1.0_0037001F": subject.encode("utf-16-le"),
        "__substg1.0_1000001F": body.encode("utf-16-le"),
        "__substg1.0_001A001F": "IPM.Note".encode("utf-16-le"),
        "__properties_version1.0": struct.pack("<8xIIII8x", 0, len(attachments), 0, len(attachments))
        + _entry(0x001F, 0x0037, len(subject) * 2 + 2)
        + _entry(0x001F, 0x1000, len(body) * 2 + 2)
        + _entry(0x001F, 0x001A, 18),
    }
    storages = {}
    for position, (name, content) in enumerate(attachments.items()):
        storages[f"__attach_version1.0_#{position:08X}"] = {
            "__substg1.0_37010102": content,
            "__substg1.0_3707001F": name.encode("utf-16-le"),
            "__properties_version1.0": bytes(8)
            + _entry(0x0003, 0x3705, 1)
            + _entry(0x0102, 0x3701, len(content))
            + _entry(0x001F, 0x3707, len(name) * 2 + 2),
        }
    return compound(root, storages)


def _entry(kind: int, tag: int, value: int) -> bytes:
    return struct.pack("<HHIII", kind, tag, 6, value, 0)


def compound(streams: Mapping[str, bytes], storages: Mapping[str, Mapping[str, bytes]]) -> bytes:
    """A compound file, each stream in whole sectors of 512 bytes (a mini stream is for the small ones)."""
    entries: list[tuple[str, int, bytes]] = [("Root Entry", 5, b"")]
    children: dict[int, list[int]] = {0: []}
    for name, content in streams.items():
        children[0].append(len(entries))
        entries.append((name, 2, content))
    for name, inner in storages.items():
        here = len(entries)
        children[0].append(here)
        children[here] = []
        entries.append((name, 1, b""))
        for member, content in inner.items():
            children[here].append(len(entries))
            entries.append((member, 2, content))
    mini, mini_fat, body, fat = b"", [], b"", []
    starts: dict[int, int] = {}
    for position, (_, kind, content) in enumerate(entries):
        if kind != 2 or not content:
            continue
        if len(content) < 4096:
            starts[position] = len(mini_fat)
            mini_fat += _chain(len(mini_fat), -(-len(content) // 64))
            mini += content.ljust(-(-len(content) // 64) * 64, b"\0")
        else:
            starts[position], body = _store(content, body, fat)
    mini_start, body = _store(mini, body, fat) if mini else (-2, body)
    table = struct.pack(f"<{len(mini_fat)}i", *mini_fat)
    table_start, body = (
        _store(table.ljust(-(-len(table) // 512) * 512, b"\xff"), body, fat) if table else (-2, body)
    )
    directory = b""
    for position, (name, kind, content) in enumerate(entries):
        mine = children.get(position, [])
        child = mine[0] if mine else -1
        sibling = next((some[some.index(position) + 1] for some in children.values() if position in some[:-1]), -1)
        start, size = starts.get(position, 0), len(content)
        if position == 0:
            start, size = mini_start, len(mini)
        wide = name.encode("utf-16-le")
        directory += struct.pack(
            "<64sHBBiii16xI8x8xiII", wide, len(wide) + 2, kind, 1, -1, sibling, child, 0, start, size, 0
        )
    directory = directory.ljust(-(-len(directory) // 512) * 512, b"\0")
    directory_start, body = _store(directory, body, fat)
    sectors = -(-(len(fat) + 1) // 128)
    while sectors * 128 < len(fat) + sectors:
        sectors += 1
    fat_start = len(fat)
    fat += [-3] * sectors
    table = struct.pack(f"<{len(fat)}i", *fat).ljust(sectors * 512, b"\xff")
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + struct.pack("<16xHHHHH6xIIiIIiIiI", 62, 3, 0xFFFE, 9, 6, 0,
        sectors, directory_start, 0, 4096, table_start, -(-len(mini_fat) // 128), -2, 0)  # fmt: skip
    header += struct.pack("<109i", *(list(range(fat_start, fat_start + sectors)) + [-1] * (109 - sectors)))
    return header + body + table


def _chain(first: int, count: int) -> list[int]:
    return [*range(first + 1, first + count), -2]


def _store(content: bytes, body: bytes, fat: list[int]) -> tuple[int, bytes]:
    start, count = len(fat), -(-len(content) // 512)
    fat += _chain(start, count)
    return start, body + content.ljust(count * 512, b"\0")


def aes(content: bytes, key: bytes, vector: bytes) -> bytes:
    """An encrypted flow: AES in CBC; with a key of 32 bytes the vector stands before the content."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    padding = 16 - len(content) % 16
    encryptor = Cipher(algorithms.AES(key), modes.CBC(vector)).encryptor()
    closed = encryptor.update(content + bytes([padding]) * padding) + encryptor.finalize()
    return vector + closed if len(key) == 32 else closed
