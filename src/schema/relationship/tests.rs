use super::back::End;
use super::{Link, Relationship, RelationshipKind, contradiction};
use crate::schema::{Column, ForeignKey, Table};
use crate::types::SqlType;

fn table(model: &str, name: &str, fields: &[&str], keys: &[(usize, &str)]) -> Table {
    let mut columns = vec![Column::new("id", SqlType::BigInteger).primary_key()];
    columns.extend(fields.iter().map(|field| Column::new(*field, SqlType::BigInteger)));
    let mut table = Table::new(model, name, columns).unwrap();
    table.foreign_keys =
        keys.iter().map(|(at, target)| ForeignKey::new("fk", vec![*at], *target, vec!["id".into()])).collect();
    table
}

fn authors() -> Table {
    table("Author", "authors", &["mentor_id"], &[(1, "authors")])
}

fn books() -> Table {
    table("Book", "books", &["author_id", "editor_id", "pages"], &[(1, "authors")])
}

fn message(fault: impl std::fmt::Display) -> String {
    fault.to_string()
}

use RelationshipKind::{ManyToMany, ManyToOne, OneToMany, OneToOne};

#[test]
fn the_only_foreign_key_is_the_way() {
    let (authors, books) = (authors(), books());
    let author = Relationship::new("author", ManyToOne, "Author");
    assert_eq!(author.link(&books, &authors, None, None), Ok(Link::Forward { own: vec![1], target: vec![0] }));
    let written = Relationship::new("books", OneToMany, "Book");
    assert_eq!(written.link(&authors, &books, None, None), Ok(Link::Backward { own: vec![0], target: vec![1] }));
}

#[test]
fn a_model_refers_to_itself_both_ways() {
    let authors = authors();
    let mentor = Relationship::new("mentor", ManyToOne, "Author");
    assert_eq!(mentor.link(&authors, &authors, None, None), Ok(Link::Forward { own: vec![1], target: vec![0] }));
    let pupils = Relationship::new("pupils", OneToMany, "Author");
    assert_eq!(pupils.link(&authors, &authors, None, None), Ok(Link::Backward { own: vec![0], target: vec![1] }));
}

#[test]
fn several_foreign_keys_must_be_named() {
    let authors = authors();
    let books = table("Book", "books", &["author_id", "editor_id"], &[(1, "authors"), (2, "authors")]);
    let author = Relationship::new("author", ManyToOne, "Author");
    let fault = message(author.link(&books, &authors, None, None).unwrap_err());
    assert!(
        fault.contains("author_id and by editor_id") && fault.contains("`#[chakra(foreign_key = \"author_id\")]`"),
        "{fault}"
    );
    let editor = author.foreign_key(&["editor_id"]);
    assert_eq!(editor.link(&books, &authors, None, None), Ok(Link::Forward { own: vec![2], target: vec![0] }));
}

#[test]
fn a_plain_field_can_be_named_as_the_key() {
    let editor = Relationship::new("editor", ManyToOne, "Author").foreign_key(&["editor_id"]);
    assert_eq!(editor.link(&books(), &authors(), None, None), Ok(Link::Forward { own: vec![2], target: vec![0] }));
    let wrong = Relationship::new("editor", ManyToOne, "Author").foreign_key(&["editr_id"]);
    let fault = message(wrong.link(&books(), &authors(), None, None).unwrap_err());
    assert!(fault.contains("did you mean \"editor_id\"?"), "{fault}");
}

#[test]
fn no_foreign_key_is_told_with_a_mend() {
    let tags = table("Tag", "tags", &[], &[]);
    let fault = message(Relationship::new("tag", ManyToOne, "Tag").link(&books(), &tags, None, None).unwrap_err());
    assert!(fault.contains("no field of Book is a foreign key to Tag"), "{fault}");
    assert!(fault.contains("`#[chakra(references = \"tags.id\")] tag_id: i64`"), "{fault}");
}

#[test]
fn one_to_one_needs_a_unique_key_at_either_end() {
    let authors = authors();
    let mut profiles = table("Profile", "profiles", &["author_id"], &[(1, "authors")]);
    let profile = Relationship::new("profile", OneToOne, "Profile");
    let fault = message(profile.link(&authors, &profiles, None, None).unwrap_err());
    assert!(fault.contains("declare author_id with `#[chakra(unique)]`") && fault.contains("OneToMany"), "{fault}");
    profiles.columns[1].unique = true;
    assert_eq!(profile.link(&authors, &profiles, None, None), Ok(Link::Backward { own: vec![0], target: vec![1] }));
    let author = Relationship::new("author", OneToOne, "Author");
    assert_eq!(author.link(&profiles, &authors, None, None), Ok(Link::Forward { own: vec![1], target: vec![0] }));
}

