//! Loading by a field of the object itself.

use chakra::{Error, ErrorKind, Model, Related};

use super::{Comment, Post, Tag, User, blog, statements, titles};
use crate::backend::{TestDb, on_every_backend};

on_every_backend! {
    a_field_loads_what_its_row_is_related_to,
    what_leads_nowhere_asks_nothing,
    what_was_loaded_loads_further,
    new_objects_know_their_row_when_it_is_written,
    a_changed_key_is_not_loaded_or_written_silently,
    assigning_tells_the_field,
    keys_of_every_sort,
}

fn post(author_id: Option<i64>) -> Post {
    let (author, comments, tags) = (Related::default(), Related::default(), Related::default());
    Post { id: None, title: "new".into(), author_id, author, comments, tags }
}

#[allow(clippy::ref_option)] // as a field holds it
fn name(user: &Option<User>) -> &str {
    user.as_ref().map_or("-", |user| &user.name)
}

async fn a_field_loads_what_its_row_is_related_to(db: &TestDb) {
    blog(db).await;
    let mut post = Post::get(1, &db.pool).await.unwrap();
    let (count, author) = statements(db, post.author.load(&db.pool)).await;
    assert_eq!((count, name(author.unwrap())), (1, "Ada"));
    let (count, author) = statements(db, post.author.load(&db.pool)).await;
    assert_eq!((count, name(author.unwrap())), (0, "Ada"));
    assert_eq!(name(post.author.get().unwrap()), "Ada");
    let words = post.tags.load(&db.pool).await.unwrap().iter().map(|tag| tag.word.clone()).collect::<Vec<_>>();
    assert!(words.len() == 2 && words.contains(&"x".to_owned()) && words.contains(&"y".to_owned()));
    assert_eq!(post.comments.load(&db.pool).await.unwrap().len(), 3);

    let mut ada = User::query().filter(User::name().eq("Ada")).one(&db.pool).await.unwrap();
    assert_eq!(ada.profile.load(&db.pool).await.unwrap().as_ref().unwrap().bio, "writes");
    let mut held = titles(ada.posts.load(&db.pool).await.unwrap());
    held.sort_unstable();
    assert_eq!(held, ["a1", "a2"]);
    User::friends().of(&ada).add([&User::get(3, &db.pool).await.unwrap()], &db.pool).await.unwrap();
    assert_eq!(ada.friends.load(&db.pool).await.unwrap()[0].name, "Cy");
    // In a transaction, of what it sees.
    let transaction = db.pool.begin().await.unwrap();
    Post::query().filter(Post::id().eq(2)).delete().execute(&transaction).await.unwrap();
    ada.posts.forget();
    assert_eq!(titles(ada.posts.load(&transaction).await.unwrap()), ["a1"]);
    transaction.rollback().await.unwrap();
}

async fn what_leads_nowhere_asks_nothing(db: &TestDb) {
    blog(db).await;
    let mut nobodys = Post::get(4, &db.pool).await.unwrap();
    let (count, author) = statements(db, nobodys.author.load(&db.pool)).await;
    assert_eq!((count, author.unwrap()), (0, &None));
    let mut cy = User::get(3, &db.pool).await.unwrap();
    assert_eq!(cy.profile.load(&db.pool).await.unwrap(), &None);
    assert!(cy.posts.load(&db.pool).await.unwrap().is_empty());
}

async fn what_was_loaded_loads_further(db: &TestDb) {
    blog(db).await;
    let query = Comment::query().select_related(Comment::post()).order_by(Comment::id());
    let mut comment = query.first(&db.pool).await.unwrap().unwrap();
    let post = comment.post.get_mut().unwrap();
    assert_eq!(name(post.author.load(&db.pool).await.unwrap()), "Ada");
    let mut user = User::query().prefetch_related(User::posts()).order_by(User::id()).first(&db.pool).await.unwrap();
    for post in user.as_mut().unwrap().posts.get_mut().unwrap() {
        assert_eq!(post.tags.load(&db.pool).await.unwrap().len(), if post.title == "a1" { 2 } else { 0 });
    }
    // One after the other, along the way.
    let mut reply = Comment::get(3, &db.pool).await.unwrap();
    reply.parent.load(&db.pool).await.unwrap();
    let parent = reply.parent.get_mut().unwrap().as_mut().unwrap();
    assert_eq!(parent.parent.load(&db.pool).await.unwrap().as_ref().unwrap().text, "first");
}

