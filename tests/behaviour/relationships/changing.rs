//! Changing which rows an object is related to.

use chakra::{Error, ErrorKind, Model, Related};

use super::{Comment, Post, Tag, User, blog, statements, titles};
use crate::backend::{TestDb, on_every_backend};

on_every_backend! {
    many_to_many_sets,
    add_is_idempotent,
    symmetrical_sets,
    one_to_many_sets,
    rows_that_cannot_leave_stay,
    all_or_nothing,
    in_a_transaction_of_the_caller,
    objects_without_keys_are_refused,
    the_query_of_an_object,
    rows_of_a_declared_junction_stay,
    undeclared_junctions_come_and_go_with_their_ends,
    updates_write_what_every_update_writes,
    assigning_sets_the_foreign_key,
    statements_of_each_change,
}

async fn words(db: &TestDb, post: &Post) -> Vec<String> {
    let tags = Post::tags().of(post).query().order_by(Tag::word()).all(&db.pool).await.unwrap();
    tags.into_iter().map(|tag| tag.word).collect()
}

async fn all_tags(db: &TestDb) -> Vec<Tag> {
    Tag::query().order_by(Tag::word()).all(&db.pool).await.unwrap()
}

async fn many_to_many_sets(db: &TestDb) {
    blog(db).await;
    let (post, tags) = (Post::get(2, &db.pool).await.unwrap(), all_tags(db).await);
    let of_post = Post::tags().of(&post);
    of_post.add(&tags[..2], &db.pool).await.unwrap();
    assert_eq!(words(db, &post).await, ["x", "y"]);
    of_post.set([&tags[1], &tags[2]], &db.pool).await.unwrap();
    assert_eq!(words(db, &post).await, ["y", "z"]);
    of_post.remove([&tags[0], &tags[1]], &db.pool).await.unwrap();
    assert_eq!(words(db, &post).await, ["z"]);
    of_post.clear(&db.pool).await.unwrap();
    assert_eq!(words(db, &post).await, Vec::<String>::new());
    // Other posts keep theirs.
    assert_eq!(words(db, &Post::get(1, &db.pool).await.unwrap()).await, ["x", "y"]);
    // From the other end.
    Tag::posts().of(&tags[2]).add([&post], &db.pool).await.unwrap();
    assert_eq!(words(db, &post).await, ["z"]);
}

async fn add_is_idempotent(db: &TestDb) {
    blog(db).await;
    let (post, tags) = (Post::get(1, &db.pool).await.unwrap(), all_tags(db).await);
    Post::tags().of(&post).add([&tags[0], &tags[2], &tags[2]], &db.pool).await.unwrap();
    Post::tags().of(&post).add(&tags, &db.pool).await.unwrap();
    Post::tags().of(&post).add(&tags[..0], &db.pool).await.unwrap();
    assert_eq!(words(db, &post).await, ["x", "y", "z"]);
}

async fn symmetrical_sets(db: &TestDb) {
    blog(db).await;
    let users = User::query().order_by(User::id()).all(&db.pool).await.unwrap();
    let friends = async |user: &User| User::friends().of(user).query().count(&db.pool).await.unwrap();
    User::friends().of(&users[0]).add(&users[1..], &db.pool).await.unwrap();
    assert_eq!((friends(&users[0]).await, friends(&users[1]).await, friends(&users[2]).await), (2, 1, 1));
    User::friends().of(&users[1]).clear(&db.pool).await.unwrap();
    assert_eq!((friends(&users[0]).await, friends(&users[1]).await, friends(&users[2]).await), (1, 0, 1));
}

async fn one_to_many_sets(db: &TestDb) {
    blog(db).await;
    let cy = User::get(3, &db.pool).await.unwrap();
    let posts = Post::query().order_by(Post::id()).all(&db.pool).await.unwrap();
    let of_cy = User::posts().of(&cy);
    let held = async || {
        let posts = of_cy.query().order_by(Post::id()).all(&db.pool).await.unwrap();
        titles(&posts).join(" ")
    };
    of_cy.add(&posts[1..], &db.pool).await.unwrap();
    of_cy.add(&posts[1..2], &db.pool).await.unwrap();
    assert_eq!(held().await, "a2 b1 n");
    of_cy.remove(&posts[..2], &db.pool).await.unwrap();
    assert_eq!(held().await, "b1 n");
    // What was not Cy's was left alone.
    assert_eq!(Post::get(1, &db.pool).await.unwrap().author_id, Some(1));
    assert_eq!(Post::get(2, &db.pool).await.unwrap().author_id, None);
    of_cy.set(&posts[..1], &db.pool).await.unwrap();
    assert_eq!(held().await, "a1");
    of_cy.clear(&db.pool).await.unwrap();
    assert_eq!(held().await, "");
    assert_eq!(Post::query().count(&db.pool).await.unwrap(), 4);
}

