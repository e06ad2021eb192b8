"""Why a part of the language is refused: clauses that follow the parameter's name in the answer.

The underscore keeps this file out of the registry.
"""

VIDEO = "is for video and audio, this service delivers images"
SERVICE = "is a generative or add-on service"
