"""What there is to draw: one row per original, with its words. Drawing is looked up by public id; nothing is drawn here."""

from collections.abc import Callable
from functools import partial

import msgspec
import pyvips

from api.demo import exteriors, extras, interiors, street, villa
from api.demo.canvas import Frame
from api.seed import Kind

LANDSCAPE, LARGE, PORTRAIT = (3000, 2000), (3600, 2400), (2400, 3200)


class Original(msgspec.Struct, frozen=True):
    """Width and height are upright pixels at full scale. `turned` files are stored lying, with an EXIF orientation that rights them."""

    public_id: str
    kind: Kind
    alt_text: str
    size: tuple[int, int] = LANDSCAPE
    suffix: str = ".jpg"
    turned: bool = False

    @property
    def width(self) -> int:
        """Upright."""
        return self.size[0]

    @property
    def height(self) -> int:
        """Upright; of one frame, if animated."""
        return self.size[1]

    @property
    def filename(self) -> str:
        """Path inside the folder of originals."""
        return self.public_id + self.suffix

    def frame(self, scale: float) -> Frame:
        """The paper: 1500 units wide (1200 when upright), pixels by `scale`, where 1 is full size."""
        units = 1500.0 if self.width >= self.height else 1200.0
        return Frame(units, units * self.height / self.width, self.width * scale / units)


CATALOGUE = (
    Original(
        "houses/lake-villa",
        "exterior",
        "Modern villa with cedar upper floor and a long pool in evening sun",
        LARGE,
    ),
    Original(
        "houses/brick-manor",
        "exterior",
        "Two-storey red brick house with a green door between flowering borders",
    ),
    Original(
        "houses/dusk-farmhouse",
        "exterior",
        "White boarded farmhouse with lit windows behind a picket fence at dusk",
    ),
    Original(
        "houses/forest-cabin",
        "exterior",
        "Log cabin among tall spruces on a misty morning, light in the windows",
    ),
    Original(
        "houses/night-tower",
        "exterior",
        "Apartment tower at night with lit windows and a wet street",
        PORTRAIT,
    ),
    Original(
        "houses/beach-house",
        "exterior",
        "Pale blue beach house with a white fence in front of the sea",
    ),
    Original(
        "houses/brick-townhouses",
        "exterior",
        "Row of brick townhouses with stepped gables in morning light",
        LARGE,
    ),
    Original("houses/snow-chalet", "exterior", "Timber chalet with a wide balcony under deep snow"),
    Original(
        "houses/stone-cottage",
        "exterior",
        "Low stone cottage with a slate roof and lilac borders under grey sky",
    ),
    Original(
        "houses/harbour-row", "exterior", "Row of plastered harbour houses in yellow, blue and rose"
    ),
    Original(
        "houses/red-cottage", "exterior", "Red wooden cottage with white trim among autumn birches"
    ),
    Original(
        "houses/pool-villa", "exterior", "White and concrete villa with a turquoise pool at noon"
    ),
    Original(
        "houses/olive-estate",
        "exterior",
        "Sandstone country house with shutters and a tiled roof in golden light",
    ),
    Original(
        "houses/glass-pavilion",
        "exterior",
        "Glass-walled house glowing at night, mirrored in a lake",
        LARGE,
    ),
    Original(
        "houses/black-barn",
        "exterior",
        "Modern barn in charred timber, its glazed gable lit at dusk",
    ),
    Original(
        "houses/garden-block",
        "exterior",
        "Seven-storey brick apartment block with balconies at sunset",
    ),
    Original(
        "rooms/bright-living-room",
        "interior",
        "Living room with a sage green sofa and large windows on the left",
        LARGE,
    ),
    Original(
        "rooms/white-kitchen",
        "interior",
        "White kitchen with a green island and three pendant lamps",
    ),
    Original(
        "rooms/linen-bedroom", "interior", "Calm bedroom with linen bedding and a striped rug"
    ),
    Original(
        "rooms/evening-living-room",
        "interior",
        "Living room in the evening, lamps lit and a rust red sofa",
    ),
    Original(
        "rooms/marble-bathroom",
        "interior",
        "Bathroom with a free-standing bath before a wall of green tiles",
    ),
    Original(
        "rooms/quiet-study",
        "interior",
        "Study with two bookcases, a writing desk and a patterned rug in low sun",
    ),
    Original("rooms/navy-kitchen", "interior", "Navy kitchen with brass handles in afternoon sun"),
    Original(
        "rooms/blue-bedroom",
        "interior",
        "Bedroom with a blue feature wall and warm sunlight on the floor",
        PORTRAIT,
        turned=True,
    ),
    Original(
        "rooms/brick-loft", "interior", "Loft with a brick wall, steel windows and wooden beams"
    ),
    Original(
        "rooms/dining-room",
        "interior",
        "Dining room with a long table in front of a terracotta wall",
    ),
    Original(
        "plans/villa-floor-plan",
        "detail",
        "Floor plan with living room, kitchen, bath, two bedrooms and terrace",
        LANDSCAPE,
        ".png",
    ),
    Original(
        "houses/day-and-night",
        "detail",
        "Red wooden cottage from morning through dusk to night",
        (960, 640),
        ".gif",
    ),
)
"""Every original of the demo, in the order in which they are drawn."""


def _painters() -> dict[str, Callable[[Frame], pyvips.Image]]:
    tables: dict[str, Callable[[Frame], pyvips.Image]] = {
        "plans/villa-floor-plan": extras.floor_plan,
        "houses/day-and-night": partial(extras.day_and_night, public_id="houses/red-cottage"),
    }
    tables |= {name: partial(exteriors.gabled, plan=plan) for name, plan in exteriors.PLANS.items()}
    tables |= {name: partial(villa.villa, plan=plan) for name, plan in villa.PLANS.items()}
    tables |= {name: partial(street.street, plan=plan) for name, plan in street.PLANS.items()}
    tables |= {
        name: partial(interiors.interior, plan=plan) for name, plan in interiors.PLANS.items()
    }
    return tables


def draw(original: Original, scale: float) -> pyvips.Image:
    """The upright picture at `scale` (1 is full size). Same pixels every time. Raises `KeyError` for an unknown public id."""
    return _painters()[original.public_id](original.frame(scale))
