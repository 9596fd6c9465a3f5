//! Both languages, word by word.

use Language::{Python, Rust};

use super::*;
use crate::schema::{Action, Column, ForeignKey, ModelFault, Relationship, Rule, Table, relationship, validate};
use crate::types::Value;

#[test]
fn options() {
    assert_eq!([Rust.flag("unique"), Python.flag("unique")], ["`#[chakra(unique)]`", "unique=True"]);
    let denied = [Rust.denied("db_check"), Python.denied("db_check")];
    assert_eq!(denied, ["`#[chakra(db_check = false)]`", "db_check=False"]);
    let one = [Rust.names("foreign_key", &["a"]), Python.names("foreign_key", &["a"])];
    assert_eq!(one, ["`#[chakra(foreign_key = \"a\")]`", "foreign_key=\"a\""]);
    assert_eq!(Python.names("foreign_key", &["a", "b"]), "foreign_key=[\"a\", \"b\"]");
    let default = [Rust.server_default(), Python.server_default()];
    assert_eq!(default, ["`#[chakra(default = \"…\")]`", "server_default=\"…\""]);
}

#[test]
fn types_as_each_language_declares_them() {
    let decimal = SqlType::Decimal { precision: Some(10), scale: Some(2) };
    for (sql_type, rust, python) in [
        (SqlType::BigInteger, "`i64`", "BigInteger"),
        (decimal, "`#[chakra(precision = 10, scale = 2)] Decimal`", "Decimal(10, 2)"),
        (SqlType::String { length: Some(9) }, "`#[chakra(length = 9)] String`", "String(9)"),
        (SqlType::Char { length: 2 }, "`#[chakra(char_length = 2)] String`", "Char(2)"),
        (SqlType::Text, "`#[chakra(text)] String`", "Text"),
        (SqlType::Binary { length: None }, "`Vec<u8>`", "LargeBinary"),
        (SqlType::Binary { length: Some(3) }, "`#[chakra(length = 3)] Vec<u8>`", "Binary(3)"),
        (
            SqlType::Array(Box::new(SqlType::String { length: Some(4) })),
            "`#[chakra(length = 4)] Vec<String>`",
            "Array(String(4))",
        ),
        (SqlType::Postgres(PostgresType::Range(RangeType::Int8)), "`Range<i64>`", "Int8Range"),
        (SqlType::DateTime, "`DateTime<Utc>`", "DateTime"),
    ] {
        assert_eq!(Rust.declaration(&sql_type), rust);
        assert_eq!(Python.declaration(&sql_type), python);
    }
}

#[test]
fn tables_are_the_same_whatever_they_are_declared_in() {
    assert_eq!(Origin(Rust), Origin(Python));
    assert_ne!(Rust, Python);
}

#[test]
fn relationships() {
    let told = |language: Language, kind, optional| language.relationship("b", kind, "Book", "author", optional);
    assert_eq!(
        told(Rust, RelationshipKind::OneToMany, false),
        "`#[chakra(relation = OneToMany, back_populates = \"author\")] b: Related<Vec<Book>>`"
    );
    assert_eq!(
        told(Rust, RelationshipKind::OneToOne, true),
        "`#[chakra(relation = OneToOne, back_populates = \"author\")] b: Related<Option<Book>>`"
    );
    assert_eq!(told(Python, RelationshipKind::ManyToOne, false), "b = ForeignKey(\"Book\", back_populates=\"author\")");
    assert_eq!(
        Rust.reference("Author", "authors.id", &SqlType::BigInteger),
        "`#[chakra(references = \"authors.id\")] author_id: i64`"
    );
    assert_eq!(
        Python.reference("Author", "authors.id", &SqlType::BigInteger),
        "author_id = Field(BigInteger, ForeignKey(\"authors.id\"))"
    );
}

/// One mistake as both languages tell it: of tables made in either.
fn told(fault: impl Fn(&dyn Fn(Table) -> Table) -> ModelFault) -> [String; 2] {
    [Rust, Python].map(|language| {
        let declared = |mut table: Table| {
            table.origin = Origin(language);
            table
        };
        fault(&declared).to_string()
    })
}

fn id() -> Column {
    Column::new("id", SqlType::BigInteger).primary_key()
}

fn authors() -> Table {
    Table::described("Author", "authors", vec![id()])
}

fn books(keys: &[&str]) -> Table {
    let mut columns = vec![id()];
    columns.extend(keys.iter().map(|key| Column::new(*key, SqlType::BigInteger)));
    let mut books = Table::described("Book", "books", columns);
    let key = |at| ForeignKey::new("fk", vec![at], "authors", vec!["id".into()]);
    books.foreign_keys = (1..=keys.len()).map(key).collect();
    books
}

fn link(relationship: &Relationship, own: &Table, target: &Table) -> ModelFault {
    *relationship.link(own, target, None, None).unwrap_err()
}

