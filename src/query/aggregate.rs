//! Many rows made into one value.

use super::{ColumnRef, Expr};
use crate::error::{Error, Result};
use crate::types::{Kind, SqlType};

/// What is made of the values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AggregateFunction {
    /// How many there are.
    Count,
    /// Their sum.
    Sum,
    /// Their sum divided by their number.
    Avg,
    /// The least.
    Min,
    /// The greatest.
    Max,
}

impl AggregateFunction {
    /// Its name in Python.
    pub fn name(self) -> &'static str {
        match self {
            Self::Count => "Count",
            Self::Sum => "Sum",
            Self::Avg => "Avg",
            Self::Min => "Min",
            Self::Max => "Max",
        }
    }
}

/// One aggregate over the rows of a SELECT. NULLs are left out, unless rows are counted.
///
/// A dialect gives one column for each, and two for an average: the sum and the count, so that all databases
/// divide alike.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Aggregate {
    /// What is made of the values.
    pub function: AggregateFunction,
    /// Of which column; None: of whole rows, which can only be counted.
    pub column: Option<ColumnRef>,
    /// Whether equal values are taken once.
    pub distinct: bool,
    /// Of which rows, if not of all.
    pub filter: Option<Expr>,
}

impl Aggregate {
    /// The number of rows.
    pub fn rows() -> Self {
        Self { function: AggregateFunction::Count, column: None, distinct: false, filter: None }
    }

    /// An aggregate of a column.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Field`](crate::ErrorKind::Field) where the function means nothing for the column's type.
    pub fn of(function: AggregateFunction, column: ColumnRef) -> Result<Self> {
        check(function, &column)?;
        Ok(Self { function, column: Some(column), distinct: false, filter: None })
    }

    /// Takes equal values once.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Field`](crate::ErrorKind::Field) for rows, and for values that databases cannot tell apart alike.
    pub fn distinct(mut self) -> Result<Self> {
        let Some(column) = &self.column else {
            return Err(field("whole rows are distinct by themselves; count the distinct values of a field"));
        };
        if !column.column().sql_type.is_ordered() {
            return Err(undecided(self.function, column));
        }
        self.distinct = true;
        Ok(self)
    }

    /// Takes only rows that meet a condition.
    #[must_use]
    pub fn filter(mut self, condition: Expr) -> Self {
        self.filter = Some(match self.filter {
            Some(earlier) => earlier.and(condition),
            None => condition,
        });
        self
    }

    /// The declared type of the column that it is of.
    pub fn sql_type(&self) -> Option<&SqlType> {
        self.column.as_ref().map(|column| &column.column().sql_type)
    }

    /// Every column that it reads.
    pub fn columns(&self) -> Vec<&ColumnRef> {
        let read = self.filter.as_ref().map(Expr::columns).unwrap_or_default();
        self.column.iter().chain(read).collect()
    }
}

fn check(function: AggregateFunction, column: &ColumnRef) -> Result<()> {
    let kind = column.column().sql_type.kind();
    match function {
        AggregateFunction::Sum | AggregateFunction::Avg if !can_be_added(kind) => Err(field(format!(
            "{} is {}: {} is of numbers and intervals only",
            named(column),
            column.column().sql_type.name(),
            function.name()
        ))),
        AggregateFunction::Min | AggregateFunction::Max if !column.column().sql_type.is_ordered() => {
            Err(undecided(function, column))
        }
        AggregateFunction::Min | AggregateFunction::Max if !column.column().sql_type.has_extremes() => {
            Err(field(format!(
                "{} is {}: there is no {} of this type",
                named(column),
                column.column().sql_type.name(),
                function.name()
            )))
        }
        _ => Ok(()),
    }
}

fn can_be_added(kind: Kind) -> bool {
    matches!(kind, Kind::Integer | Kind::Float | Kind::Decimal | Kind::Interval)
}

fn undecided(function: AggregateFunction, column: &ColumnRef) -> Error {
    let whole = if column.column().sql_type.kind() == Kind::Json { "documents" } else { "arrays" };
    field(format!(
        "{} is {}: {} would compare whole {whole}, on which databases disagree",
        named(column),
        column.column().sql_type.name(),
        function.name()
    ))
}

fn named(column: &ColumnRef) -> String {
    format!("{}.{}", column.table.model, column.column().attribute)
}

fn field(message: impl Into<String>) -> Error {
    Error::Field { message: message.into() }
}
