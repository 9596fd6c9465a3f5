//! Derive macros of the chakra object-relational mapper. Use them through the crate `chakra`.

use proc_macro::TokenStream;

mod enumeration;
mod expand;
mod parse;

/// Makes a struct a model: one table, one column for each field.
///
/// It implements `chakra::Model` and adds a function for each field that gives its typed column, so that
/// `User::age().gte(18)` is a condition and `User::age().gte("x")` does not compile.
///
/// A field is an `i16`, `i32`, `i64`, `f64`, `bool`, `String`, `Vec<u8>`, `rust_decimal::Decimal`,
/// `chrono::DateTime<Utc>`, `chrono::NaiveDate`, `chrono::NaiveTime`, `chrono::TimeDelta`, `uuid::Uuid`, an enum that
/// derives [`ChakraEnum`], or a `Vec` of one of them; or `serde_json::Value`, or any serde type in a field marked
/// `json`; or an `Option` of one of them where NULL is allowed.
///
/// # On the struct
///
/// | `#[chakra(…)]` | meaning |
/// |---|---|
/// | `table = "users"` | the table's name; left out: the plural of the struct's name in snake case (`BlogPost` → `blog_posts`) |
/// | `schema = "public"` | the database schema; SQLite refuses it |
/// | `timestamps` | the engine fills `created_at` when a row is inserted and `updated_at` whenever it is written, both `DateTime<Utc>`; `timestamps = ["made_on", "changed_on"]` names other fields |
/// | `soft_delete` | deleting sets `deleted_at: Option<DateTime<Utc>>` instead of removing the row, and `query()` leaves such rows out; `soft_delete = "removed_on"` names another field |
/// | `version` | `version: i64` counts the writes, and an object whose row was written by someone else is not written; `version = "revision"` names another field |
/// | `indexes = [Index::new("ix").columns(&["a", "-b"])]` | indexes, with `.unique()`, `.desc("a")`, `.filter("sql")`, `.expression("sql")`, `.method("gin")`; `Index::new(&["a"])` makes its name |
/// | `constraints = [Unique::new(&["a", "b"])]` | constraints: `Unique::new("uq").columns(&["a"])`, `Check::new("ck").expression("a > b")`, `ForeignKey::new("fk").columns(&["a", "b"]).references(&["table.x", "table.y"]).on_delete("CASCADE")`, with `.on_update(…)` and `.index(false)` |
/// | `ordering = ["-created_at", "pk"]` | the order of queries that ask for none |
/// | `comment = "what is played"` | a remark that PostgreSQL and MySQL keep |
/// | `verbose_name = "concert"`, `verbose_name_plural = "concerts"` | what a row, and several, are called in a sentence |
/// | `validate = path` | a function `fn(&Self) -> Result<(), E>`, where `E` can be shown: it sees an object before it is written and may refuse it |
///
/// # On a field
///
/// | `#[chakra(…)]` | meaning |
/// |---|---|
/// | `primary_key` | (part of) the primary key; every model has one |
/// | `auto_increment` | the database numbers new rows; a single integer key has it anyway, `auto_increment = false` says no |
/// | `unique` | no two rows have the same value |
/// | `index` | has an index of its own |
/// | `column = "UserName"` | the column's name, where it is not the field's |
/// | `length = 50` | the most characters of a `String`, or bytes of a `Vec<u8>`; without it there is no bound |
/// | `text` | a `String` in the database's type for long text |
/// | `char_length = 2` | a `String` of at most so many characters, in the database's type that pads with blanks; blanks at its end are refused |
/// | `json` | a type of serde's in a JSON column; `None` of an `Option` is NULL |
/// | `precision = 10, scale = 2` | the digits of a `Decimal` in all, and after the point; without them as the database allows |
/// | `dimensions = 3` | how many numbers a `chakra::postgres::Vector` has; without it any |
/// | `min_value = 18`, `max_value = "0.5"` | the least and greatest number, date or time: a number, a text (`"2020-01-01"`), or an expression of the field's type |
/// | `min_length = 3`, `max_length = 9` | the least and greatest number of characters, of bytes, or of an array's elements |
/// | `pattern = "^[a-z]+$"` | a regular expression of the crate `regex` that is found in the text |
/// | `choices = ["new", "sold"]` | the values that are allowed; of an enumeration some of its variants: `choices = [State::New]` |
/// | `validate = path` | a function `fn(&T) -> Result<(), E>` (`&str` for a `String`), where `E` can be shown: it may refuse a value that is to be written; it is not asked about `None` |
/// | `check = "age >= 0"` | an SQL condition that the database holds every row to |
/// | `db_check = false` | keeps the CHECK constraints of `min_value`, `max_value`, `min_length` and `choices` out of the database |
/// | `on_update = chakra::now` | what every update writes: a function, or an expression that is evaluated each time |
/// | `references = "authors.id"` | a foreign key: the table and the column it refers to, `"schema.table.column"` in another schema; the column gets an index, `index = false` says no |
/// | `on_delete = "CASCADE"`, `on_update = "CASCADE"` | what happens to this row with the one it refers to: `CASCADE`, `SET NULL`, `SET DEFAULT`, `RESTRICT`, `NO ACTION`; only beside `references` |
/// | `comment = "in metres"` | a remark that PostgreSQL and MySQL keep |
/// | `default = 18`, `default = "now()"` | what the database supplies for a column that `create` was not given: a number, `true`, `false`, or in quotes an SQL expression |
///
/// # On a field that is a relationship
///
/// A field of type `chakra::Related<User>`, `Related<Option<User>>` or `Related<Vec<Post>>` is no column. Its function names
/// the relationship for queries and for many objects: `User::posts()`; the field loads for its own: `user.posts.load(&pool)`.
///
/// | `#[chakra(…)]` | meaning |
/// |---|---|
/// | `relation = OneToOne` | `ManyToOne`, `OneToOne`, `OneToMany` or `ManyToMany`; may be left out where `foreign_key` or the junction tell it |
/// | `foreign_key = "author_id"` | the field that refers to the other: of this struct, of the other one for a `Vec`; `["a", "b"]` of several |
/// | `back_populates = "posts"` | the relationship of the other model that leads back |
/// | `through = "post_tags"` | the junction of a `ManyToMany`: a model's table, or one that `create_all` makes |
/// | `through_fields = ("mine_id", "theirs_id")` | the junction's fields, where they are open |
/// | `symmetrical` | a `ManyToMany` of a model with itself that holds both ways |
/// | `model = "User"` | what the type says already |
///
/// Values are checked whenever they are written: by `insert`, `update`, `save`, `bulk_insert`, by `create` and by the
/// `update` of a query. All that is wrong with one object is one error, whose `faults` lists it.
///
/// An unknown name is an error that tells the nearest one. So is a name that a later version will know: nothing
/// is ignored.
///
/// The trait `chakra::Model`, which it implements, has an example.
#[proc_macro_derive(Model, attributes(chakra))]
pub fn derive_model(input: TokenStream) -> TokenStream {
    let input = syn::parse_macro_input!(input as syn::DeriveInput);
    match parse::model(&input) {
        Ok(model) => expand::model(&model).into(),
        Err(error) => error.into_compile_error().into(),
    }
}

