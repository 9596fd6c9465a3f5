//! New rows that are related from the start, and rows that others keep from being deleted.

use chakra::{Error, ErrorKind, Model, Related};

use super::{Comment, Post, Tag, User, blog, statements, titles};
use crate::backend::{TestDb, on_every_backend};

on_every_backend! {
    a_row_that_refers_to_the_owner,
    a_row_behind_a_junction,
    a_row_behind_a_junction_with_columns_of_its_own,
    a_friend_is_one_both_ways,
    the_foreign_key_is_the_owners,
    what_cannot_be_joined_is_not_created,
    restricted_rows_stay,
}

async fn a_row_that_refers_to_the_owner(db: &TestDb) {
    blog(db).await;
    let ada = User::get(1, &db.pool).await.unwrap();
    let (count, post) = statements(db, User::posts().of(&ada).create(Post::title().set("a3"), &db.pool)).await;
    let post = post.unwrap();
    assert_eq!(count, 1);
    assert_eq!((post.title.as_str(), post.author_id), ("a3", Some(1)));
    assert!(!post.author.is_loaded());
    assert_eq!(Post::get(post.id.unwrap(), &db.pool).await.unwrap(), post);
    let held = User::posts().of(&ada).query().order_by(Post::id()).all(&db.pool).await.unwrap();
    assert_eq!(titles(&held), ["a1", "a2", "a3"]);
}

async fn a_row_behind_a_junction(db: &TestDb) {
    blog(db).await;
    let post = Post::get(2, &db.pool).await.unwrap();
    let (count, tag) = statements(db, Post::tags().of(&post).create(Tag::word().set("new"), &db.pool)).await;
    let tag = tag.unwrap();
    // The tag, and the junction's row.
    assert_eq!(count, 2);
    assert_eq!(Tag::get(tag.id.unwrap(), &db.pool).await.unwrap().word, "new");
    assert_eq!(Post::query().filter(Post::tags().is(&tag)).one(&db.pool).await.unwrap().title, "a2");
}

#[derive(Model, Debug)]
#[chakra(table = "blog_choirs")]
struct Choir {
    #[chakra(primary_key)]
    id: i64,
    #[chakra(through = "blog_choir_places", back_populates = "choirs")]
    singers: Related<Vec<Singer>>,
}

#[derive(Model, Debug)]
#[chakra(table = "blog_singers")]
struct Singer {
    #[chakra(primary_key)]
    id: i64,
    #[chakra(length = 20)]
    name: String,
    #[chakra(through = "blog_choir_places", back_populates = "singers")]
    choirs: Related<Vec<Choir>>,
}

#[derive(Model, Debug)]
#[chakra(table = "blog_choir_places")]
struct ChoirPlace {
    #[chakra(primary_key, references = "blog_choirs.id", on_delete = "CASCADE")]
    choir_id: i64,
    #[chakra(primary_key, references = "blog_singers.id", on_delete = "CASCADE")]
    singer_id: i64,
    #[chakra(length = 10, default = "'alto'")]
    voice: String,
}

async fn a_row_behind_a_junction_with_columns_of_its_own(db: &TestDb) {
    chakra::create_tables(&db.pool, &[Choir::table(), Singer::table(), ChoirPlace::table()]).await.unwrap();
    let mut choir = Choir { id: 1, singers: Related::default() };
    choir.insert(&db.pool).await.unwrap();
    let of_choir = Choir::singers().of(&choir);
    let voice = ChoirPlace::voice().set("bass");
    let bo = of_choir.create_with(Singer::name().set("Bo"), voice, &db.pool).await.unwrap();
    let ada = of_choir.create(Singer::name().set("Ada"), &db.pool).await.unwrap();
    let places = ChoirPlace::query().order_by(ChoirPlace::singer_id()).all(&db.pool).await.unwrap();
    let held: Vec<_> = places.iter().map(|place| (place.choir_id, place.singer_id, place.voice.as_str())).collect();
    assert_eq!(held, [(1, bo.id, "bass"), (1, ada.id, "alto")]);
    // What joins the two is not the caller's to say.
    let wrong = ChoirPlace::choir_id().set(2);
    for error in [
        of_choir.create_with(Singer::name().set("Cy"), wrong.clone(), &db.pool).await.map(drop).unwrap_err(),
        of_choir.add_with([&ada], wrong, &db.pool).await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Query);
        assert_eq!(error.to_string(), "Choir.singers: ChoirPlace.choir_id joins the two by itself; leave it out");
    }
    assert_eq!(Singer::query().count(&db.pool).await.unwrap(), 2);
}

