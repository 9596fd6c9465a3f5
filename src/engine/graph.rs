//! Reading rows and, by one statement a step, what is related to them: the rows of a whole graph.

use super::Rows;
use super::related::{Found, Step, fetch_step, fetch_with_related};
use super::row_key::{KeyColumns, KeySet};
use crate::driver::{Executor, ToValue};
use crate::error::Result;
use crate::query::Select;
use crate::types::Value;

/// What is read after rows: the step from them, and the query at its end.
#[derive(Debug, Clone)]
pub struct Prefetch {
    /// From which part of the rows: 0 is the query's own table, the others its `related` in order.
    pub part: usize,
    /// The step.
    pub step: Step,
    /// What is read at its end; limit and offset count for each row that it starts from.
    pub select: Select,
    /// What is read after that.
    pub then: Vec<Prefetch>,
}

/// The rows of a query and of what was read after it.
#[derive(Debug)]
pub struct Graph {
    /// The rows of its own table, then those of each of its ways.
    pub parts: Vec<Rows>,
    /// For each [`Prefetch`], in order, what it found.
    pub related: Vec<Vec<Branch>>,
}

/// What one statement of a step found.
#[derive(Debug)]
pub struct Branch {
    /// The rows.
    pub found: Found,
    /// For each [`Prefetch`] behind the step, in order, what it found.
    pub related: Vec<Vec<Branch>>,
}

/// Runs a SELECT, and then one statement for each step behind it, whatever the number of rows.
///
/// # Errors
///
/// As [`fetch`](super::fetch).
pub async fn fetch_graph(executor: &dyn Executor, select: Select, prefetches: &[Prefetch]) -> Result<Graph> {
    let parts = fetch_with_related(executor, select).await?;
    fetch_after(executor, parts, prefetches).await
}

/// Runs one statement for each step behind rows that were read, whatever their number.
///
/// # Errors
///
/// As [`fetch`](super::fetch).
pub async fn fetch_after(executor: &dyn Executor, parts: Vec<Rows>, prefetches: &[Prefetch]) -> Result<Graph> {
    let related = follow(executor, &parts, prefetches).await?;
    Ok(Graph { parts, related })
}

/// Takes one step from rows of which only the keys are at hand, and then those behind it.
///
/// # Errors
///
/// As [`fetch`](super::fetch).
pub async fn fetch_behind(executor: &dyn Executor, prefetch: &Prefetch, keys: Vec<Vec<Value>>) -> Result<Vec<Branch>> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let found = fetch_step(executor, &prefetch.step, &prefetch.select, keys).await?;
    let related = follow(executor, found.target(), &prefetch.then).await?;
    Ok(vec![Branch { found, related }])
}

async fn follow(executor: &dyn Executor, parts: &[Rows], prefetches: &[Prefetch]) -> Result<Vec<Vec<Branch>>> {
    let mut related = Vec::with_capacity(prefetches.len());
    for prefetch in prefetches {
        let keys = distinct_keys(&parts[prefetch.part], &prefetch.step.hop.from_columns)?;
        related.push(Box::pin(fetch_behind(executor, prefetch, keys)).await?);
    }
    Ok(related)
}

/// The values of some columns of the table, each combination once, those with a NULL left out.
fn distinct_keys(rows: &Rows, positions: &[usize]) -> Result<Vec<Vec<Value>>> {
    let keys = KeyColumns::of(rows, positions)?;
    let mut known = KeySet::default();
    let mut distinct = Vec::new();
    for row in 0..rows.len() {
        let Some(key) = keys.key(row)? else { continue };
        if !known.insert(key) {
            continue;
        }
        let values = keys.columns().iter().map(|column| {
            let value = rows.visit(row, *column, ToValue)?;
            value.ok_or_else(|| rows.undecodable(*column, "a value that no key has".to_owned()))
        });
        distinct.push(values.collect::<Result<_>>()?);
    }
    Ok(distinct)
}