/// Makes an enum without fields the type of a column: each variant is a text in the database.
///
/// It implements `chakra::ChakraEnum`. The enum must be `Clone`, too.
///
/// # On the enum
///
/// | `#[chakra(…)]` | meaning |
/// |---|---|
/// | `rename_all = "snake_case"` | how texts are made of the variants' names: `lowercase`, `UPPERCASE`, `PascalCase`, `camelCase`, `snake_case`, `SCREAMING_SNAKE_CASE`, `kebab-case`, `SCREAMING-KEBAB-CASE`; left out: the names themselves |
/// | `native` | PostgreSQL keeps it as a type of its own instead of text with a CHECK constraint |
/// | `name = "mood"` | the name of that type; left out: the enum's name in snake case |
///
/// # On a variant
///
/// | `#[chakra(…)]` | meaning |
/// |---|---|
/// | `rename = "so so"` | its text |
///
/// The trait `chakra::ChakraEnum` has an example.
#[proc_macro_derive(ChakraEnum, attributes(chakra))]
pub fn derive_enum(input: TokenStream) -> TokenStream {
    let input = syn::parse_macro_input!(input as syn::DeriveInput);
    match enumeration::parse(&input) {
        Ok(enumeration) => enumeration::expand(&enumeration).into(),
        Err(error) => error.into_compile_error().into(),
    }
}
