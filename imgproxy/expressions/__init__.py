"""What a URL can compute: arithmetic over facts and variables, and conditions on them.

Pure, and without a picture at hand: facts come in as a mapping. Rooms: `arithmetic`, `conditions`.
"""
