"""Programs that measure Darkroom beside the limits: the barest server, nginx, a bare libvips loop.

A comparison is made in one run, on one machine, over the same bytes, in interleaved rounds, because a figure from
another day or another machine says nothing.  Nothing in the service imports this package, and no test asserts a time.
"""
