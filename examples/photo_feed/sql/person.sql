-- viewer's handle, handle
SELECT person.handle, person.name, person.about, PHOTO(portrait) AS portrait,
    (SELECT count(*) FROM follow WHERE followed = person.id) AS followers,
    (SELECT count(*) FROM follow WHERE follower = person.id) AS following,
    EXISTS (
        SELECT 1 FROM follow JOIN profile AS viewer ON viewer.id = follow.follower
        WHERE followed = person.id AND viewer.handle = {}
    ) AS followed,
    (SELECT coalesce(GROUP(JSON(shown.item)), '[]') FROM (
        SELECT PHOTO(photo) AS item FROM post JOIN photo ON photo.id = post.photo
        WHERE post.author = person.id ORDER BY post.id DESC LIMIT 60
    ) AS shown) AS photos
FROM profile AS person JOIN photo AS portrait ON portrait.id = person.portrait
WHERE person.handle = {}
