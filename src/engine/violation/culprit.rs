//! Which of several foreign keys was violated, asked of the rows as they were before the statement.

use std::collections::HashSet;

use super::Written;
use crate::driver::Executor;
use crate::driver::catalog::stored::StoredForeignKey;
use crate::driver::catalog::suspects::{Side, Suspect, is_same};
use crate::engine::context::Attempt;
use crate::engine::prepare;
use crate::error::Result;
use crate::query::expr::{CompareOp, Related};
use crate::query::{Expr, Hop, Path, Projection, Select, Statement, lookup};
use crate::schema::{Column, Table, TableRef};
use crate::types::{SqlType, Value};

/// How many references by several columns are looked up one by one.
const MOST_LOOKUPS: usize = 200;

/// The first that was violated for certain, else those that may have been.
pub(super) async fn among<'a>(
    executor: &dyn Executor,
    attempt: Attempt,
    table: &TableRef,
    written: &Written,
    suspects: &[Suspect<'a>],
) -> Result<Vec<&'a StoredForeignKey>> {
    let mut open = Vec::new();
    for suspect in suspects {
        let verdict = match &suspect.side {
            Side::Own => lacks_parent(executor, attempt, table, written, suspect.key).await?,
            Side::Referring(way) => match is_referred_to(executor, table, written, suspect.key, way).await? {
                Some(true) if !is_certain(attempt, suspects, suspect, way) => None,
                verdict => verdict,
            },
        };
        match verdict {
            Some(true) => return Ok(vec![suspect.key]),
            Some(false) => {}
            None => open.push(suspect.key),
        }
    }
    // None of them as things stand now: then others wrote meanwhile.
    Ok(if open.is_empty() { suspects.iter().map(|suspect| suspect.key).collect() } else { open })
}

/// Whether rows that refer are enough: not where they may have gone by another way, nor where the row may keep its value.
fn is_certain(attempt: Attempt, suspects: &[Suspect<'_>], of: &Suspect<'_>, way: &[&StoredForeignKey]) -> bool {
    let goes = |suspect: &Suspect<'_>| match &suspect.side {
        Side::Own => false,
        Side::Referring(way) => way.iter().any(|step| is_same(&step.table, &of.key.table)),
    };
    matches!(attempt, Attempt::Delete) && way.is_empty() && !suspects.iter().any(goes)
}

/// Whether a row that was written refers to one that is not there; None where that cannot be known.
async fn lacks_parent(
    executor: &dyn Executor,
    attempt: Attempt,
    table: &TableRef,
    written: &Written,
    key: &StoredForeignKey,
) -> Result<Option<bool>> {
    let Some(columns) = positions(table, &key.columns) else { return Ok(None) };
    let target_columns = match key.target_columns.as_slice() {
        [] if is_same(&key.target, &table.name) => {
            table.names(&table.primary_key).into_iter().map(Into::into).collect()
        }
        named => named.to_vec(),
    };
    let inserts = matches!(attempt, Attempt::Insert);
    let left_out = |at: &usize| inserts && !written.columns.contains(at) && !table.columns[*at].database_supplies();
    if columns.iter().any(left_out) {
        return Ok(Some(false));
    }
    let (Some(mut references), true) = (tuples(written, &columns), target_columns.len() == columns.len()) else {
        return Ok(None);
    };
    if is_same(&key.target, &table.name) {
        let Some(targets) = positions(table, &target_columns) else { return Ok(None) };
        match tuples(written, &targets) {
            Some(own) => {
                let own: HashSet<String> = own.iter().map(|tuple| format!("{tuple:?}")).collect();
                references.retain(|tuple| !own.contains(&format!("{tuple:?}")));
            }
            // Keys that the database is yet to give, or rows that keep theirs.
            None if inserts || targets.iter().any(|at| written.columns.contains(at)) => return Ok(None),
            None => {}
        }
    }
    let typed = |(name, at): (&String, &usize)| Column::new(name, table.columns[*at].sql_type.clone());
    let parent = Table::described(&key.target, &key.target, target_columns.iter().zip(&columns).map(typed).collect());
    is_one_missing(executor, &TableRef::new(parent), references).await
}