async fn rows_that_cannot_leave_stay(db: &TestDb) {
    blog(db).await;
    let post = Post::get(1, &db.pool).await.unwrap();
    let comments = Comment::query().order_by(Comment::id()).all(&db.pool).await.unwrap();
    let of_post = Post::comments().of(&post);
    for error in [
        of_post.remove(&comments[..1], &db.pool).await.unwrap_err(),
        of_post.clear(&db.pool).await.unwrap_err(),
        of_post.set(&comments[3..], &db.pool).await.unwrap_err(),
    ] {
        assert!(matches!(error, Error::Query { .. }));
        assert_eq!(
            error.to_string(),
            "Post.comments: Comment.post_id cannot be NULL, so rows cannot be taken out; delete them, or give them another Post"
        );
    }
    assert_eq!(of_post.query().count(&db.pool).await.unwrap(), 3);
    // Nobody has to leave: the other one is moved.
    of_post.set(&comments, &db.pool).await.unwrap();
    assert_eq!(of_post.query().count(&db.pool).await.unwrap(), 4);
}

async fn all_or_nothing(db: &TestDb) {
    blog(db).await;
    let (post, mut tags) = (Post::get(1, &db.pool).await.unwrap(), all_tags(db).await);
    tags[1].id = Some(999);
    let error = Post::tags().of(&post).set(&tags[1..], &db.pool).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ForeignKeyViolation, "{error}");
    assert_eq!(words(db, &post).await, ["x", "y"]);

    let (cy, mut posts) = (User::get(3, &db.pool).await.unwrap(), Post::query().all(&db.pool).await.unwrap());
    posts[0].id = Some(999);
    let error = User::posts().of(&cy).add(&posts, &db.pool).await.unwrap_err();
    assert!(error.to_string().contains("1 of the Post given have no row any more"), "{error}");
    assert!(!User::posts().of(&cy).query().exists(&db.pool).await.unwrap());
}

async fn in_a_transaction_of_the_caller(db: &TestDb) {
    blog(db).await;
    let (post, tags) = (Post::get(2, &db.pool).await.unwrap(), all_tags(db).await);
    let given: chakra::Result<()> = db
        .pool
        .transaction(async |tx| {
            Post::tags().of(&post).set(&tags, tx).await?;
            assert_eq!(Post::tags().of(&post).query().count(tx).await?, 3);
            Err(Error::query("no"))
        })
        .await;
    assert!(given.is_err());
    // One that fails is taken back by itself; the caller's transaction goes on.
    let gone = Tag { id: Some(99), ..tags[0].clone() };
    let going_on = db
        .pool
        .transaction(async |tx| {
            let failed = Post::tags().of(&Post::get(1, tx).await?).set([&tags[2], &gone], tx).await;
            assert_eq!(failed.unwrap_err().kind(), ErrorKind::ForeignKeyViolation);
            assert_eq!(Post::tags().of(&Post::get(1, tx).await?).query().count(tx).await?, 2);
            Post::tags().of(&post).add([&tags[2]], tx).await
        })
        .await;
    going_on.unwrap();
    assert_eq!(words(db, &post).await, ["z"]);
    Post::tags().of(&post).clear(&db.pool).await.unwrap();
    assert_eq!(words(db, &post).await, Vec::<String>::new());
}

async fn objects_without_keys_are_refused(db: &TestDb) {
    blog(db).await;
    let post = Post::get(1, &db.pool).await.unwrap();
    let new = Tag { id: None, word: "new".into(), posts: Related::default() };
    let error = Post::tags().of(&post).add([&new], &db.pool).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert!(error.to_string().contains("this Tag is not saved"), "{error}");
    let none: [&Post; 0] = [];
    for error in [
        Tag::posts().of(&new).add([&post], &db.pool).await.unwrap_err(),
        Tag::posts().of(&new).set(none, &db.pool).await.unwrap_err(),
        Tag::posts().of(&new).query().all(&db.pool).await.map(drop).unwrap_err(),
    ] {
        assert!(error.to_string().contains("Tag.posts: the Tag has no key yet"), "{error}");
    }
}