#[test]
fn a_junction_refers_to_both() {
    let (books, tags) = (books(), table("Tag", "tags", &[], &[]));
    let junction = table("BookTag", "book_tags", &["tag_id", "book_id"], &[(1, "tags"), (2, "books")]);
    let of_book = Relationship::new("tags", ManyToMany, "Tag").through("book_tags");
    let link = of_book.link(&books, &tags, None, Some(&junction)).unwrap();
    assert_eq!(link, Link::Junction { own: vec![0], to_own: vec![2], to_target: vec![1], target: vec![0] });
    let lonely = table("BookTag", "book_tags", &["tag_id"], &[(1, "tags")]);
    let fault = message(of_book.link(&books, &tags, None, Some(&lonely)).unwrap_err());
    assert!(fault.contains("0 to Book and 1 to Tag"), "{fault}");
}

#[test]
fn a_junction_of_a_model_with_itself_takes_its_first_key_as_its_own() {
    let users = table("User", "users", &[], &[]);
    let follows = table("Follow", "follows", &["by_id", "of_id"], &[(1, "users"), (2, "users")]);
    let mut following =
        Relationship::new("following", ManyToMany, "User").through("follows").back_populates("followers");
    let link = following.link(&users, &users, None, Some(&follows)).unwrap();
    assert_eq!(link, Link::Junction { own: vec![0], to_own: vec![1], to_target: vec![2], target: vec![0] });

    let mut followers =
        Relationship::new("followers", ManyToMany, "User").through("follows").back_populates("following");
    let same = followers.link(&users, &users, None, Some(&follows)).unwrap();
    let ends = |left, right| {
        let here = End { table: &users, relationship: &following, link: left };
        let there = End { table: &users, relationship: &followers, link: right };
        contradiction(here, &users, &[here, there])
    };
    assert!(message(ends(&link, &same).unwrap()).contains("through_fields"));
    followers.through_fields = Some(("of_id".into(), "by_id".into()));
    let reversed = followers.link(&users, &users, None, Some(&follows)).unwrap();
    assert_eq!(reversed, Link::Junction { own: vec![0], to_own: vec![2], to_target: vec![1], target: vec![0] });
    following.through_fields = Some(("by_id".into(), "of_id".into()));
    let here = End { table: &users, relationship: &following, link: &link };
    let there = End { table: &users, relationship: &followers, link: &reversed };
    assert_eq!(contradiction(here, &users, &[here, there]), None);
}

#[test]
fn both_ends_must_say_the_same() {
    let (authors, books) = (authors(), books());
    let author = Relationship::new("author", ManyToOne, "Author").back_populates("books");
    let link = author.link(&books, &authors, None, None).unwrap();
    let told = |declared: Option<Relationship>| {
        let back = declared.map(|back| (back.link(&authors, &books, None, None).unwrap(), back));
        let others: Vec<End<'_>> =
            back.iter().map(|(link, back)| End { table: &authors, relationship: back, link }).collect();
        contradiction(End { table: &books, relationship: &author, link: &link }, &authors, &others).map(message)
    };
    let written = || Relationship::new("books", OneToMany, "Book");
    assert_eq!(told(Some(written().back_populates("author"))), None);
    assert!(told(None).unwrap().contains("Author has no relationship \"books\""));
    assert!(told(Some(written())).unwrap().contains("does not say `#[chakra(back_populates = \"author\")]`"));
    assert!(
        told(Some(written().back_populates("writer")))
            .unwrap()
            .contains("says `#[chakra(back_populates = \"writer\")]`")
    );
    let other = Relationship::new("books", OneToMany, "Book").back_populates("author").foreign_key(&["editor_id"]);
    assert!(told(Some(other)).unwrap().contains("follow different foreign keys"));
}

/// A model that refers to itself by `mentor_id`, which is unique.
fn people() -> Table {
    let mut people = table("Person", "people", &["mentor_id"], &[(1, "people")]);
    people.columns[1].unique = true;
    people
}

