"""Pixels: the bytes of an original and a transformation become the bytes of an answer.

Everything here is synchronous and runs in a render process, away from sockets and secrets.  It must never fetch,
cache, log or know of HTTP.  Rooms: `job` (what is asked and what comes back), `sniff` and `guards` (what the bytes
are, and whether they may be decoded), `decode` and `bridge` (bytes to frames), `pipeline` (frames through steps),
`choose` (which format), `encode` (frames to bytes).
"""
