//! A table with a column of every kind, and rendering for all databases at once.

use chakra::dialect::{Dialect, Sql, Transform, render};
use chakra::query::expr::{Compare, CompareOp};
use chakra::query::{Expr, Select, Statement};
use chakra::schema::{Column, Table, TableRef};
use chakra::types::{SqlType, Value};

pub const DIALECTS: [Dialect; 3] = [Dialect::Sqlite, Dialect::Postgres, Dialect::MySql];

/// Positions of the columns of [`books`].
pub const ID: usize = 0;
pub const TITLE: usize = 1;
pub const SUBTITLE: usize = 2;
pub const PAGES: usize = 3;
pub const PRICE: usize = 4;
pub const SOLD: usize = 5;
pub const COVER: usize = 6;

/// Books: `subtitle` and `pages` may be NULL.
pub fn books() -> TableRef {
    let columns = vec![
        Column::new("id", SqlType::BigInteger).primary_key().auto_increment(),
        Column::new("title", SqlType::String { length: Some(100) }),
        Column::new("subtitle", SqlType::Text).nullable(),
        Column::new("pages", SqlType::Integer).nullable(),
        Column::new("price", SqlType::Decimal { precision: Some(10), scale: Some(2) }),
        Column::new("sold", SqlType::DateTime),
        Column::new("cover", SqlType::Binary { length: None }),
    ];
    TableRef::new(Table::new("Book", "books", columns).unwrap())
}

pub fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

pub fn decimal(text: &str) -> Value {
    Value::Decimal(text.parse().unwrap())
}

pub fn compare(left: Expr, op: CompareOp, right: Expr) -> Expr {
    Compare { left, op, right }.into()
}

/// What stands after WHERE, for all databases.
pub fn condition(make: impl FnOnce(&TableRef) -> Expr) -> String {
    let table = books();
    let mut select = Select::from(&table).filter(make(&table));
    select.projection = chakra::query::Projection::Columns(vec![ID]);
    lines(&Statement::Select(select), |sql| {
        sql.text.split_once(" WHERE ").map_or_else(|| panic!("no WHERE in {}", sql.text), |(_, tail)| tail.to_owned())
    })
}

/// The whole text, for all databases.
pub fn statement(statement: impl Into<Whole>) -> String {
    lines(&statement.into().0, |sql| sql.text.clone())
}

/// Any statement node.
pub struct Whole(pub Statement);

macro_rules! whole {
    ($($node:ident),*) => {$(
        impl From<chakra::query::$node> for Whole {
            fn from(node: chakra::query::$node) -> Self {
                Self(Statement::$node(node))
            }
        }
    )*};
}
whole!(
    Select,
    Insert,
    Update,
    Delete,
    CreateTable,
    DropTable,
    CreateIndex,
    CreateSchema,
    AlterForeignKey,
    Comment,
    DeferForeignKeys,
    AskCatalog
);

impl From<Statement> for Whole {
    fn from(statement: Statement) -> Self {
        Self(statement)
    }
}

fn lines(statement: &Statement, part: impl Fn(&Sql) -> String) -> String {
    let line = |dialect: Dialect| match render(statement, dialect) {
        Ok(sql) => format!("{}: {}{}", dialect.name(), part(&sql), remarks(&sql)),
        Err(error) => format!("{}! {error}", dialect.name()),
    };
    DIALECTS.map(line).join("\n")
}

/// What the placeholders mean, where it is not the parameters as they are and in their order.
fn remarks(sql: &Sql) -> String {
    let plain = |(number, placeholder): (usize, &chakra::dialect::Placeholder)| {
        placeholder.param == number && placeholder.transform == Transform::None
    };
    if sql.placeholders.iter().enumerate().all(plain) {
        return String::new();
    }
    let all: Vec<String> = sql.placeholders.iter().map(|one| format!("{} {:?}", one.param, one.transform)).collect();
    format!("  <- {}", all.join(", "))
}
