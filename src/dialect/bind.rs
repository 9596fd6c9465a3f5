//! The values for a rendered statement's placeholders.

use super::writer::defect;
use super::{Placeholder, Sql};
use crate::error::Result;
use crate::query::Statement;
use crate::types::{Kind, Value};

impl Sql {
    /// The values for the placeholders, in their order, copied out of the statement.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Query`](crate::ErrorKind::Query) where a value does not suit the lookup it is for, or the
    /// statement is not of the shape that was rendered.
    ///
    /// # Examples
    ///
    /// ```
    /// use chakra::dialect::{render, Dialect};
    /// use chakra::query::{Insert, Param, Statement};
    /// use chakra::schema::{Column, Table, TableRef};
    /// use chakra::types::{SqlType, Value};
    ///
    /// let table = TableRef::new(Table::new("Tag", "tags", vec![Column::new("name", SqlType::Text).primary_key()])?);
    /// let values = vec![Param(Value::Text("new".into()))];
    /// let insert = Statement::Insert(Insert { table, columns: vec![0], values, returning: vec![] });
    /// let sql = render(&insert, Dialect::Sqlite)?;
    /// assert_eq!(sql.bind(&insert)?, [Value::Text("new".into())]);
    /// # Ok::<(), chakra::Error>(())
    /// ```
    pub fn bind(&self, statement: &Statement) -> Result<Vec<Value>> {
        self.arranged(statement.params().into_iter().map(|param| param.0.clone()).collect())
    }

    /// The values for the placeholders, moved out of the statement: a long text is not copied.
    ///
    /// # Errors
    ///
    /// Those of [`Sql::bind`].
    pub fn bind_owned(&self, mut statement: Statement) -> Result<Vec<Value>> {
        let mut values = Vec::with_capacity(self.placeholders.len());
        statement.visit_params(&mut |param| values.push(std::mem::replace(&mut param.0, Value::Null(Kind::Boolean))));
        self.arranged(values)
    }

    fn arranged(&self, values: Vec<Value>) -> Result<Vec<Value>> {
        let in_order = |(number, placeholder): (usize, &Placeholder)| placeholder.param == number;
        if values.len() == self.placeholders.len() && self.placeholders.iter().enumerate().all(in_order) {
            return self.transformed(values);
        }
        self.rearranged(values)
    }

    /// The common case: each parameter once, in the fixed order.
    fn transformed(&self, mut values: Vec<Value>) -> Result<Vec<Value>> {
        for (value, placeholder) in values.iter_mut().zip(&self.placeholders) {
            let given = std::mem::replace(value, Value::Null(Kind::Boolean));
            *value = placeholder.transform.apply(given)?;
        }
        Ok(values)
    }

    /// Each value is moved to the last placeholder that means it, and copied to those before.
    fn rearranged(&self, values: Vec<Value>) -> Result<Vec<Value>> {
        let mut uses = vec![0_usize; values.len()];
        for placeholder in &self.placeholders {
            *uses.get_mut(placeholder.param).ok_or_else(wrong_shape)? += 1;
        }
        if uses.contains(&0) {
            return Err(wrong_shape());
        }
        let mut values: Vec<Option<Value>> = values.into_iter().map(Some).collect();
        let mut bound = Vec::with_capacity(self.placeholders.len());
        for placeholder in &self.placeholders {
            let number = placeholder.param;
            uses[number] -= 1;
            if let Some(part) = values[number].as_ref().and_then(|value| placeholder.transform.part_of(value)) {
                bound.push(part?);
                continue;
            }
            let value = if uses[number] == 0 { values[number].take() } else { values[number].clone() };
            bound.push(placeholder.transform.apply(value.ok_or_else(wrong_shape)?)?);
        }
        Ok(bound)
    }
}

fn wrong_shape() -> crate::Error {
    defect("a statement is bound to the text of another shape")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::{Dialect, Transform, render};
    use crate::query::{Assignment, Expr, Update};
    use crate::schema::{Column, Table, TableRef};
    use crate::types::SqlType;

    fn placeholders(params: &[usize]) -> Sql {
        let placeholder = |param: &usize| Placeholder { param: *param, transform: Transform::None };
        Sql { text: String::new(), placeholders: params.iter().map(placeholder).collect() }
    }

    fn integers(numbers: &[i64]) -> Vec<Value> {
        numbers.iter().copied().map(Value::Integer).collect()
    }

    #[test]
    fn placeholders_take_their_values_in_any_order_and_more_than_once() {
        assert_eq!(placeholders(&[0, 1]).arranged(integers(&[5, 6])).unwrap(), integers(&[5, 6]));
        assert_eq!(placeholders(&[1, 0, 1]).arranged(integers(&[5, 6])).unwrap(), integers(&[6, 5, 6]));
    }

    #[test]
    fn another_shape_is_refused() {
        assert!(placeholders(&[0, 2]).arranged(integers(&[5, 6])).is_err());
        assert!(placeholders(&[0, 0]).arranged(integers(&[5, 6])).is_err());
        assert!(placeholders(&[0]).arranged(integers(&[5, 6])).is_err());
    }

    /// MySQL writes assignments in another order than the statement's, and so their values.
    #[test]
    fn reordered_assignments_keep_their_values() {
        let columns = vec![
            Column::new("id", SqlType::Integer).primary_key(),
            Column::new("a", SqlType::Boolean),
            Column::new("b", SqlType::Boolean),
        ];
        let table = TableRef::new(Table::new("T", "t", columns).unwrap());
        let read =
            crate::query::lookup::single(Expr::column(&table, 1), crate::query::Lookup::Exact, Value::Boolean(true));
        let assignments = vec![
            Assignment { column: 1, value: Expr::value(Value::Boolean(false)) },
            Assignment { column: 2, value: read },
        ];
        let update = Statement::Update(Update { table, assignments, filter: None, returning: Vec::new() });
        let sql = render(&update, Dialect::MySql).unwrap();
        assert_eq!(sql.text, "UPDATE `t` SET `b` = (`a` = ?), `a` = ?");
        let values = vec![Value::Boolean(true), Value::Boolean(false)];
        assert_eq!(sql.bind(&update).unwrap(), values);
        assert_eq!(sql.bind_owned(update).unwrap(), values);
    }
}