#[test]
fn relationships_without_a_key() {
    let written = Relationship::new("books", RelationshipKind::OneToMany, "Book");
    let [rust, python] = told(|of| link(&written, &of(authors()), &of(books(&[]))));
    assert_eq!(
        rust,
        "Author.books: OneToMany to Book: no field of Book is a foreign key to Author; give Book a field such as \
         `#[chakra(references = \"authors.id\")] author_id: i64`, or name the field by `#[chakra(foreign_key = \"…\")]`"
    );
    assert_eq!(
        python,
        "Author.books: OneToMany to Book: no field of Book is a foreign key to Author; give Book a field such as \
         author_id = Field(BigInteger, ForeignKey(\"authors.id\")), or name the field by foreign_key=\"…\""
    );
}

#[test]
fn relationships_with_several_keys() {
    let author = Relationship::new("author", RelationshipKind::ManyToOne, "Author");
    let [rust, python] = told(|of| link(&author, &of(books(&["author_id", "editor_id"])), &of(authors())));
    assert_eq!(
        rust,
        "Book.author: ManyToOne to Author: Book refers to Author by author_id and by editor_id; say which: \
         `#[chakra(foreign_key = \"author_id\")]`"
    );
    assert_eq!(
        python,
        "Book.author: ForeignKey to Author: Book refers to Author by author_id and by editor_id; say which: \
         foreign_key=\"author_id\""
    );
}

#[test]
fn relationships_that_are_not_led_back() {
    let author = Relationship::new("author", RelationshipKind::ManyToOne, "Author").back_populates("books");
    let [rust, python] = told(|of| {
        let (books, authors) = (of(books(&["author_id"])), of(authors()));
        let link = author.link(&books, &authors, None, None).unwrap();
        let end = relationship::End { table: &books, relationship: &author, link: &link };
        *relationship::contradiction(end, &authors, &[]).unwrap()
    });
    assert_eq!(
        rust,
        "Book.author: ManyToOne to Author: Author has no relationship \"books\"; declare \
         `#[chakra(relation = OneToMany, back_populates = \"author\")] books: Related<Vec<Book>>` in Author, \
         or leave back_populates out"
    );
    assert_eq!(
        python,
        "Book.author: ForeignKey to Author: Author has no relationship \"books\"; declare \
         books = OneToMany(\"Book\", back_populates=\"author\") in Author, or leave back_populates out"
    );
}

#[test]
fn columns_that_contradict_themselves() {
    let fault = |of: &dyn Fn(Table) -> Table, change: fn(&mut Table)| {
        let mut table = books(&["author_id"]);
        change(&mut table);
        of(table).faults().remove(0)
    };
    let [rust, python] = told(|of| fault(of, |table| table.foreign_keys[0].on_delete = Action::SetNull));
    let same =
        "Book.author_id: SET NULL of the reference to \"authors\" meets a column that may not be NULL; declare it";
    assert_eq!(rust, format!("{same} an `Option<i64>`, or choose another action"));
    assert_eq!(python, format!("{same} nullable, or choose another action"));
    let [rust, python] = told(|of| fault(of, |table| table.foreign_keys[0].on_delete = Action::SetDefault));
    assert!(
        rust.ends_with("give it a default of the database (`#[chakra(default = \"…\")]`), or choose another action")
    );
    assert!(python.ends_with("give it a default of the database (server_default=\"…\"), or choose another action"));
    let [rust, python] = told(|of| fault(of, |table| table.columns[1].rules.push(Rule::MinLength(1))));
    assert!(rust.contains("min_length is for text, bytes and arrays, not for `i64`;"), "{rust}");
    assert!(python.contains("min_length is for text, bytes and arrays, not for BigInteger;"), "{python}");
    let [rust, python] = told(|of| fault(of, |table| table.primary_key.clear()));
    assert!(rust.ends_with("mark one (or several) with `#[chakra(primary_key)]`, such as an integer `id`"), "{rust}");
    assert!(python.ends_with("mark one (or several) with primary_key=True, such as an integer `id`"), "{python}");
}

#[test]
fn values_that_are_refused() {
    let refusal = |sql_type: SqlType, value: Value| {
        [Rust, Python].map(|language| {
            let mut table = Table::described("Book", "books", vec![Column::new("code", sql_type.clone())]);
            table.origin = Origin(language);
            validate(&table, &table.columns[0], value.clone()).unwrap_err().to_string()
        })
    };
    let [rust, python] = refusal(SqlType::SmallInteger, Value::Integer(70_000));
    assert_eq!(rust, "Book.code: 70000 is out of the range of `i16` (-32768 to 32767)");
    assert_eq!(python, "Book.code: 70000 is out of the range of SmallInteger (-32768 to 32767)");
    let [rust, python] = refusal(SqlType::Char { length: 2 }, Value::Text("a ".into()));
    assert!(rust.ends_with("declare the field as `#[chakra(length = 2)] String`"), "{rust}");
    assert!(python.ends_with("declare the field as String(2)"), "{python}");
    let [rust, python] = refusal(SqlType::Text, Value::Text("\0".into()));
    assert!(rust.ends_with("use `Vec<u8>` for raw bytes") && python.ends_with("use Binary for raw bytes"));
    let [rust, python] = refusal(SqlType::Date, Value::Null(SqlType::Date.kind()));
    assert!(rust.ends_with("declare the field an `Option<NaiveDate>` to allow it"), "{rust}");
    assert!(python.ends_with("declare the field nullable to allow it"), "{python}");
}
