//! The store, loaded by its own scripts, and plain SQL beside it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chakra::dialect::{Dialect, Sql};
use chakra::driver::{Decoder, Query as Statement, ToValue};
use chakra::types::Value;
use chakra::{Executor, Model, Query};
use chrono::DateTime;
use rust_decimal::Decimal;

use crate::backend::TestDb;
use crate::models;

/// Values of a row as texts that are the same wherever the row was kept.
pub type Row = Vec<String>;

/// A loaded store.
pub struct Store<'a> {
    pub db: &'a TestDb,
}

impl<'a> Store<'a> {
    /// Loads it; None, with the reason printed, where its scripts are not there and not required.
    pub async fn load(db: &'a TestDb) -> Option<Self> {
        let Some(folder) = folder() else {
            let reason = "the Chinook scripts are not here; CHAKRA_CHINOOK_DIR can name their folder";
            assert!(std::env::var("CHAKRA_TEST_REQUIRE_ALL").as_deref() != Ok("1"), "they are required: {reason}");
            println!("skipped {}: {reason}", std::thread::current().name().unwrap_or_default());
            return None;
        };
        let name = match db.pool.dialect() {
            Dialect::Sqlite => "sqlite.sql",
            Dialect::Postgres => "postgres.sql",
            Dialect::MySql => "mysql.sql",
            other => panic!("no script is for {other:?}"),
        };
        let script = std::fs::read_to_string(folder.join(name)).unwrap();
        for statement in statements(&script) {
            let outcome = db.sql(&statement).await;
            outcome.unwrap_or_else(|error| panic!("{error}: {}", statement.chars().take(200).collect::<String>()));
        }
        if db.pool.dialect() == Dialect::Postgres {
            spell(db).await;
        }
        Some(Self { db })
    }

    /// The rows of plain SQL: names stand in double quotes.
    pub async fn ask(&self, sql: &str) -> Vec<Row> {
        let text = match self.db.pool.dialect() {
            Dialect::Postgres => sql.replace("COLLATE BINARY", "COLLATE \"C\""),
            Dialect::MySql => sql.replace("COLLATE BINARY", "").replace('"', "`"),
            _ => sql.to_owned(),
        };
        let query = Statement { sql: Arc::new(Sql { text, placeholders: Vec::new() }), params: Vec::new() };
        let batch = self.db.pool.fetch_all(query).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        let value = |row, column: usize| {
            let decoder = Decoder::new(batch.columns()[column].stored, None).unwrap();
            let value = decoder.visit(batch.cell(row, column), ToValue).unwrap();
            value.map_or_else(|| "NULL".to_owned(), |value| text_of(&value))
        };
        (0..batch.len()).map(|row| (0..batch.columns().len()).map(|column| value(row, column)).collect()).collect()
    }

    /// Asserts that a query finds what plain SQL finds.
    pub async fn same<M: Model>(&self, sql: &str, query: Query<M>, show: impl Fn(&M) -> Row) {
        let found: Vec<Row> = query.all(&self.db.pool).await.unwrap().iter().map(show).collect();
        assert!(!found.is_empty(), "{sql}");
        assert_eq!(found, self.ask(sql).await, "{sql}");
    }

    /// Asserts that a query counts what plain SQL counts.
    pub async fn same_count<M: Model>(&self, sql: &str, query: Query<M>) {
        let count = query.count(&self.db.pool).await.unwrap();
        assert_ne!(count, 0, "{sql}");
        assert_eq!(vec![vec![count.to_string()]], self.ask(sql).await, "{sql}");
    }

