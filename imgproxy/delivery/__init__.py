"""The use case: a request becomes an answer, from memory, from a shared tier, or by one render.

    finding   which originals, in which version, seen after which purge
    notes     small facts kept beside the answers, for other workers and later processes
    making    originals → render process → bytes
    popular   which requests the answers in memory came from
    refining  popular answers again, smaller or as good as meant, while nobody waits
    delivery  the order of it all: the one door of this room

This room knows the seams and no concrete origin, cache or lease.
"""

from imgproxy.delivery.answers import Answer, Purged, Timing
from imgproxy.delivery.delivery import Delivery

__all__ = ["Answer", "Delivery", "Purged", "Timing"]
