"""Masters: working copies of originals that are asked for in several forms, kept so that each is decoded once.

    seen      which originals were missed lately, in any worker
    shelf     the folder: put away whole, evicted by last use within a budget, removed with its original
    masters   for each miss: use the master, wait for the one in the making, make one, or do without

What is in a master, and whether one is worth making, the render process knows (`imgproxy.render.master`); here it is a
file under a name.  The name holds the original's identity, its version and the stamp of its last purge, so a master
of other bytes is never found.  A master can always be lost: whatever goes wrong here, the original is there.
"""

from imgproxy.masters.masters import Masters, Visit

__all__ = ["Masters", "Visit"]
