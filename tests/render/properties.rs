use std::collections::BTreeSet;

use chakra::dialect::render;
use chakra::query::{Select, Statement};
use proptest::prelude::*;

use super::random::{conditions, small};
use super::support::DIALECTS;

proptest! {
    #[test]
    fn every_condition_renders_with_each_of_its_parameters(condition in conditions(&small())) {
        // The strategy's table is its own; the statement's has the same name.
        let table = small();
        let statement = Statement::Select(Select::from(&table).filter(condition));
        for dialect in DIALECTS {
            let sql = render(&statement, dialect).unwrap();
            let mentioned: BTreeSet<usize> = sql.placeholders.iter().map(|one| one.param).collect();
            prop_assert!(mentioned.into_iter().eq(0..statement.params().len()));
            let values = sql.bind(&statement).unwrap();
            prop_assert_eq!(values.len(), sql.placeholders.len());
            prop_assert_eq!(values, sql.bind_owned(statement.clone()).unwrap());
        }
    }
}
