"""The words that `seed.py` makes listings of.  Data only."""

from typing import NamedTuple

from db.tables import PropertyType


class City(NamedTuple):
    """`zip_prefix` is the first three digits; coordinates in degrees."""

    name: str
    state: str
    zip_prefix: str
    latitude: float
    longitude: float
    dollars_per_square_foot: int


class Kind(NamedTuple):
    """A type of home and how many bedrooms such a home may have, both ends included."""

    value: PropertyType
    bedrooms: tuple[int, int]


CITIES = (
    City("Portland", "OR", "972", 45.523, -122.676, 340),
    City("Seattle", "WA", "981", 47.606, -122.332, 520),
    City("Boise", "ID", "837", 43.615, -116.202, 290),
    City("Denver", "CO", "802", 39.739, -104.990, 380),
    City("Santa Fe", "NM", "875", 35.687, -105.938, 360),
    City("Austin", "TX", "787", 30.267, -97.743, 350),
    City("Madison", "WI", "537", 43.073, -89.401, 270),
    City("Chicago", "IL", "606", 41.878, -87.630, 300),
    City("Asheville", "NC", "288", 35.595, -82.551, 310),
    City("Savannah", "GA", "314", 32.081, -81.091, 280),
    City("Burlington", "VT", "054", 44.476, -73.212, 330),
    City("Providence", "RI", "029", 41.824, -71.413, 320),
)

TYPES = (
    Kind(PropertyType.HOUSE, (2, 5)),
    Kind(PropertyType.HOUSE, (3, 6)),
    Kind(PropertyType.TOWNHOUSE, (2, 4)),
    Kind(PropertyType.APARTMENT, (1, 3)),
    Kind(PropertyType.CONDO, (1, 3)),
    Kind(PropertyType.VILLA, (4, 6)),
    Kind(PropertyType.COTTAGE, (1, 3)),
)

SUITS = {
    PropertyType.HOUSE: (
        "manor",
        "farmhouse",
        "beach-house",
        "barn",
        "estate",
        "red-cottage",
        "chalet",
    ),
    PropertyType.TOWNHOUSE: ("townhouses", "row"),
    PropertyType.APARTMENT: ("tower", "block", "row"),
    PropertyType.CONDO: ("block", "tower", "townhouses"),
    PropertyType.VILLA: ("villa", "pavilion", "estate", "beach-house"),
    PropertyType.COTTAGE: ("cottage", "cabin", "chalet"),
}
"""What an exterior's id ends in when it fits a type; where nothing fits, any exterior does."""

NUMBERS = ("no", "one", "two", "three", "four", "five", "six")

OFFICES = (
    "Harbor & Vine Realty",
    "Lantern Street Homes",
    "Copper Kettle Properties",
    "Northlight Residential",
    "Juniper & Stone",
    "Millrace Estate Agency",
)

AGENT_NAMES = (
    "Adele Marlowe",
    "Bram Osterley",
    "Carys Penhale",
    "Dario Winslet",
    "Edda Rosenquist",
    "Felix Amberly",
    "Greta Holloway",
    "Hugo Tamsin",
    "Ines Calloway",
    "Jonas Wetherby",
    "Kaya Lindqvist",
    "Luca Fenwick",
    "Mira Ashdown",
    "Nils Carrow",
    "Orla Bexley",
    "Piet Hathaway",
)

STREETS = (
    "Alder Row",
    "Bellflower Lane",
    "Chandler Street",
    "Cooper's Yard",
    "Damson Court",
    "Ferry Hill Road",
    "Foundry Street",
    "Glasshouse Lane",
    "Heron Bank",
    "Larkspur Avenue",
    "Linden Terrace",
    "Mulberry Walk",
    "Old Quarry Road",
    "Orchard Rise",
    "Quince Street",
    "Saddler's Lane",
    "Tannery Close",
    "Upper Mill Road",
    "Wharf Street",
    "Willow Bend",
)

OPENINGS = (
    "Airy",
    "Bright",
    "Handsome",
    "Newly renovated",
    "Peaceful",
    "Quiet",
    "Rambling",
    "South-facing",
    "Sunlit",
    "Warm",
    "Well-kept",
    "Wide-windowed",
)

FEATURES = (
    "near the river",
    "on a tree-lined street",
    "under the hill",
    "with a brick fireplace",
    "with a garden studio",
    "with a roof terrace",
    "with a walled garden",
    "with a wraparound porch",
    "with city views",
    "with high ceilings",
    "with oak floors",
    "with original windows",
    "with two balconies",
)

KITCHENS = (
    "The kitchen was rebuilt in oak and slate, and opens onto the dining room through a wide arch.",
    "Morning sun fills the kitchen, where a long counter seats four.",
    "An induction range, deep drawers and a pantry make the kitchen a pleasure to cook in.",
    "The open kitchen looks over the living room and out to the trees.",
    "A tiled galley kitchen keeps everything within reach and has a window over the sink.",
    "The cook gets a marble island, the guests a breakfast nook with built-in benches.",
    "Cabinets by a local joiner line the kitchen; the stove is gas, the extractor quiet.",
    "Glass doors fold back from the kitchen, so that in summer it becomes part of the garden.",
)

SURROUNDINGS = (
    "The market square of CITY is ten minutes on foot, the school around the corner.",
    "Behind the house a path leads down to the water; CITY feels further away than it is.",
    "Two cafés, a bakery and the tram into the centre of CITY are on the same street.",
    "The neighbours are old maples and a small park that few people in CITY know.",
    "From the upper floor one sees across the roofs of CITY to the hills.",
    "It is one of the quieter corners of CITY, and the farmers' market is every Saturday.",
    "Cyclists reach the middle of CITY in a quarter of an hour, mostly through green.",
    "The library, the pool and the best bookshop in CITY are close by.",
)

CLOSINGS = (
    "New roof in 2024, triple glazing, and a heat pump that keeps the bills low.",
    "A dry cellar and a garage with a charging point complete the offer.",
    "The bathrooms were redone last year, with underfloor heating.",
    "Laundry, storage and bicycle rooms are on the ground floor.",
    "Plans for an extension exist and have been approved.",
    "Solar panels cover most of the yearly consumption.",
    "Furniture may be taken over by arrangement.",
    "Vacant from the first of next month; viewings by appointment.",
)
