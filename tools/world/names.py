"""Invented names: people by language, companies by industry, countries by region."""

from __future__ import annotations

import random
import re
import unicodedata

FIRST = {
    "de": ("Anneke Jonas Lena Felix Miriam Tobias Katrin Henrik Sabine Lukas Frauke Matthis Ulrike Bastian Greta Arno Wiebke Ruben"),
    "fr": ("Camille Hugo Manon Théo Élodie Bastien Solène Rémi Aurore Maxime Clémence Loïc Inès Gaspard Océane Thibault Margaux Cyril"),
    "es": ("Lucía Mateo Carmen Diego Sofía Álvaro Valeria Joaquín Paula Andrés Noelia Ramón Ximena Iker Rocío Gonzalo Pilar Emilio"),
    "en": ("Ada Marcus Priya Owen Grace Tariq Hannah Leo Samuel Nadia Callum Ruth Desmond Aisha Fiona Reuben Tessa Malcolm Bryony"),
    "it": "Chiara Matteo Giulia Lorenzo Elisa Davide Ilaria Stefano Marta Riccardo Silvia Pietro",
    "nl": "Sanne Bram Femke Joris Lotte Ruud Maartje Teun Anouk Gijs Roos Wouter",
    "pt": "Beatriz Tiago Inês Rui Matilde Duarte Leonor Vasco Catarina Nuno Joana Gil",
    "sv": "Ebba Nils Astrid Viktor Maja Oskar Signe Axel Linnea Gustav Freja Hugo",
    "in": "Ananya Rohan Kavya Arjun Meera Vikram Divya Sanjay Lakshmi Nikhil Pooja Harish",
    "zh": "Mei Wei Jia Hao Xin Yi Ling Jun Hui Zhen Kai Rou",
    "ja": "Haruka Kenji Yui Takumi Sakura Daichi Aoi Ren Naomi Shota Emi Kaito",
}
LAST = {
    "de": (
        "Brandauer Hollmann Kettler Wiesinger Ostermann Reichelt Stadler Thiele Voss Zander Lindner Behrens Dreyer Pohlmann Seifert Krüger"
    ),
    "fr": (
        "Aubry Besnard Carpentier Delmas Fontanel Guérin Lavigne Marchetti Perrault Roussel Tessier Vasseur Jourdan Lemoine Colbert Rivoire"
    ),
    "es": (
        "Arrieta Bustamante Cordero Echeverría Figueroa Galdós Ibarra Lozano Montalvo Quiroga Salcedo Urrutia Peñalver "
        "Robledo Zamora Cifuentes"
    ),
    "en": (
        "Abara Bellweather Chaudhry Dunmore Eastgate Farrow Gillespie Hartigan Kendrick Langford Okafor Pemberton "
        "Quigley Radcliffe Stroud Wexford"
    ),
    "it": "Bellandi Cattaneo Donadoni Ferrante Galimberti Lombardo Morandi Pellegrini Rinaldi Sartori",
    "nl": "Aalders Brouwer Dijkhuizen Haverkamp Kuiper Meerveld Noordhoek Terpstra Verhagen Zonneveld",
    "pt": "Alvim Barroso Caldeira Figueira Lencastre Moreira Noronha Pacheco Quintela Saldanha",
    "sv": "Almgren Bergvall Dahlin Ekström Forslund Hedlund Lindahl Nyberg Sandell Wahlgren",
    "in": "Bhandari Chatterjee Deshmukh Iyer Kulkarni Menon Nair Raghavan Sengupta Varma",
    "zh": "Chen Goh Ho Lau Lim Ng Ong Tan Teo Yap",
    "ja": "Fujimori Hasegawa Ishikawa Kuroda Matsuda Nakagawa Okabe Saito Takeda Yamane",
}
COMPANY = (
    "Alder Amberline Arclight Ashgrove Bellwether Birchfield Bluewater Brightwell Caldera Cedarpoint Clearhaven "
    "Copperleaf Crestmont Daybreak Eastmoor Elmstead Fairwind Fernhill Foxglove Glenmark Goldcrest Granite Greenfell "
    "Harborview Hawthorn Heron Highmark Ironbridge Juniper Kestrel Kingfisher Lakeshore Larkspur Lighthouse Longreach "
    "Lowland Maplewood Meridian Millbrook Moorgate Northgate Oakhurst Osprey Pinecrest Quarry Redwood Ridgeline "
    "Riverbend Rosemount Saltmarsh Sandstone Seabright Silverlake Southwold Stonebridge Summit Sycamore Tamarack "
    "Thornbury Tidewater Vantage Westfield Whitecliff Wildrose Willowbank Windmere Wrenfield Yarrow Zephyr"
)
LOCAL_COMPANY = {
    "de": "Adlerhof Birkental Falkenau Hohenried Lindenau Rheinfeld Sonnberg Tannhausen Wiesengrund Steinach",
    "fr": "Beauval Clairmont Fontenelle Grandpré Montcalme Rivesalte Saintonge Valmont Bellerive Hautefort",
    "es": "Altamira Buenavista Campoverde Montesur Peñalta Riofrío Sierranova Torremar Valdeluz Costaclara",
    "it": "Belmonte Castelnero Montechiaro Pietrabianca Rocca Valserena",
    "nl": "Duinrand Havenzicht Molenwijk Polderland Zandvoort Weidestein",
    "pt": "Aldeia Montalto Pedrasul Serrana Valeverde Ribamar",
    "sv": "Björknäs Granlund Nordvik Stenhamra Vintersjö Älvdal",
    "in": "Ashoka Indrani Nilgiri Sahyadri Surya Vindhya",
    "zh": "Jade Lotus Merlion Orchard Pearl Straits",
    "ja": "Asahina Fujikawa Hanamori Midoriya Shirakawa Tsubaki",
}
INDUSTRY: dict[str, tuple[tuple[str, ...], bool]] = {  # name endings; whether sector rules apply
    "banking": (("Bank", "Savings", "Credit Union"), True),
    "insurance": (("Insurance", "Mutual", "Assurance"), True),
    "healthcare": (("Clinics", "Hospitals", "Care Group"), True),
    "pharma": (("Pharma", "Biologics"), True),
    "public": (("County Services", "City Utilities"), True),
    "retail": (("Stores", "Outfitters", "Markets"), False),
    "logistics": (("Logistics", "Freight", "Parcel"), False),
    "manufacturing": (("Works", "Components", "Machinery"), False),
    "energy": (("Energy", "Wind", "Power"), False),
    "media": (("Media", "Press House", "Studios"), False),
    "software": (("Software", "Labs", "Systems"), False),
    "travel": (("Travel", "Hotels", "Airways"), False),
    "education": (("Academy", "College"), False),
    "food": (("Foods", "Bakeries", "Dairy"), False),
}
# country, contract language, language of its people's names, language that they write besides English, weight
COUNTRIES = {
    "eu": [
        ("DE", "de", "de", "de", 6),
        ("AT", "de", "de", "de", 2),
        ("FR", "fr", "fr", "fr", 4),
        ("ES", "es", "es", "es", 4),
        ("IE", "en", "en", "en", 2),
        ("NL", "en", "nl", "nl", 2),
        ("SE", "en", "sv", "en", 2),
        ("IT", "en", "it", "it", 1),
        ("PT", "en", "pt", "pt", 1),
    ],
    "us": [("US", "en", "en", "en", 8), ("CA", "en", "en", "en", 2), ("MX", "es", "es", "es", 2)],
    "apac": [
        ("SG", "en", "zh", "en", 3),
        ("AU", "en", "en", "en", 4),
        ("IN", "en", "in", "en", 3),
        ("NZ", "en", "en", "en", 1),
        ("JP", "en", "ja", "ja", 1),
    ],
}
CURRENCY = dict.fromkeys(("DE", "AT", "FR", "ES", "IE", "NL", "SE", "IT", "PT"), "EUR") | {"AU": "AUD", "NZ": "AUD", "SG": "SGD"}
DIALLING = {
    "DE": "49",
    "AT": "43",
    "FR": "33",
    "ES": "34",
    "IE": "353",
    "NL": "31",
    "SE": "46",
    "IT": "39",
    "PT": "351",
    "US": "1",
    "CA": "1",
    "MX": "52",
    "SG": "65",
    "AU": "61",
    "IN": "91",
    "NZ": "64",
    "JP": "81",
}


def chance(key: str) -> random.Random:
    """A stream of chance that `key` alone decides: it makes a sample company and guards nothing."""
    return random.Random(key)  # noqa: S311


def person_name(rng: random.Random, people: str) -> str:
    """A first and a last name."""
    return f"{rng.choice(FIRST[people].split())} {rng.choice(LAST[people].split())}"


def company_name(rng: random.Random, people: str, industry: str, taken: set[str]) -> str:
    """A name that nobody has yet; it is added to `taken`."""
    pool = COMPANY.split() + LOCAL_COMPANY.get(people, "").split() * 4
    endings = INDUSTRY[industry][0]
    name = f"{rng.choice(pool)} {rng.choice(endings)}"
    while name in taken:
        name = f"{rng.choice(pool)} {rng.choice(COMPANY.split())} {rng.choice(endings)}"
    taken.add(name)
    return name


def slug(name: str) -> str:
    """`Älvdal Bank` becomes `alvdal-bank`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")
