"""Invented names."""

from __future__ import annotations

FIRST = {
    "de": ["Anneke", "Jonas", "Lena", "Felix", "Miriam", "Tobias", "Katrin", "Henrik", "Sabine", "Lukas", "Frauke", "Matthis", "Ulrike", "Bastian"],
    "fr": ["Camille", "Hugo", "Manon", "Théo", "Élodie", "Bastien", "Solène", "Rémi", "Aurore", "Maxime", "Clémence", "Loïc", "Inès", "Gaspard"],
    "es": ["Lucía", "Mateo", "Carmen", "Diego", "Sofía", "Álvaro", "Valeria", "Joaquín", "Paula", "Andrés", "Noelia", "Ramón", "Ximena", "Iker"],
    "en": ["Ada", "Marcus", "Priya", "Owen", "Grace", "Tariq", "Hannah", "Leo", "Mei", "Samuel", "Nadia", "Callum", "Ruth", "Desmond", "Aisha", "Piotr"],
}
LAST = {
    "de": ["Brandauer", "Hollmann", "Kettler", "Wiesinger", "Ostermann", "Reichelt", "Stadler", "Thiele", "Voss", "Zander", "Lindqvist", "Behrens"],
    "fr": ["Aubry", "Besnard", "Carpentier", "Delmas", "Fontanel", "Guérin", "Lavigne", "Marchetti", "Perrault", "Roussel", "Tessier", "Vasseur"],
    "es": ["Arrieta", "Bustamante", "Cordero", "Echeverría", "Figueroa", "Galdós", "Ibarra", "Lozano", "Montalvo", "Quiroga", "Salcedo", "Urrutia"],
    "en": ["Abara", "Bellweather", "Chaudhry", "Dunmore", "Eastgate", "Farrow", "Gillespie", "Hartigan", "Iyer", "Kowalski", "Langford", "Okafor", "Tan"],
}
COMPANY = [
    "Alder", "Amberline", "Arclight", "Ashgrove", "Bellwether", "Birchfield", "Bluewater", "Brightwell", "Caldera", "Cedarpoint", "Clearhaven",
    "Copperleaf", "Coastal", "Crestmont", "Daybreak", "Eastmoor", "Elmstead", "Fairwind", "Fernhill", "Foxglove", "Glenmark", "Goldcrest", "Granite",
    "Greenfell", "Harborview", "Hawthorn", "Heron", "Highmark", "Ironbridge", "Juniper", "Kestrel", "Kingfisher", "Lakeshore", "Larkspur", "Lighthouse",
    "Longreach", "Lowland", "Maplewood", "Meridian", "Millbrook", "Moorgate", "Northgate", "Oakhurst", "Osprey", "Pinecrest", "Quarry", "Redwood",
    "Ridgeline", "Riverbend", "Rosemount", "Saltmarsh", "Sandstone", "Seabright", "Silverlake", "Southwold", "Stonebridge", "Summit", "Sycamore",
    "Tamarack", "Thornbury", "Tidewater", "Vantage", "Westfield", "Whitecliff", "Wildrose", "Willowbank", "Windmere", "Wrenfield", "Yarrow", "Zephyr",
]  # fmt: skip
INDUSTRY = {
    "banking": ("Bank", True),
    "insurance": ("Insurance", True),
    "healthcare": ("Clinics", True),
    "pharma": ("Pharma", True),
    "public": ("County Services", True),
    "retail": ("Stores", False),
    "logistics": ("Logistics", False),
    "manufacturing": ("Works", False),
    "energy": ("Energy", False),
    "media": ("Media", False),
    "software": ("Software", False),
    "travel": ("Travel", False),
    "education": ("Academy", False),
    "food": ("Foods", False),
}
COUNTRIES = {
    "eu": [("DE", "de", "Europe/Berlin"), ("FR", "fr", "Europe/Paris"), ("ES", "es", "Europe/Madrid"), ("NL", "en", "Europe/Amsterdam"), ("SE", "en", "Europe/Stockholm"), ("AT", "de", "Europe/Vienna"), ("IE", "en", "Europe/Dublin")],
    "us": [("US", "en", "America/New_York"), ("US", "en", "America/Chicago"), ("CA", "en", "America/Toronto"), ("MX", "es", "America/Mexico_City")],
    "apac": [("SG", "en", "Asia/Singapore"), ("AU", "en", "Australia/Sydney"), ("IN", "en", "Asia/Kolkata"), ("NZ", "en", "Pacific/Auckland")],
}  # fmt: skip
CURRENCY = {"DE": "EUR", "FR": "EUR", "ES": "EUR", "NL": "EUR", "AT": "EUR", "IE": "EUR", "SE": "EUR"}
