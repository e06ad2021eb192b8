"""The use case: a request becomes an answer, from memory, from a shared tier, or by one render.

    finding   which originals, in which version, seen after which purge
    failures  what failed a moment ago is not tried again ten times a second
    making    originals → render process → bytes
    delivery  the order of it all: the one door of this room

This room knows the seams and no concrete origin, cache or lease.
"""

from imgproxy.delivery.answers import Answer, Purged, Timing
from imgproxy.delivery.delivery import Delivery
from imgproxy.delivery.failures import NEGATIVE_S

__all__ = ["NEGATIVE_S", "Answer", "Delivery", "Purged", "Timing"]