/// Whether one of the rows is not there, each given by the values of all columns of the table.
async fn is_one_missing(executor: &dyn Executor, parent: &TableRef, rows: Vec<Vec<Value>>) -> Result<Option<bool>> {
    if parent.columns.len() == 1 {
        let values: Vec<Value> = rows.into_iter().flatten().collect();
        let expected = values.len();
        let mut select = Select::from(parent).filter(lookup::in_list(Expr::column(parent, 0), values));
        select.distinct = true;
        let there = executor.fetch_all(prepare(executor, Statement::Select(select))?).await?;
        return Ok(Some(there.len() < expected));
    }
    if rows.len() > MOST_LOOKUPS {
        return Ok(None);
    }
    for row in rows {
        let equal = row
            .into_iter()
            .enumerate()
            .map(|(at, value)| lookup::compare(Expr::column(parent, at), CompareOp::Eq, value));
        if !exists(executor, Select::from(parent).filter(Expr::And(equal.collect()))).await? {
            return Ok(Some(true));
        }
    }
    Ok(Some(false))
}

/// The distinct values of these columns together, those with a NULL among them left out; None where they are not known.
fn tuples(written: &Written, columns: &[usize]) -> Option<Vec<Vec<Value>>> {
    let values: Vec<&[Value]> = columns.iter().map(|at| written.values_of(*at)).collect::<Option<_>>()?;
    let mut seen = HashSet::new();
    let rows = values.first().map_or(0, |first| first.len());
    let tuple = |row: usize| values.iter().map(|column| column.get(row).cloned()).collect::<Option<Vec<Value>>>();
    let distinct = (0..rows).filter_map(tuple).filter(|tuple| !tuple.iter().any(Value::is_null));
    Some(distinct.filter(|tuple| seen.insert(format!("{tuple:?}"))).collect())
}

/// Whether rows that stay refer by this foreign key to those that the statement was about, or to those that go with them;
/// None where that cannot be known.
async fn is_referred_to(
    executor: &dyn Executor,
    table: &TableRef,
    written: &Written,
    key: &StoredForeignKey,
    way: &[&StoredForeignKey],
) -> Result<Option<bool>> {
    let steps: Vec<&StoredForeignKey> = way.iter().copied().chain([key]).collect();
    let Some(hops) = hops(table, &steps) else { return Ok(None) };
    let mut condition = None;
    for hop in hops.into_iter().rev() {
        let stays = (hop.to == *table).then(|| match &written.filter {
            Some(filter) => filter.clone().not(),
            None => Expr::Constant(false),
        });
        let filter = condition.or(stays);
        condition = Some(Expr::from(Related { path: Path::default(), hop: hop.into(), filter }));
    }
    let mut select = Select::from(table);
    select.filter.clone_from(&written.filter);
    let select = condition.into_iter().fold(select, Select::filter);
    exists(executor, select).await.map(Some)
}

/// The steps from a table to those that refer to it; None where the columns referred to are not known.
fn hops(table: &TableRef, steps: &[&StoredForeignKey]) -> Option<Vec<Hop>> {
    let mut from = table.clone();
    let mut hops = Vec::with_capacity(steps.len());
    for (at, step) in steps.iter().enumerate() {
        let from_columns = match step.target_columns.as_slice() {
            [] if from == *table => from.primary_key.clone(),
            names => positions(&from, names)?,
        };
        let to = if is_same(&step.table, &table.name) {
            table.clone()
        } else {
            let mut columns: Vec<Column> = Vec::new();
            let typed = from_columns.iter().map(|at| from.columns[*at].sql_type.clone());
            columns.extend(step.columns.iter().zip(typed).map(|(name, sql_type)| Column::new(name, sql_type)));
            for name in steps.get(at + 1).map(|next| next.target_columns.as_slice()).unwrap_or_default() {
                if !columns.iter().any(|column| is_same(&column.name, name)) {
                    columns.push(Column::new(name, SqlType::Text));
                }
            }
            TableRef::new(Table::described(&step.table, &step.table, columns))
        };
        let to_columns = positions(&to, &step.columns)?;
        if to_columns.len() != from_columns.len() || from_columns.is_empty() {
            return None;
        }
        hops.push(Hop { from, from_columns, to: to.clone(), to_columns });
        from = to;
    }
    Some(hops)
}

/// The positions of columns, given by name.
fn positions(table: &Table, names: &[String]) -> Option<Vec<usize>> {
    names.iter().map(|name| table.columns.iter().position(|column| is_same(&column.name, name))).collect()
}

async fn exists(executor: &dyn Executor, mut select: Select) -> Result<bool> {
    select.projection = Projection::Exists;
    Ok(!executor.fetch_all(prepare(executor, Statement::Select(select))?).await?.is_empty())
}
