"""The image proxy: a delivery URL becomes pixels. Usable without `api` and `db`."""
