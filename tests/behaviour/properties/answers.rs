//! Order, comparisons and aggregates, answered by the database and by Rust.

use std::cmp::Ordering;

use chakra::Model;
use proptest::prelude::*;

use super::{BATCHES, ROWS, Random, rows, sets};
use crate::backend::TestDb;
use crate::random::for_all;

/// Order, comparisons, the least and the greatest of a field, by what Rust's own order says.
macro_rules! ordered {
    ($db:ident, $rows:ident, $($field:ident),*) => {$({
        let order = |one: &Random, other: &Random| one.$field.partial_cmp(&other.$field).unwrap();
        let mut sorted: Vec<&Random> = $rows.iter().collect();
        sorted.sort_by(|one, other| order(one, other));
        let read = Random::query().order_by((Random::$field(), Random::id())).all(&$db.pool).await.unwrap();
        prop_assert!(read.iter().map(|row| row.id).eq(sorted.iter().map(|row| row.id)), stringify!($field));
        let pivot = sorted[sorted.len() / 2];
        let count = |test: &dyn Fn(std::cmp::Ordering) -> bool| {
            $rows.iter().filter(|row| test(order(row, pivot))).count() as u64
        };
        let value = || pivot.$field.clone();
        for (condition, expected) in [
            (Random::$field().eq(value()), count(&|order| order.is_eq())),
            (Random::$field().ne(value()), count(&|order| order.is_ne())),
            (Random::$field().lt(value()), count(&|order| order.is_lt())),
            (Random::$field().lte(value()), count(&|order| order.is_le())),
            (Random::$field().gt(value()), count(&|order| order.is_gt())),
            (Random::$field().gte(value()), count(&|order| order.is_ge())),
            (Random::$field().is_in([value()]), count(&|order| order.is_eq())),
        ] {
            let found = Random::query().filter(condition).count(&$db.pool).await.unwrap();
            prop_assert_eq!(found, expected, "{}", stringify!($field));
        }
        let (least, greatest) =
            Random::query().aggregate((Random::$field().min(), Random::$field().max()), &$db.pool).await.unwrap();
        prop_assert_eq!(least.as_ref(), Some(&sorted[0].$field), "least {}", stringify!($field));
        prop_assert_eq!(greatest.as_ref(), Some(&sorted[sorted.len() - 1].$field), "greatest {}", stringify!($field));
    })*};
}

pub(super) async fn answers_are_those_of_rust(db: &TestDb) {
    db.create_all().await;
    for_all(BATCHES, rows(ROWS), async |mut rows| {
        Random::query().delete().execute(&db.pool).await.unwrap();
        Random::bulk_insert(&mut rows, &db.pool).await.unwrap();
        ordered!(db, rows, small, integer, big, float, price, number, name, long, padded);
        ordered!(db, rows, flag, instant, day, clock, span, token, data);
        let sums = (Random::small().sum(), Random::big().sum(), Random::price().sum(), Random::span().sum());
        let (small, big, price, span) = Random::query().aggregate(sums, &db.pool).await.unwrap();
        prop_assert_eq!(small, Some(rows.iter().map(|row| i128::from(row.small)).sum()));
        prop_assert_eq!(big, Some(rows.iter().map(|row| i128::from(row.big)).sum()));
        prop_assert_eq!(price, Some(rows.iter().map(|row| row.price).sum()));
        prop_assert_eq!(span, Some(rows.iter().map(|row| row.span).sum()));
        // None orders last, and is no number's equal.
        let mut keys: Vec<_> = rows.iter().map(|row| (row.maybe.is_none(), row.maybe, row.id)).collect();
        keys.sort_unstable();
        let read = Random::query().order_by((Random::maybe(), Random::id())).all(&db.pool).await.unwrap();
        prop_assert!(read.iter().map(|row| row.id).eq(keys.iter().map(|key| key.2)));
        let others = Random::query().filter(Random::maybe().ne(1)).count(&db.pool).await.unwrap();
        prop_assert_eq!(others, rows.iter().filter(|row| row.maybe != Some(1)).count() as u64);
        Ok(())
    });
}

