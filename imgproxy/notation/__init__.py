"""How small things are spelled in a URL: one file per thing, each with `parse` and a canonical `str`.

`parse` raises ValueError whose text says what was expected; the room that knows the parameter's name turns it
into BadParameter. Nothing here knows pictures, components or requests.
"""