async fn a_friend_is_one_both_ways(db: &TestDb) {
    blog(db).await;
    let ada = User::get(1, &db.pool).await.unwrap();
    let dee = User::friends().of(&ada).create(User::name().set("Dee"), &db.pool).await.unwrap();
    assert_eq!(User::friends().of(&dee).query().one(&db.pool).await.unwrap().name, "Ada");
    assert_eq!(User::friends().of(&ada).query().one(&db.pool).await.unwrap().name, "Dee");
    // Oneself is one friend, not two.
    User::friends().of(&ada).add([&ada], &db.pool).await.unwrap();
    assert_eq!(User::friends().of(&ada).query().count(&db.pool).await.unwrap(), 2);
}

async fn the_foreign_key_is_the_owners(db: &TestDb) {
    blog(db).await;
    let ada = User::get(1, &db.pool).await.unwrap();
    let of_ada = User::posts().of(&ada);
    let error = of_ada.create((Post::title().set("x"), Post::author_id().set(2)), &db.pool).await.unwrap_err();
    assert!(matches!(error, Error::Query { .. }));
    assert_eq!(error.to_string(), "User.posts: Post.author_id refers to the User by itself; leave it out");
    let error = of_ada.create((), &db.pool).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert!(error.to_string().contains("Post.title"), "{error}");
    let error = of_ada.create(Post::title().set("x".repeat(41)), &db.pool).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    let new = User { id: None, ..ada.clone() };
    let error = User::posts().of(&new).create(Post::title().set("x"), &db.pool).await.unwrap_err();
    assert!(error.to_string().contains("the User has no key yet"), "{error}");
    assert_eq!(Post::query().count(&db.pool).await.unwrap(), 4);
}

async fn what_cannot_be_joined_is_not_created(db: &TestDb) {
    blog(db).await;
    let mut post = Post::get(2, &db.pool).await.unwrap();
    post.id = Some(99);
    let error = Post::tags().of(&post).create(Tag::word().set("new"), &db.pool).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ForeignKeyViolation, "{error}");
    assert_eq!(Tag::query().filter(Tag::word().eq("new")).count(&db.pool).await.unwrap(), 0);
    // One that is there already under another key is no reason to try again.
    let post = Post::get(2, &db.pool).await.unwrap();
    let (count, error) = statements(db, Post::tags().of(&post).create(Tag::word().set("x"), &db.pool)).await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::UniqueViolation);
    assert_eq!(count, 1);
}

#[derive(Model, Debug)]
#[chakra(table = "blog_licences")]
struct Licence {
    #[chakra(primary_key)]
    id: i64,
    #[chakra(foreign_key = "licence_id", back_populates = "licence")]
    photos: Related<Vec<Photo>>,
}

#[derive(Model, Debug)]
#[chakra(table = "blog_photos")]
struct Photo {
    #[chakra(primary_key)]
    id: i64,
    #[chakra(references = "blog_licences.id", on_delete = "RESTRICT")]
    licence_id: i64,
    #[chakra(foreign_key = "licence_id", back_populates = "photos")]
    licence: Related<Licence>,
}

async fn restricted_rows_stay(db: &TestDb) {
    chakra::create_tables(&db.pool, &[Licence::table(), Photo::table()]).await.unwrap();
    let mut licences = [1, 2].map(|id| Licence { id, photos: Related::default() });
    Licence::bulk_insert(&mut licences, &db.pool).await.unwrap();
    let photo = Licence::photos().of(&licences[0]).create((), &db.pool).await.unwrap();
    for error in [
        licences[0].delete(&db.pool).await.unwrap_err(),
        Licence::query().delete().execute(&db.pool).await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::ForeignKeyViolation);
        assert!(error.to_string().contains("blog_licences"), "{error}");
    }
    assert_eq!(Licence::query().count(&db.pool).await.unwrap(), 2);
    photo.delete(&db.pool).await.unwrap();
    assert_eq!(licences[0].delete(&db.pool).await.unwrap(), 1);

    // Where the database cascades, it does.
    blog(db).await;
    Post::get(1, &db.pool).await.unwrap().delete(&db.pool).await.unwrap();
    assert_eq!(Comment::query().count(&db.pool).await.unwrap(), 1);
}
