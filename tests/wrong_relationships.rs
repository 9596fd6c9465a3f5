//! Relationships that contradict the models of the program: told by `check_models`, and at their first use. In a program
//! of its own, because they are mistakes of the whole program.
#![cfg(all(feature = "derive", feature = "sqlite"))]
#![allow(clippy::unwrap_used)] // a test stops at the first surprise

use chakra::{ErrorKind, Model, Related, check_models};

#[derive(Model)]
#[chakra(table = "users")]
struct User {
    #[chakra(primary_key)]
    id: i64,
    #[chakra(foreign_key = "athor_id")]
    posts: Related<Vec<Post>>,
    #[chakra(relation = OneToOne, foreign_key = "user_id")]
    profile: Related<Profile>,
    #[chakra(relation = OneToMany, foreign_key = "editor_id", back_populates = "author")]
    edited: Related<Vec<Post>>,
}

#[derive(Model)]
#[chakra(table = "profiles")]
struct Profile {
    #[chakra(primary_key)]
    id: i64,
    #[chakra(references = "users.id", on_delete = "CASCADE", unique)]
    user_id: i64,
}

#[derive(Model)]
#[chakra(table = "posts")]
struct Post {
    #[chakra(primary_key)]
    id: i64,
    #[chakra(references = "users.id", on_delete = "CASCADE")]
    author_id: i64,
    #[chakra(references = "users.id", on_delete = "CASCADE")]
    editor_id: i64,
    #[chakra(relation = ManyToOne)]
    author: Related<User>,
    #[chakra(foreign_key = "editor_id")]
    editor: Related<User>,
}

#[test]
fn every_mistake_is_listed() {
    let faults = check_models(None);
    let told: Vec<(&str, String)> = faults.iter().map(|fault| (fault.code, fault.to_string())).collect();
    let says = |code: &str, parts: &[&str]| {
        assert!(
            told.iter().any(|(is, text)| *is == code && parts.iter().all(|part| text.contains(part))),
            "{code}: {told:?}"
        );
    };
    says("relationship-key", &["User.posts", "did you mean \"author_id\"?"]);
    says("relationship-option", &["User.profile", "declare it as Related<Option<Profile>>"]);
    says("relationship-ambiguous", &["Post.author (", "author_id and by editor_id"]);
    let hint = |attribute: &str| {
        let fault = faults.iter().find(|fault| fault.attribute.as_deref() == Some(attribute));
        fault.map(|fault| (fault.message.as_str(), fault.hint.as_str()))
    };
    // Where the mend is something to write, it is Rust.
    let ambiguous = "ManyToOne to wrong_relationships::User: Post refers to User by author_id and by editor_id";
    assert_eq!(hint("author"), Some((ambiguous, "say which: `#[chakra(foreign_key = \"author_id\")]`")));
    // The other way to the same model has no mistake of its own.
    let of_editor = faults.iter().filter(|fault| fault.attribute.as_deref() == Some("editor"));
    assert!(of_editor.clone().all(|fault| fault.code == "reaches-broken"), "{told:?}");
    assert_eq!(of_editor.count(), 1, "{told:?}");
    assert!(faults.iter().all(|fault| fault.place.as_deref().unwrap().contains("wrong_relationships.rs:")), "{told:?}");
}

#[tokio::test]
async fn the_first_use_tells() {
    let pool = chakra::connect("sqlite:///:memory:").await.unwrap();
    let errors = [
        User::query().prefetch_related(User::posts()).all(&pool).await.map(drop).unwrap_err(),
        User::query().select_related(User::profile()).all(&pool).await.map(drop).unwrap_err(),
        User::query().filter(User::profile().exists()).count(&pool).await.map(drop).unwrap_err(),
        Post::query().order_by(Post::author().field(User::id())).all(&pool).await.map(drop).unwrap_err(),
        User::posts().of(&User::new()).clear(&pool).await.unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.kind(), ErrorKind::Definition, "{error}");
    }
    let tables = [User::table(), Profile::table(), Post::table()];
    assert_eq!(chakra::create_tables(&pool, &tables).await.unwrap_err().kind(), ErrorKind::Definition);
    // A relationship without mistakes gets as far as the database.
    let sound = Post::query().filter(Post::editor().is(&User::new()));
    assert_eq!(sound.count(&pool).await.unwrap_err().kind(), ErrorKind::Programming);
}

impl User {
    fn new() -> Self {
        Self { id: 1, posts: Related::default(), profile: Related::default(), edited: Related::default() }
    }
}