async fn the_query_of_an_object(db: &TestDb) {
    blog(db).await;
    let ada = User::get(1, &db.pool).await.unwrap();
    let of_ada = User::posts().of(&ada);
    let tagged = of_ada.query().filter(Post::tags().exists()).select_related(Post::author());
    assert_eq!(titles(&tagged.all(&db.pool).await.unwrap()), ["a1"]);
    assert_eq!(of_ada.query().update(Post::title().set("A")).execute(&db.pool).await.unwrap(), 2);
    assert_eq!(of_ada.query().delete().execute(&db.pool).await.unwrap(), 2);
    assert_eq!(Post::query().count(&db.pool).await.unwrap(), 2);
}

#[derive(Model, Debug, Clone, PartialEq)]
#[chakra(table = "blog_teams")]
struct Team {
    #[chakra(primary_key)]
    id: i64,
    #[chakra(relation = ManyToMany, through = "blog_memberships", back_populates = "teams")]
    people: Related<Vec<Person>>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[chakra(table = "blog_people")]
struct Person {
    #[chakra(primary_key)]
    id: i64,
    #[chakra(relation = ManyToMany, through = "blog_memberships", through_fields = ("person_id", "team_id"), back_populates = "people")]
    teams: Related<Vec<Team>>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[chakra(table = "blog_memberships")]
struct Membership {
    #[chakra(primary_key)]
    id: Option<i64>,
    #[chakra(references = "blog_teams.id", on_delete = "CASCADE")]
    team_id: i64,
    #[chakra(references = "blog_people.id", on_delete = "CASCADE")]
    person_id: i64,
    #[chakra(default = 1)]
    rank: i32,
}

async fn rows_of_a_declared_junction_stay(db: &TestDb) {
    chakra::create_tables(&db.pool, &[Team::table(), Person::table(), Membership::table()]).await.unwrap();
    let mut team = Team { id: 1, people: Related::default() };
    team.insert(&db.pool).await.unwrap();
    let mut people: Vec<Person> = (1..=3).map(|id| Person { id, teams: Related::default() }).collect();
    Person::bulk_insert(&mut people, &db.pool).await.unwrap();
    Membership { id: None, team_id: 1, person_id: 1, rank: 7 }.insert(&db.pool).await.unwrap();
    let of_team = Team::people().of(&team);
    of_team.add(&people[..2], &db.pool).await.unwrap();
    of_team.set([&people[0], &people[2]], &db.pool).await.unwrap();
    let ranks = Membership::query().order_by(Membership::person_id()).all(&db.pool).await.unwrap();
    assert_eq!(ranks.iter().map(|one| (one.person_id, one.rank)).collect::<Vec<_>>(), [(1, 7), (3, 1)]);
    // Further columns of new rows; those that are there keep theirs.
    of_team.add_with(&people, Membership::rank().set(5), &db.pool).await.unwrap();
    let ranks = Membership::query().order_by(Membership::person_id()).all(&db.pool).await.unwrap();
    assert_eq!(ranks.iter().map(|one| (one.person_id, one.rank)).collect::<Vec<_>>(), [(1, 7), (2, 5), (3, 1)]);
    let error = of_team.add_with(&people, Task::state().set("x"), &db.pool).await.unwrap_err();
    assert_eq!(error.to_string(), "Team.people: its rows are not joined by Task");
    of_team.remove([&people[1]], &db.pool).await.unwrap();
    let people = Person::query().filter(Person::teams().is(&team)).order_by(Person::id()).all(&db.pool).await.unwrap();
    assert_eq!(people.iter().map(|person| person.id).collect::<Vec<_>>(), [1, 3]);
}

async fn undeclared_junctions_come_and_go_with_their_ends(db: &TestDb) {
    blog(db).await;
    assert!(db.sql("SELECT 1 FROM blog_post_tags").await.is_ok());
    let tables = [User::table(), super::Profile::table(), Post::table(), Tag::table(), Comment::table()];
    chakra::drop_tables(&db.pool, &tables).await.unwrap();
    assert!(db.sql("SELECT 1 FROM blog_post_tags").await.is_err());
    // Of one end alone it is not made.
    chakra::create_tables(&db.pool, &[Tag::table()]).await.unwrap();
    assert!(db.sql("SELECT 1 FROM blog_post_tags").await.is_err());
}

#[derive(Model, Debug, Clone, PartialEq)]
#[chakra(table = "blog_projects")]
struct Project {
    #[chakra(primary_key)]
    id: i64,
    #[chakra(foreign_key = "project_id")]
    tasks: Related<Vec<Task>>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[chakra(table = "blog_tasks", version)]
struct Task {
    #[chakra(primary_key)]
    id: i64,
    #[chakra(references = "blog_projects.id", on_delete = "SET NULL")]
    project_id: Option<i64>,
    #[chakra(on_update = "moved")]
    state: String,
    version: i64,
}

async fn updates_write_what_every_update_writes(db: &TestDb) {
    chakra::create_tables(&db.pool, &[Project::table(), Task::table()]).await.unwrap();
    let mut project = Project { id: 1, tasks: Related::default() };
    project.insert(&db.pool).await.unwrap();
    let mut task = Task { id: 1, project_id: None, state: "new".into(), version: 0 };
    task.insert(&db.pool).await.unwrap();
    let version = task.version;
    Project::tasks().of(&project).add([&mut task], &db.pool).await.unwrap();
    let stored = Task::get(1, &db.pool).await.unwrap();
    assert_eq!((stored.project_id, stored.state.as_str(), stored.version), (Some(1), "moved", version + 1));
    assert_eq!(task, stored);
    Project::tasks().of(&project).clear(&db.pool).await.unwrap();
    assert_eq!(Task::get(1, &db.pool).await.unwrap().version, version + 2);
}

async fn assigning_sets_the_foreign_key(db: &TestDb) {
    blog(db).await;
    let mut post = Post::get(3, &db.pool).await.unwrap();
    let ada = User::get(1, &db.pool).await.unwrap();
    Post::author().assign(&mut post, ada.clone()).unwrap();
    assert_eq!((post.author_id, post.author.get().unwrap().as_ref()), (Some(1), Some(&ada)));
    post.save(&db.pool).await.unwrap();
    assert_eq!(Post::get(3, &db.pool).await.unwrap().author_id, Some(1));
    Post::author().assign(&mut post, None).unwrap();
    assert_eq!((post.author_id, post.author.get().unwrap()), (None, &None));

    let mut new = User { id: None, ..ada.clone() };
    let error = Post::author().assign(&mut post, new.clone()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert_eq!(error.to_string(), "Post.author: the User has no key yet: insert it first");
    assert_eq!(post.author.get().unwrap(), &None);
    let error = User::profile().assign(&mut new, None).unwrap_err();
    assert!(error.to_string().contains("User.profile: the foreign key is at the other end"), "{error}");

    let mut comment = Comment::get(2, &db.pool).await.unwrap();
    Comment::post().assign(&mut comment, post).unwrap();
    assert_eq!(comment.post_id, 3);
}

async fn statements_of_each_change(db: &TestDb) {
    blog(db).await;
    let (post, tags) = (Post::get(2, &db.pool).await.unwrap(), all_tags(db).await);
    let of_post = Post::tags().of(&post);
    // A look for those that are there, and one insert of all others.
    assert_eq!(statements(db, of_post.add(&tags[..2], &db.pool)).await.0, 2);
    assert_eq!(statements(db, of_post.add(&tags[..2], &db.pool)).await.0, 1);
    assert_eq!(statements(db, of_post.add(&tags[..0], &db.pool)).await.0, 0);
    // Who is there, who leaves, a look, and who comes.
    assert_eq!(statements(db, of_post.set(&tags[1..], &db.pool)).await.0, 4);
    assert_eq!(statements(db, of_post.set(&tags[1..], &db.pool)).await.0, 2);
    assert_eq!(statements(db, of_post.remove(&tags, &db.pool)).await.0, 1);
    assert_eq!(statements(db, of_post.clear(&db.pool)).await.0, 1);
    assert_eq!(words(db, &post).await, Vec::<String>::new());

    let (cy, posts) = (User::get(3, &db.pool).await.unwrap(), Post::query().all(&db.pool).await.unwrap());
    let of_cy = User::posts().of(&cy);
    assert_eq!(statements(db, of_cy.add(&posts, &db.pool)).await.0, 1);
    assert_eq!(statements(db, of_cy.set(&posts[1..], &db.pool)).await.0, 3);
    assert_eq!(statements(db, of_cy.remove(&posts[1..2], &db.pool)).await.0, 1);
    assert_eq!(statements(db, of_cy.clear(&db.pool)).await.0, 2);
    assert!(!of_cy.query().exists(&db.pool).await.unwrap());

    let users = User::query().order_by(User::id()).all(&db.pool).await.unwrap();
    // A look for each way round.
    assert_eq!(statements(db, User::friends().of(&users[0]).add(&users[1..], &db.pool)).await.0, 3);
}
