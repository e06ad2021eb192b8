-- viewer's handle, id to begin below, number of posts
WITH viewer AS (SELECT id FROM profile WHERE handle = {}),
page AS (
    SELECT post.* FROM post, viewer
    WHERE post.id < {} AND (
        post.author = viewer.id
        OR post.author IN (SELECT followed FROM follow WHERE follower = viewer.id)
    )
    ORDER BY post.id DESC LIMIT {}
)
SELECT page.id, page.ratio, page.text, author.handle, author.name,
    PHOTO(photo) AS photo, PHOTO(portrait) AS portrait,
    (SELECT count(*) FROM post_like WHERE post = page.id) AS like_count,
    EXISTS (SELECT 1 FROM post_like WHERE post = page.id AND profile = viewer.id) AS liked,
    (SELECT count(*) FROM post_comment WHERE post = page.id) AS comment_count,
    (SELECT coalesce(GROUP(ARRAY(said.handle, said.text)), '[]') FROM (
        SELECT profile.handle, post_comment.text FROM post_comment
        JOIN profile ON profile.id = post_comment.profile
        WHERE post_comment.post = page.id ORDER BY post_comment.id DESC LIMIT 2
    ) AS said) AS comments
FROM page CROSS JOIN viewer
JOIN profile AS author ON author.id = page.author
JOIN photo ON photo.id = page.photo
JOIN photo AS portrait ON portrait.id = author.portrait
ORDER BY page.id DESC
