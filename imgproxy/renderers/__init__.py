"""Render processes: a picture is decoded away from sockets, secrets and the event loop.

A process takes one job at a time over a pair of pipes.  One that crashes or passes its deadline costs its own request
alone; a fresh one takes its place.  `wire` is the language of the pipes, `child` the process, `pool` its owner.
"""
