"""Other products on the same machinery; none of it is needed to run Darkroom."""
