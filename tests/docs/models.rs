//! The examples of docs/models.md.

use crate::pool;

use chakra::{ChakraEnum, Model};
use chrono::NaiveDate;
use rust_decimal::Decimal;
use uuid::Uuid;

#[derive(Model, Debug, Clone, PartialEq)]
#[chakra(table = "club_members", ordering = ["name"])]
struct Member {
    #[chakra(primary_key)]
    id: Option<i64>,
    #[chakra(length = 80, index)]
    name: String,
    #[chakra(length = 120, unique)]
    email: Option<String>,
    #[chakra(precision = 12, scale = 2, default = 0)]
    balance: Decimal,
    token: Uuid,
    #[chakra(column = "date_of_birth")]
    born: Option<NaiveDate>,
    #[chakra(json)]
    settings: Settings,
}

#[derive(serde::Serialize, serde::Deserialize, Debug, Clone, Default, PartialEq)]
struct Settings {
    theme: Option<String>,
}

#[derive(ChakraEnum, Debug, Clone, PartialEq)]
#[chakra(rename_all = "UPPERCASE")]
enum Level {
    Low,
    High,
}

#[tokio::test]
async fn objects() -> chakra::Result<()> {
    let pool = pool(&[Member::table()]).await;
    let mut ada = Member {
        id: None,
        name: "Ada".into(),
        email: None,
        balance: Decimal::new(1250, 2),
        token: Uuid::new_v4(),
        born: NaiveDate::from_ymd_opt(1815, 12, 10),
        settings: Settings::default(),
    };
    ada.insert(&pool).await?;
    ada.settings.theme = Some("dark".into());
    ada.save(&pool).await?;
    assert_eq!(Member::get(ada.id.unwrap(), &pool).await?, ada);

    // From some columns: the database supplies the key and the defaults.
    let columns =
        (Member::name().set("Bob"), Member::token().set(Uuid::new_v4()), Member::settings().set(Settings::default()));
    let bob = Member::create(columns).execute(&pool).await?;
    assert_eq!(bob.balance, Decimal::ZERO);
    assert_eq!(Member::query().adults().filter(Member::name().starts_with("A")).count(&pool).await?, 1);
    Ok(())
}

fn has_a_domain(email: &str) -> Result<(), String> {
    if email.ends_with("@example.com") { Err("example.com sends no mail".to_owned()) } else { Ok(()) }
}

fn leaves_after_arriving(stay: &Stay) -> Result<(), &'static str> {
    if stay.departure > stay.arrival { Ok(()) } else { Err("the departure is not after the arrival") }
}

#[derive(Model)]
#[chakra(validate = leaves_after_arriving)]
struct Stay {
    #[chakra(primary_key)]
    id: Option<i64>,
    #[chakra(length = 40, min_length = 2)]
    guest: String,
    #[chakra(length = 60, pattern = "^[^@ ]+@[^@ ]+$", validate = has_a_domain)]
    email: String,
    #[chakra(length = 10, choices = ["single", "double"])]
    room: String,
    #[chakra(min_value = "2020-01-01")]
    arrival: NaiveDate,
    departure: NaiveDate,
    #[chakra(precision = 8, scale = 2, min_value = "0.01", max_value = 5000)]
    price: Decimal,
}

#[tokio::test]
async fn validation() {
    let pool = pool(&[Stay::table()]).await;
    let day = NaiveDate::from_ymd_opt(2024, 5, 1).unwrap();
    let mut stay = Stay {
        id: None,
        guest: "A".into(),
        email: "ada@example.com".into(),
        room: "suite".into(),
        arrival: day,
        departure: day,
        price: Decimal::ZERO,
    };
    let error = stay.insert(&pool).await.unwrap_err();
    let faults = error.as_validation().unwrap().faults();
    let told: Vec<(&str, &str)> = faults.iter().map(|fault| (&*fault.field, &*fault.constraint)).collect();
    assert_eq!(
        told,
        [
            ("guest", "min_length=2"),
            ("email", "validate"),
            ("room", "choices"),
            ("price", "min_value=0.01"),
            ("", "validate")
        ]
    );
}

use chakra::Query;

trait Members {
    fn adults(self) -> Self;
}

impl Members for Query<Member> {
    fn adults(self) -> Self {
        self.filter(Member::born().lte(NaiveDate::from_ymd_opt(2000, 1, 1).unwrap()))
    }
}