async fn new_objects_know_their_row_when_it_is_written(db: &TestDb) {
    blog(db).await;
    let mut made = post(Some(2));
    for error in [
        made.author.load(&db.pool).await.map(drop).unwrap_err(),
        made.comments.load(&db.pool).await.map(drop).unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::NotLoaded);
        assert!(error.to_string().contains("its object was neither read nor written"), "{error}");
    }
    assert!(
        made.author.get().unwrap_err().to_string().starts_with("the relationship to User is not loaded: its object")
    );
    // By the name it can be asked for nevertheless, and knows its row from then on.
    assert_eq!(name(Post::author().load(&mut made, &db.pool).await.unwrap()), "Bo");
    made.author.forget();
    assert_eq!(name(made.author.load(&db.pool).await.unwrap()), "Bo");
    made.insert(&db.pool).await.unwrap();
    assert_eq!(name(made.author.load(&db.pool).await.unwrap()), "Bo");
    assert!(made.comments.load(&db.pool).await.unwrap().is_empty());
    let mut several = [post(Some(1)), post(Some(3)), post(None)];
    Post::bulk_insert(&mut several, &db.pool).await.unwrap();
    let mut names = Vec::new();
    for post in &mut several {
        names.push(name(post.author.load(&db.pool).await.unwrap()).to_owned());
    }
    assert_eq!(names, ["Ada", "Cy", "-"]);
    let mut created = Post::create(Post::title().set("c")).execute(&db.pool).await.unwrap();
    assert_eq!(created.author.load(&db.pool).await.unwrap(), &None);
    created.author.forget();
    created.author_id = Some(1);
    created.save(&db.pool).await.unwrap();
    assert_eq!(name(created.author.load(&db.pool).await.unwrap()), "Ada");
    // Without a row nothing can be asked for it; a transaction that is gone leaves none.
    let rolled_back: Result<Post, Error> = db
        .pool
        .transaction(async |transaction| {
            let mut lost = post(Some(1));
            lost.insert(transaction).await?;
            assert_eq!(name(lost.author.load(transaction).await?), "Ada");
            Err(Error::NotFound { model: "Post".into() })
        })
        .await;
    assert_eq!(rolled_back.unwrap_err().kind(), ErrorKind::NotFound);
}

async fn a_changed_key_is_not_loaded_or_written_silently(db: &TestDb) {
    blog(db).await;
    // The field sees its row as it was read; the write sees that the two differ.
    let mut post = Post::get(1, &db.pool).await.unwrap();
    post.author_id = Some(2);
    assert_eq!(name(post.author.load(&db.pool).await.unwrap()), "Ada");
    let error = post.save(&db.pool).await.unwrap_err();
    assert!(error.to_string().contains("it holds the User of 1, but author_id is 2"), "{error}");
    // The name sees the whole object.
    let (count, author) = statements(db, Post::author().load(&mut post, &db.pool)).await;
    assert_eq!((count, name(author.unwrap())), (1, "Bo"));
    post.save(&db.pool).await.unwrap();
    let mut posts = Post::query().select_related(Post::author()).order_by(Post::id()).all(&db.pool).await.unwrap();
    posts[0].author_id = Some(3);
    posts[1].author_id = None;
    let (count, loaded) = statements(db, Post::author().load_all(&mut posts, &db.pool)).await;
    loaded.unwrap();
    let names: Vec<_> = posts.iter().map(|post| name(post.author.get().unwrap())).collect();
    assert_eq!((count, names), (1, vec!["Cy", "-", "Bo", "-"]));
    // What was found by the name is as good as what was read, until the key changes again.
    posts[0].save(&db.pool).await.unwrap();
    posts[1].author.forget();
    assert_eq!(posts[1].author.load(&db.pool).await.unwrap(), &None);
    posts[0].author_id = Some(1);
    assert!(posts[0].save(&db.pool).await.unwrap_err().to_string().contains("it holds the User of 3"));
    // Nor is another row that took the place of the one that was found.
    *posts[2].author.get_mut().unwrap() = Some(User::get(1, &db.pool).await.unwrap());
    assert!(posts[2].save(&db.pool).await.unwrap_err().to_string().contains("it holds the User of 1"));
    // What the program gave is not thrown away for it.
    posts[2].author.set(Some(User::get(1, &db.pool).await.unwrap()));
    let error = Post::author().load(&mut posts[2], &db.pool).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert!(error.to_string().contains("it holds the User of 1, but author_id is 2"), "{error}");
}