    /// Asserts that all rows of a table are read as they are.
    pub async fn same_table<M: Model>(&self) {
        let table = M::table();
        let quoted = |at: &usize| format!("\"{}\"", table.columns[*at].name);
        let all: Vec<usize> = (0..table.columns.len()).collect();
        let (columns, key) = (all.iter().map(quoted), table.primary_key.iter().map(quoted));
        let (columns, key) = (columns.collect::<Vec<_>>().join(", "), key.collect::<Vec<_>>().join(", "));
        let show = |model: &M| model.values().unwrap().iter().map(text_of).collect::<Row>();
        // The engine's order is not asked for here.
        let mut found: Vec<Row> = M::query().all(&self.db.pool).await.unwrap().iter().map(show).collect();
        let mut raw = self.ask(&format!("SELECT {columns} FROM \"{}\" ORDER BY {key}", table.name)).await;
        found.sort();
        raw.sort();
        assert!(!found.is_empty());
        assert_eq!(found, raw, "{}", table.name);
    }
}

/// Where the scripts are, if they are anywhere.
fn folder() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(|root| root.join("shared/data/chinook"));
    let folder = std::env::var_os("CHAKRA_CHINOOK_DIR").map(PathBuf::from).or_else(beside)?;
    folder.join("sqlite.sql").is_file().then_some(folder)
}

/// The statements of a script, but for those that make a database of another name than ours and change to it.
fn statements(script: &str) -> Vec<String> {
    let elsewhere = ["DROP DATABASE", "CREATE DATABASE", "USE ", "\\c "];
    let lines = script.trim_start_matches('\u{feff}').lines();
    let lines = lines.filter(|line| !elsewhere.iter().any(|start| line.starts_with(start)));
    let mut statements = Vec::new();
    let mut statement = String::new();
    let mut in_remark = false;
    for line in lines {
        in_remark |= line.starts_with("/*");
        if in_remark {
            in_remark = !line.ends_with("*/");
            continue;
        }
        statement.push_str(line);
        statement.push('\n');
        if line.trim_end().ends_with(';') {
            statements.push(std::mem::take(&mut statement).trim().trim_end_matches(';').to_owned());
        }
    }
    statements.push(statement.trim().to_owned());
    statements.retain(|statement| !statement.is_empty());
    statements
}

/// Gives tables and columns of PostgreSQL's script the names that they have in the others.
async fn spell(db: &TestDb) {
    for table in models::tables() {
        let name = snake_case(&table.name);
        for column in &table.columns {
            let renamed =
                format!("ALTER TABLE {name} RENAME COLUMN {} TO \"{}\"", snake_case(&column.name), column.name);
            db.sql(&renamed).await.unwrap();
        }
        db.sql(&format!("ALTER TABLE {name} RENAME TO \"{}\"", table.name)).await.unwrap();
    }
}

/// `InvoiceLine` as that script spells it.
fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

fn text_of(value: &Value) -> String {
    let plain = |number: &str| number.parse::<Decimal>().unwrap().normalize().to_string();
    match value {
        Value::Null(_) => "NULL".to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Text(text) => text.clone(),
        Value::Decimal(number) => plain(number.as_str()),
        // SQLite keeps these prices as floats.
        Value::Float(number) => plain(&number.to_string()),
        Value::DateTime(micros) => instant(DateTime::from_timestamp_micros(*micros).unwrap()),
        other => panic!("no such value is in the store: {other:?}"),
    }
}

/// As SQLite's script writes it.
pub fn instant(moment: DateTime<chrono::Utc>) -> String {
    moment.format("%Y-%m-%d %H:%M:%S").to_string()
}

/// Values as texts.
macro_rules! row {
    ($($value:expr),* $(,)?) => { vec![$($crate::store::Show::show(&$value)),*] };
}

pub(crate) use row;

/// What stands in a [`row`].
pub trait Show {
    fn show(&self) -> String;
}

macro_rules! shows {
    ($($type:ty),*) => {$(
        impl Show for $type {
            fn show(&self) -> String {
                self.to_string()
            }
        }
    )*};
}

shows!(i32, u64, String);

impl Show for Decimal {
    fn show(&self) -> String {
        self.normalize().to_string()
    }
}

impl Show for DateTime<chrono::Utc> {
    fn show(&self) -> String {
        instant(*self)
    }
}

impl<T: Show> Show for Option<T> {
    fn show(&self) -> String {
        self.as_ref().map_or_else(|| "NULL".to_owned(), Show::show)
    }
}
