//! Reading rows together with those related to them.

use std::sync::Arc;

use super::row_key::KeyColumns;
use super::same_keys::{Asked, SameKeys};
use super::{Rows, mismatch, prepare};
use crate::driver::Executor;
use crate::error::{Error, Result};
use crate::query::expr::{Compare, CompareOp, Related};
use crate::query::lookup::{among, is_null};
use crate::query::{Expr, Hop, Path, Projection, Select, Statement};
use crate::schema::TableRef;
use crate::schema::relationship::Link;
use crate::types::{Kind, Value};

/// Runs a SELECT and gives the rows of its root and, side by side with them, those that each of its ways leads to.
///
/// # Errors
///
/// As [`fetch`](super::fetch).
pub async fn fetch_with_related(executor: &dyn Executor, select: Select) -> Result<Vec<Rows>> {
    let (table, positions, related) = (select.table.clone(), select.columns(), select.related.clone());
    let query = prepare(executor, Statement::Select(select))?;
    let batch = match executor.fetch_all(query).await {
        Ok(batch) => batch,
        Err(error) => return Err(mismatch::explain(executor, &table, error).await),
    };
    Rows::parts(batch, table, positions, &related)
}

/// A step that a query of its own takes for many rows at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The step: to rows that refer to those at hand, to the one that they refer to, or to a junction's.
    pub hop: Arc<Hop>,
    /// From a junction's rows on to those behind it; without steps where `hop` leads there itself.
    pub onward: Path,
}

/// Rows found by a [`Step`]: for each its side of the step's columns, by which it belongs to its parents, and itself.
#[derive(Debug)]
pub struct Found {
    /// All columns of the rows.
    pub rows: Vec<Rows>,
    /// The columns of `rows[0]` that hold the parents' side.
    pub owner: Vec<usize>,
    /// How many parts of the rows are a junction's.
    pub passed: usize,
    /// Which of the parents' keys and of the rows' the database holds equal, where they are written otherwise.
    pub(super) same: SameKeys,
}

impl Found {
    /// The columns of the rows that hold the parents' side.
    pub(super) fn owners(&self) -> KeyColumns<'_> {
        KeyColumns::shown(&self.rows[0], self.owner.clone())
    }

    /// Whether the rows belong to their parents by texts of a type that compares in its own way, as a list of texts that
    /// they are looked for by does not.
    fn may_lack_rows(&self) -> bool {
        let rows = &self.rows[0];
        let is_text = |column: &usize| rows.table().columns[rows.positions()[*column]].sql_type.kind() == Kind::Text;
        self.owner.iter().any(|column| is_text(column) && rows.compares_in_its_own_way(*column))
    }

    /// The rows of the step's target, then those that came with them.
    pub fn target(&self) -> &[Rows] {
        &self.rows[self.passed..]
    }
}

impl Step {
    /// The step along a relationship: `junction` is the table between the two, of a many-to-many one.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Query`](crate::ErrorKind::Query) where a junction is needed and not given.
    pub fn along(link: &Link, own: &TableRef, target: &TableRef, junction: Option<&TableRef>) -> Result<Self> {
        let hop = |from: &TableRef, from_columns: &[usize], to: &TableRef, to_columns: &[usize]| {
            let (from_columns, to_columns) = (from_columns.to_vec(), to_columns.to_vec());
            Arc::new(Hop { from: from.clone(), from_columns, to: to.clone(), to_columns })
        };
        match link {
            Link::Forward { own: from, target: to } | Link::Backward { own: from, target: to } => {
                Ok(Self { hop: hop(own, from, target, to), onward: Path::default() })
            }
            Link::Junction { own: from, to_own, to_target, target: to } => {
                let no_junction = || Error::query("a many-to-many relationship needs the table between its ends");
                let junction = junction.ok_or_else(no_junction)?;
                let onward = Path::default().then(hop(junction, to_target, target, to));
                Ok(Self { hop: hop(own, from, junction, to_own), onward })
            }
        }
    }

    /// The condition that there is a row at the step's end which meets `filter`, a condition on the table there, and is
    /// not marked as deleted; `path` leads to where the step starts.
    pub fn exists(&self, path: Path, filter: Option<Expr>) -> Expr {
        let live = Select::live(self.target()).filter;
        let filter = match (live, filter) {
            (Some(live), Some(filter)) => Some(live.and(filter)),
            (live, filter) => live.or(filter),
        };
        self.reaches(path, filter)
    }

    /// As [`exists`](Self::exists), whether the row is marked as deleted or not.
    pub fn reaches(&self, path: Path, filter: Option<Expr>) -> Expr {
        let filter = filter.map(|filter| filter.at_end_of(&self.onward));
        Related { path, hop: Arc::clone(&self.hop), filter }.into()
    }

    /// The condition that a row at the step's end belongs to the row of this key, where the step starts.
    pub fn belonging(&self, link: &Link, owner: &[Value]) -> Expr {
        let (hop, target) = (&self.hop, self.target());
        let one = |(column, value): (&usize, &Value)| {
            Compare { left: Expr::column(&hop.to, *column), op: CompareOp::Eq, right: Expr::value(value.clone()) }
                .into()
        };
        let belongs = Expr::And(hop.to_columns.iter().zip(owner).map(one).collect());
        let Link::Junction { to_target, target: columns, .. } = link else { return belongs };
        let (from, from_columns) = (target.clone(), columns.clone());
        let back = Hop { from, from_columns, to: hop.to.clone(), to_columns: to_target.clone() };
        Related { path: Path::default(), hop: back.into(), filter: Some(belongs) }.into()
    }