async fn assigning_tells_the_field(db: &TestDb) {
    blog(db).await;
    let mut post = Post::get(1, &db.pool).await.unwrap();
    Post::author().assign(&mut post, User::get(3, &db.pool).await.unwrap()).unwrap();
    post.author.forget();
    assert_eq!(name(post.author.load(&db.pool).await.unwrap()), "Cy");
    Post::author().assign(&mut post, None).unwrap();
    post.author.forget();
    assert_eq!(post.author.load(&db.pool).await.unwrap(), &None);
    // A clone is loaded by itself.
    let mut tag = Tag::get(1, &db.pool).await.unwrap();
    let mut copy = tag.clone();
    assert_eq!(tag.posts.load(&db.pool).await.unwrap().len(), 2);
    assert!(!copy.posts.is_loaded());
    assert_eq!(copy.posts.load(&db.pool).await.unwrap().len(), 2);
}

#[derive(Model, Debug, Clone)]
#[chakra(table = "byfield_regions")]
struct Region {
    #[chakra(primary_key, length = 8)]
    country: String,
    #[chakra(primary_key)]
    number: i32,
    #[chakra(foreign_key = ["country", "number"], back_populates = "region")]
    towns: Related<Vec<Town>>,
    #[chakra(relation = OneToOne, back_populates = "of")]
    seat: Related<Option<Seat>>,
}

#[derive(Model, Debug, Clone)]
#[chakra(
    table = "byfield_towns",
    constraints = [ForeignKey::new("fk_byfield_towns").columns(&["country", "number"])
        .references(&["byfield_regions.country", "byfield_regions.number"])]
)]
struct Town {
    #[chakra(primary_key)]
    id: uuid::Uuid,
    #[chakra(length = 8)]
    country: Option<String>,
    number: Option<i32>,
    #[chakra(foreign_key = ["country", "number"], back_populates = "towns")]
    region: Related<Option<Region>>,
    #[chakra(references = "byfield_towns.id")]
    twin_id: Option<uuid::Uuid>,
    #[chakra(foreign_key = "twin_id")]
    twin: Related<Option<Self>>,
}

#[derive(Model, Debug, Clone)]
#[chakra(
    table = "byfield_seats",
    constraints = [ForeignKey::new("fk_byfield_seats").columns(&["country", "number"])
        .references(&["byfield_regions.country", "byfield_regions.number"])]
)]
struct Seat {
    #[chakra(primary_key, length = 8)]
    country: String,
    #[chakra(primary_key)]
    number: i32,
    #[chakra(length = 20)]
    town: String,
    #[chakra(relation = OneToOne, foreign_key = ["country", "number"], back_populates = "seat")]
    of: Related<Region>,
}

async fn keys_of_every_sort(db: &TestDb) {
    chakra::create_tables(&db.pool, &[Region::table(), Town::table(), Seat::table()]).await.unwrap();
    let region = |country: &str, number| {
        let (towns, seat) = (Related::default(), Related::default());
        Region { country: country.into(), number, towns, seat }
    };
    Region::bulk_insert(&mut [region("it", 1), region("it", 2), region("at", 1)], &db.pool).await.unwrap();
    let town = |id: u128, place: Option<(&str, i32)>, twin: Option<u128>| Town {
        id: uuid::Uuid::from_u128(id),
        country: place.map(|(country, _)| country.into()),
        number: place.map(|(_, number)| number),
        region: Related::default(),
        twin_id: twin.map(uuid::Uuid::from_u128),
        twin: Related::default(),
    };
    let mut towns = [town(1, Some(("it", 2)), None), town(2, Some(("at", 1)), Some(1)), town(3, None, Some(3))];
    Town::bulk_insert(&mut towns, &db.pool).await.unwrap();
    let mut seat = Seat { country: "it".into(), number: 2, town: "Pisa".into(), of: Related::default() };
    seat.insert(&db.pool).await.unwrap();
    assert_eq!(seat.of.load(&db.pool).await.unwrap().number, 2);

    let read = Town::query().order_by(Town::country()).all(&db.pool).await.unwrap();
    for mut town in read.into_iter().chain(towns) {
        let region = town.region.load(&db.pool).await.unwrap().as_ref();
        assert_eq!(region.map(|region| (region.country.clone(), region.number)), town.country.zip(town.number));
        let twin = town.twin.load(&db.pool).await.unwrap().as_ref().map(|twin| twin.id);
        assert_eq!(twin, town.twin_id);
    }
    let mut region = Region::get(("it".to_owned(), 2), &db.pool).await.unwrap();
    assert_eq!(region.towns.load(&db.pool).await.unwrap().len(), 1);
    assert_eq!(region.seat.load(&db.pool).await.unwrap().as_ref().unwrap().town, "Pisa");
    let mut other = Region::get(("it".to_owned(), 1), &db.pool).await.unwrap();
    assert!(other.seat.load(&db.pool).await.unwrap().is_none());
}