const FORWARD: fn() -> Link = || Link::Forward { own: vec![1], target: vec![0] };
const BACKWARD: fn() -> Link = || Link::Backward { own: vec![0], target: vec![1] };

#[test]
fn one_end_of_a_model_with_itself_holds_the_key() {
    let people = people();
    let end = |name: &str, back: &str| Relationship::new(name, OneToOne, "Person").back_populates(back);
    let both = |here: &Relationship, there: &Relationship| {
        [(here, there), (there, here)].map(|(of, back)| of.link(&people, &people, Some(back), None).map_err(message))
    };
    let (mentor, pupil) = (end("mentor", "pupil"), end("pupil", "mentor"));
    assert_eq!(both(&mentor, &pupil), [Ok(FORWARD()), Ok(BACKWARD())]);
    let named = end("above", "below").foreign_key(&["mentor_id"]);
    assert_eq!(both(&named, &end("below", "above")), [Ok(FORWARD()), Ok(BACKWARD())]);
    let key = Relationship::new("above", ManyToOne, "Person").back_populates("below");
    assert_eq!(both(&key, &end("below", "above")), [Ok(FORWARD()), Ok(BACKWARD())]);
    let twice = pupil.foreign_key(&["mentor_id"]);
    assert_eq!(both(&mentor.foreign_key(&["mentor_id"]), &twice), [Ok(FORWARD()), Ok(BACKWARD())]);
    for told in both(&end("above", "below"), &end("below", "above")) {
        let told = told.unwrap_err();
        assert!(told.contains("are the ends of mentor_id, and neither is known to hold it"), "{told}");
        assert!(told.contains("say `#[chakra(foreign_key = \"mentor_id\")]` in the one"), "{told}");
    }
    let alone = Relationship::new("pupil", OneToOne, "Person").link(&people, &people, None, None);
    assert!(message(alone.unwrap_err()).contains("pupil may be either end of it"));
}

#[test]
fn one_to_one_follows_the_end_that_is_called_after_its_key() {
    let mut people = table("Person", "people", &["desk_id"], &[(1, "desks")]);
    let mut desks = table("Desk", "desks", &["cleaner_id"], &[(1, "people")]);
    people.columns[1].unique = true;
    desks.columns[1].unique = true;
    let desk = Relationship::new("desk", OneToOne, "Desk").back_populates("owner");
    let owner = Relationship::new("owner", OneToOne, "Person").back_populates("desk");
    assert_eq!(desk.link(&people, &desks, Some(&owner), None), Ok(FORWARD()));
    assert_eq!(owner.link(&desks, &people, Some(&desk), None), Ok(BACKWARD()));
}

#[test]
fn a_named_key_refers_to_the_target() {
    let tags = table("Tag", "tags", &[], &[]);
    let told = |holder: &Table, target: &Table, names: &[&str]| {
        let named = Relationship::new("tag", ManyToOne, &target.model).foreign_key(names);
        named.link(holder, target, None, None).map_err(message)
    };
    let other = told(&books(), &tags, &["author_id"]).unwrap_err();
    assert!(other.contains("Book.author_id is a foreign key to the table \"authors\", not to Tag"), "{other}");
    let mut texts = books();
    texts.columns[3].sql_type = SqlType::Text;
    let text = told(&texts, &authors(), &["pages"]).unwrap_err();
    assert!(text.contains("Book.pages is declared as") && text.contains("such as author_id"), "{text}");

    let mut shelves = table("Shelf", "shelves", &["number"], &[]);
    shelves.primary_key = vec![0, 1];
    let mut crates = table("Crate", "crates", &["hall", "shelf", "number"], &[]);
    assert_eq!(told(&crates, &shelves, &["hall", "shelf"]), Ok(Link::Forward { own: vec![1, 2], target: vec![0, 1] }));
    let order = told(&crates, &shelves, &["number", "hall"]).unwrap_err();
    assert!(order.contains("Crate.number, hall stands for Shelf.id, number, part by part"), "{order}");
    crates.foreign_keys = vec![ForeignKey::new("fk", vec![1, 2], "shelves", vec!["id".into(), "number".into()])];
    let order = told(&crates, &shelves, &["shelf", "hall"]).unwrap_err();
    assert!(order.contains("name them in the order of the key") && order.contains("[\"hall\", \"shelf\"]"), "{order}");
}
