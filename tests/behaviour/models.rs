//! The models that the tests share.

use chakra::{Model, Pool};
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

/// A field of each type, nullable and not.
#[derive(Model, Debug, Clone, PartialEq)]
#[chakra(table = "every_type")]
pub struct Every {
    #[chakra(primary_key, auto_increment = false)]
    pub id: i64,
    pub small: i16,
    pub integer: i32,
    pub big: i64,
    pub float: f64,
    pub decimal: Decimal,
    pub string: String,
    #[chakra(text)]
    pub long: String,
    pub boolean: bool,
    pub instant: DateTime<Utc>,
    pub date: NaiveDate,
    pub time: NaiveTime,
    pub uuid: Uuid,
    pub bytes: Vec<u8>,
    pub json: serde_json::Value,
    pub maybe_small: Option<i16>,
    pub maybe_float: Option<f64>,
    pub maybe_decimal: Option<Decimal>,
    pub maybe_string: Option<String>,
    pub maybe_boolean: Option<bool>,
    pub maybe_instant: Option<DateTime<Utc>>,
    pub maybe_date: Option<NaiveDate>,
    pub maybe_time: Option<NaiveTime>,
    pub maybe_uuid: Option<Uuid>,
    pub maybe_bytes: Option<Vec<u8>>,
    pub maybe_json: Option<serde_json::Value>,
}

impl Every {
    /// Plain values, to be changed by a test.
    pub fn plain(id: i64) -> Self {
        Self {
            id,
            small: 1,
            integer: 2,
            big: 3,
            float: 0.5,
            decimal: Decimal::new(125, 2),
            string: "text".into(),
            long: "long text".into(),
            boolean: true,
            instant: DateTime::from_timestamp_micros(1_700_000_000_123_456).unwrap(),
            date: NaiveDate::from_ymd_opt(2024, 2, 29).unwrap(),
            time: NaiveTime::from_hms_micro_opt(12, 34, 56, 789_012).unwrap(),
            uuid: Uuid::from_u128(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef),
            bytes: vec![0, 1, 255],
            json: serde_json::json!({"a": [1, 2.5, null, "x"]}),
            maybe_small: None,
            maybe_float: None,
            maybe_decimal: None,
            maybe_string: None,
            maybe_boolean: None,
            maybe_instant: None,
            maybe_date: None,
            maybe_time: None,
            maybe_uuid: None,
            maybe_bytes: None,
            maybe_json: None,
        }
    }
}

/// A key that the database makes, a unique and a nullable column, a column with another name, defaults.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct User {
    #[chakra(primary_key)]
    pub id: Option<i64>,
    #[chakra(length = 50, unique)]
    pub name: String,
    #[chakra(column = "UserAge", index)]
    pub age: Option<i32>,
    #[chakra(default = true)]
    pub active: bool,
}

impl User {
    pub fn new(name: &str, age: Option<i32>) -> Self {
        Self { id: None, name: name.into(), age, active: true }
    }
}

/// Six users: two of one age, two of none.
pub async fn insert_users(pool: &Pool) {
    let ages = [
        ("ada", Some(36)),
        ("Bob", Some(20)),
        ("carl", None),
        ("Dora", Some(20)),
        ("eve_%", None),
        ("Émile", Some(65)),
    ];
    let mut users = ages.map(|(name, age)| User::new(name, age));
    User::bulk_insert(&mut users, pool).await.unwrap();
}

/// A plain integer key.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct Article {
    #[chakra(primary_key)]
    pub id: i64,
    pub title: String,
    #[chakra(default = "'draft'")]
    pub state: String,
    #[chakra(precision = 8, scale = 2)]
    pub price: Option<Decimal>,
}

/// A natural key.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct Country {
    #[chakra(primary_key, length = 2)]
    pub code: String,
    pub name: String,
}

/// A composite key, and field names that are verbs or reserved words.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct Membership {
    #[chakra(primary_key)]
    pub user_id: i64,
    #[chakra(primary_key, length = 30)]
    pub group: String,
    pub r#type: i16,
    pub key: String,
    pub update: bool,
}

/// Nothing but a key.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct Token {
    #[chakra(primary_key)]
    pub id: Uuid,
}

pub fn names(users: &[User]) -> Vec<&str> {
    users.iter().map(|user| user.name.as_str()).collect()
}

/// Read from tables of various makes; a default that each database words in its own way.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct Stamp {
    #[chakra(primary_key)]
    pub id: i64,
    pub level: i16,
    #[chakra(default = "now()")]
    pub happened: DateTime<Utc>,
}

/// A column that may be NULL, beside a default.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct Proposal {
    #[chakra(primary_key)]
    pub id: Option<i64>,
    #[chakra(length = 20, default = "'draft'")]
    pub state: Option<String>,
}
