"""The service: what the outside may ask besides images, and the wiring of all rooms."""