/// Order within each set, and comparisons of each set's rows with one of them: a statement for all sets.
macro_rules! ordered_in_sets {
    ($db:ident, $sets:ident, $($field:ident),*) => {$({
        let order = |one: &Random, other: &Random| one.$field.partial_cmp(&other.$field).unwrap();
        let mut sorted: Vec<Vec<&Random>> = $sets.iter().map(|set| set.iter().collect()).collect();
        for set in &mut sorted {
            set.sort_by(|one, other| order(one, other));
        }
        let read =
            Random::query().order_by((Random::part(), Random::$field(), Random::id())).all(&$db.pool).await.unwrap();
        prop_assert!(
            read.iter().map(|row| row.id).eq(sorted.iter().flatten().map(|row| row.id)), "order by {}", stringify!($field)
        );
        let pivots: Vec<&Random> = sorted.iter().map(|set| set[set.len() / 2]).collect();
        ordered_in_sets!(@ $db, $sets, order, pivots, $field, eq is_eq, ne is_ne, lt is_lt, lte is_le, gt is_gt, gte is_ge);
    })*};
    (@ $db:ident, $sets:ident, $order:ident, $pivots:ident, $field:ident, $($compare:ident $is:ident),*) => {$(
        let of_set = |pivot: &&Random| Random::part().eq(pivot.part).and(Random::$field().$compare(pivot.$field.clone()));
        let condition = $pivots.iter().map(of_set).reduce(chakra::model::Condition::or).unwrap();
        let found = Random::query().filter(condition).order_by(Random::id()).all(&$db.pool).await.unwrap();
        let meets = |row: &&Random| $order(row, $pivots[usize::try_from(row.part).unwrap()]).$is();
        let expected: Vec<i64> = $sets.iter().flatten().filter(meets).map(|row| row.id).collect();
        let found: Vec<i64> = found.iter().map(|row| row.id).collect();
        prop_assert_eq!(found, expected, "{} {}", stringify!($field), stringify!($compare));
    )*};
}

/// The least and the greatest of four fields of one set.
macro_rules! extremes {
    ($db:ident, $set:ident, $($a:ident $b:ident $c:ident $d:ident),*) => {$({
        let asked = (
            Random::$a().min(), Random::$a().max(), Random::$b().min(), Random::$b().max(),
            Random::$c().min(), Random::$c().max(), Random::$d().min(), Random::$d().max(),
        );
        let found = Random::query().filter(Random::part().eq($set[0].part)).aggregate(asked, &$db.pool).await.unwrap();
        let expected = (
            extremes!(@ $set, $a, min_by), extremes!(@ $set, $a, max_by), extremes!(@ $set, $b, min_by),
            extremes!(@ $set, $b, max_by), extremes!(@ $set, $c, min_by), extremes!(@ $set, $c, max_by),
            extremes!(@ $set, $d, min_by), extremes!(@ $set, $d, max_by),
        );
        prop_assert_eq!(found, expected, "the least and the greatest");
    })*};
    (@ $set:ident, $field:ident, $by:ident) => {
        $set.iter().map(|row| row.$field.clone()).$by(|one, other| one.partial_cmp(other).unwrap_or(Ordering::Equal))
    };
}

pub(super) async fn answers_about_small_sets_are_those_of_rust(db: &TestDb) {
    db.create_all().await;
    for_all(1, sets(), async |sets| {
        Random::query().delete().execute(&db.pool).await.unwrap();
        Random::bulk_insert(&mut sets.concat(), &db.pool).await.unwrap();
        ordered_in_sets!(db, sets, small, integer, big, float, price, number, name, long, padded);
        ordered_in_sets!(db, sets, flag, instant, day, clock, span, token, data);
        for set in &sets {
            extremes!(db, set, small integer big float, price number name long);
            extremes!(db, set, padded flag instant day, clock span token data);
            let sums = (Random::small().sum(), Random::big().sum(), Random::price().sum(), Random::span().sum());
            let found = Random::query().filter(Random::part().eq(set[0].part)).aggregate(sums, &db.pool).await.unwrap();
            let expected = (
                Some(set.iter().map(|row| i128::from(row.small)).sum()),
                Some(set.iter().map(|row| i128::from(row.big)).sum()),
                Some(set.iter().map(|row| row.price).sum()),
                Some(set.iter().map(|row| row.span).sum()),
            );
            prop_assert_eq!(found, expected, "sums");
        }
        Ok(())
    });
}
