"""A photo feed: people follow people, and see what they post.  `python -m examples.photo_feed` serves it."""
