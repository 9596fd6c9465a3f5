//! Constraints and indexes that mean nothing, or that no row could meet.

use crate::schema::{Action, Column, ForeignKey, Index, IndexPart, ModelFault, Table};

impl Table {
    pub(super) fn find_constraint_faults(&self, faults: &mut Vec<ModelFault>) {
        for index in &self.indexes {
            let column = |part: &IndexPart| match part {
                IndexPart::Column(order) => Some(order.column),
                IndexPart::Expression(_) => None,
            };
            let columns: Vec<usize> = index.parts.iter().filter_map(column).collect();
            let what = format!("the index {:?}", index.name);
            faults.extend(self.over_nothing(&what, index.parts.is_empty()));
            faults.extend(self.named_twice(&what, &columns));
            faults.extend(self.empty_text(index));
        }
        for unique in &self.uniques {
            let what = format!("the unique constraint {:?}", unique.name);
            faults.extend(self.over_nothing(&what, unique.columns.is_empty()));
            faults.extend(self.named_twice(&what, &unique.columns));
        }
        for check in self.checks.iter().filter(|check| check.expression.trim().is_empty()) {
            let message = format!("the check constraint {:?} has no expression", check.name);
            faults.push(self.fault("constraint", message, "give the SQL condition that must hold"));
        }
        for key in &self.foreign_keys {
            faults.extend(self.uneven(key));
            faults.extend(self.named_twice(&format!("the foreign key {:?}", key.name), &key.columns));
            faults.extend(self.impossible_action(key));
        }
    }

    fn over_nothing(&self, what: &str, empty: bool) -> Option<ModelFault> {
        empty.then(|| self.fault("constraint", format!("{what} is over nothing"), "name its fields"))
    }

    fn named_twice(&self, what: &str, columns: &[usize]) -> Option<ModelFault> {
        let (_, twice) = columns.iter().enumerate().find(|(at, column)| columns[..*at].contains(column))?;
        let attribute = self.columns.get(*twice).map(|column| column.attribute.clone())?;
        Some(self.fault("constraint", format!("{what} names {attribute:?} twice"), "name it once"))
    }

    fn empty_text(&self, index: &Index) -> Option<ModelFault> {
        let empty = |part: &IndexPart| matches!(part, IndexPart::Expression(text) if text.trim().is_empty());
        let nothing = index.parts.iter().any(empty) || index.filter.as_ref().is_some_and(|text| text.trim().is_empty());
        let message = format!("the index {:?} has an empty expression or condition", index.name);
        nothing.then(|| self.fault("constraint", message, "write the SQL, or leave it out"))
    }

    /// A foreign key with more columns on one side than on the other.
    fn uneven(&self, key: &ForeignKey) -> Option<ModelFault> {
        let (own, target) = (key.columns.len(), key.target_columns.len());
        (own != target || own == 0).then(|| {
            let message =
                format!("the foreign key {:?} has {own} columns for {target} of {:?}", key.name, key.target_table);
            self.fault("foreign-key-column", message, "name one for each")
        })
    }

    /// A column that may not be NULL, and is to become NULL, or a default that it does not have, when the row it refers
    /// to goes.
    fn impossible_action(&self, key: &ForeignKey) -> Option<ModelFault> {
        let columns = || key.columns.iter().filter_map(|at| self.columns.get(*at));
        let of = |action| key.on_delete == action || key.on_update == action;
        let needs_value = |column: &&Column| !column.nullable;
        if of(Action::SetNull)
            && let Some(column) = columns().find(needs_value)
        {
            let message =
                format!("SET NULL of the reference to {:?} meets a column that may not be NULL", key.target_table);
            let nullable = self.language().nullable(&column.sql_type);
            let hint = format!("declare it {nullable}, or choose another action");
            return Some(self.fault("set-null", message, hint).on(&column.attribute));
        }
        let column = columns().find(|column| needs_value(column) && column.server_default.is_none())?;
        of(Action::SetDefault).then(|| {
            let message =
                format!("SET DEFAULT of the reference to {:?} meets a column without a default", key.target_table);
            let default = self.language().server_default();
            let hint = format!("give it a default of the database ({default}), or choose another action");
            self.fault("set-default", message, hint).on(&column.attribute)
        })
    }
}
