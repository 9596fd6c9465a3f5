//! Tables of derived models: indexes, constraints, order, remarks.

use crate::schema::{
    Action, Check, Column, ColumnOrder, ForeignKey, Index, IndexMethod, IndexPart, Reference, Table, TableRef, Unique,
    naming,
};

/// The table of a derived model, being described. The derive has refused at compile time what
/// [`Table::new`] would refuse here (no key, two columns of one name), so that a model's table need not be fallible.
#[derive(Debug)]
#[must_use]
pub struct TableDraft(Table);

impl TableDraft {
    pub fn new(model: &str, name: Option<&str>, schema: Option<&str>, columns: Vec<Column>) -> Self {
        let name = name.map_or_else(|| naming::table_name(model), str::to_owned);
        let mut table = Table::described(model, name, columns);
        table.schema = schema.map(str::to_owned);
        Self(table)
    }

    fn with(mut self, change: impl FnOnce(&mut Table)) -> Self {
        change(&mut self.0);
        self
    }

    pub fn comment(self, text: &str) -> Self {
        self.with(|table| table.comment = Some(text.to_owned()))
    }

    pub fn verbose_name(self, text: &str) -> Self {
        self.with(|table| {
            table.verbose_name_plural = naming::verbose_name_plural(text);
            text.clone_into(&mut table.verbose_name);
        })
    }

    pub fn verbose_name_plural(self, text: &str) -> Self {
        self.with(|table| text.clone_into(&mut table.verbose_name_plural))
    }

    pub fn order(self, column: usize, descending: bool) -> Self {
        self.with(|table| table.ordering.push(ColumnOrder { column, descending }))
    }

    pub fn index(
        self,
        name: Option<&str>,
        parts: Vec<IndexPart>,
        unique: bool,
        filter: Option<&str>,
        method: Option<&str>,
    ) -> Self {
        self.with(|table| {
            let method = method.and_then(IndexMethod::from_name);
            let mut index = Index { name: String::new(), parts, unique, filter: filter.map(str::to_owned), method };
            index.name = table.index_name(name, &index);
            table.indexes.push(index);
        })
    }

    pub fn unique(self, name: Option<&str>, columns: Vec<usize>) -> Self {
        self.with(|table| {
            let name = table.unique_name(name, &columns);
            table.uniques.push(Unique { name, columns });
        })
    }

    pub fn check(self, name: Option<&str>, expression: &str) -> Self {
        self.with(|table| {
            let name = table.check_name(name, expression);
            table.checks.push(Check { name, expression: expression.to_owned() });
        })
    }

    /// The derive has read each target, all of one table, as [`Reference`] does.
    pub fn foreign_key(
        self,
        name: Option<&str>,
        columns: Vec<usize>,
        targets: &[&str],
        on_delete: Action,
        on_update: Action,
        indexed: bool,
    ) -> Self {
        self.with(|table| {
            let references: Vec<Reference> = targets.iter().filter_map(|target| Reference::parse(target)).collect();
            let Some(first) = references.first() else { return };
            let name = table.foreign_key_name(name, &columns);
            let mut key = ForeignKey::new(name, columns, &first.table, Vec::new());
            key.target_schema.clone_from(&first.schema);
            key.target_columns = references.iter().map(|reference| reference.column.clone()).collect();
            (key.on_delete, key.on_update, key.indexed) = (on_delete, on_update, indexed);
            table.foreign_keys.push(key);
        })
    }

    pub fn done(self) -> TableRef {
        TableRef::new(self.0)
    }
}

pub fn column_part(column: usize, descending: bool) -> IndexPart {
    IndexPart::Column(ColumnOrder { column, descending })
}

pub fn expression_part(sql: &str) -> IndexPart {
    IndexPart::Expression(sql.to_owned())
}
