//! The examples of docs/postgres-and-mysql.md.

#[test]
fn sets_and_years() {
    use chakra::{ChakraEnum, Model};

    #[derive(ChakraEnum, Debug, Clone, PartialEq)]
    enum Grape {
        Merlot,
        Riesling,
    }

    #[derive(Model)]
    struct Wine {
        #[chakra(primary_key)]
        id: Option<i64>,
        grapes: chakra::mysql::Set<Grape>,
        vintage: Option<chakra::mysql::Year>,
    }

    Wine::query().filter(Wine::grapes().has_members([Grape::Merlot])); // has_any_member, has_only_members

    assert!(!chakra::dialect::unsupported(Wine::table(), chakra::dialect::Dialect::Sqlite).is_empty());
    assert!(chakra::dialect::unsupported(Wine::table(), chakra::dialect::Dialect::MySql).is_empty());
}