    /// The statement that reads the rows to which the step leads from any of these keys: `select` is a query of the
    /// step's target; its limit and offset count for each key by itself.
    pub fn query(&self, select: &Select, keys: Vec<Vec<Value>>) -> Select {
        self.query_of(select, among(&self.hop.to, &self.hop.to_columns, keys))
    }

    /// As [`query`](Self::query), of the rows that meet a condition.
    fn query_of(&self, select: &Select, those: Expr) -> Select {
        let mut statement = rooted(self, select);
        statement.distinct = false; // whole rows are
        if statement.limit.is_some() || statement.offset.is_some() {
            statement.limit_within.clone_from(&self.hop.to_columns);
            statement.limit_once = self.far_columns().unwrap_or_default();
            if self.may_pass_to_nothing() {
                statement = statement.filter(self.arrives());
            }
        }
        statement.filter = Some(match statement.filter.take() {
            Some(own) => those.and(own),
            None => those,
        });
        statement
    }

    /// The condition that a row is joined to one that has one of these keys.
    fn joined_to(&self, keys: Vec<Vec<Value>>) -> Expr {
        let Hop { from, from_columns, to, to_columns } = &*self.hop;
        let filter = Some(among(from, from_columns, keys));
        let (from_columns, to_columns) = (to_columns.clone(), from_columns.clone());
        let hop = Arc::new(Hop { from: to.clone(), from_columns, to: from.clone(), to_columns });
        Related { path: Path::default(), hop, filter }.into()
    }

    /// Whether a row of the junction may have none behind it.
    fn may_pass_to_nothing(&self) -> bool {
        let Some((_, last)) = self.onward.split() else { return false };
        let junction = &self.hop.to;
        last.from_columns.iter().any(|at| junction.columns[*at].nullable)
            || !junction.foreign_keys.iter().any(|key| key.columns == last.from_columns)
    }

    /// The condition that there is a row behind one of the junction.
    fn arrives(&self) -> Expr {
        let target = self.target();
        let key = target.primary_key.iter();
        Expr::And(key.map(|at| is_null(Expr::column(target, *at).at_end_of(&self.onward), false)).collect())
    }

    /// The junction's key to the rows behind it, where one of them may be joined to one parent more than once.
    fn far_columns(&self) -> Option<Vec<usize>> {
        let far = &self.onward.split()?.1.from_columns;
        let is_of_pair = |at: &usize| self.hop.to_columns.contains(at) || far.contains(at);
        let is_once = self.hop.to.unique_sets().iter().any(|set| set.iter().all(is_of_pair));
        (!is_once).then(|| far.clone())
    }

    /// The table where the step ends.
    pub fn target(&self) -> &TableRef {
        self.onward.end().unwrap_or(&self.hop.to)
    }
}

/// Reads the rows to which a step leads from any of these keys, in one statement: `select` is a query of the step's target
/// that narrows and orders them; its limit and offset count for each key by itself.
///
/// # Errors
///
/// As [`fetch`](super::fetch).
pub async fn fetch_step(executor: &dyn Executor, step: &Step, select: &Select, keys: Vec<Vec<Value>>) -> Result<Found> {
    let Some(asked) = Asked::of(step, &keys) else {
        return found(executor, step, step.query(select, keys)).await;
    };
    let mut read = found(executor, step, step.query(select, keys.clone())).await?;
    if read.may_lack_rows() {
        let those = among(&step.hop.to, &step.hop.to_columns, keys.clone()).or(step.joined_to(keys));
        read = found(executor, step, step.query_of(select, those)).await?;
    }
    read.same = asked.same_as(executor, step, &read).await?;
    Ok(read)
}

async fn found(executor: &dyn Executor, step: &Step, statement: Select) -> Result<Found> {
    let rows = fetch_with_related(executor, statement).await?;
    let owner = step.hop.to_columns.iter().map(|column| {
        let shown = rows[0].positions().iter().position(|position| position == column);
        shown.ok_or_else(|| Error::query("a prefetch needs the columns that its rows are related by"))
    });
    let owner = owner.collect::<Result<_>>()?;
    Ok(Found { rows, owner, passed: usize::from(!step.onward.is_root()), same: SameKeys::default() })
}

/// The query of the target as one of the table where the step itself ends.
fn rooted(step: &Step, select: &Select) -> Select {
    if step.onward.is_root() {
        return select.clone();
    }
    let mut rooted = Select::from(&step.hop.to);
    rooted.projection = Projection::Columns(step.hop.to_columns.clone());
    rooted.related =
        std::iter::once(step.onward.clone()).chain(select.related.iter().map(|path| step.onward.join(path))).collect();
    rooted.filter = select.filter.clone().map(|condition| condition.at_end_of(&step.onward));
    (rooted.limit, rooted.offset) = (select.limit.clone(), select.offset.clone());
    rooted.order_by.clone_from(&select.order_by);
    for order in &mut rooted.order_by {
        let expr = std::mem::replace(&mut order.expr, Expr::Constant(true));
        order.expr = expr.at_end_of(&step.onward);
    }
    rooted
}
