//! The keys and indexes of a table: their names by convention, and those that nobody wrote down.

use super::naming::{self, words};
use super::{Column, ForeignKey, Index, IndexPart, Table};

/// Stands for the table's name in the names of indexes and constraints that several tables share.
const PLACEHOLDER: &str = "{table}";

impl Table {
    /// The name of an index: the one given, where `{table}` stands for the table's name, else `ix_` or, of a unique
    /// one, `uq_` with table and columns.
    pub fn index_name(&self, given: Option<&str>, index: &Index) -> String {
        self.given_name(given).unwrap_or_else(|| {
            let parts: Vec<String> = index.parts.iter().map(|part| self.part_name(part)).collect();
            let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
            if index.unique { naming::unique_name(&self.name, &parts) } else { naming::index_name(&self.name, &parts) }
        })
    }

    /// The name of a UNIQUE constraint: the one given, else `uq_` with table and columns.
    pub fn unique_name(&self, given: Option<&str>, columns: &[usize]) -> String {
        self.given_name(given).unwrap_or_else(|| naming::unique_name(&self.name, &self.names(columns)))
    }

    /// The name of a foreign key: the one given, else `fk_` with table and columns.
    pub fn foreign_key_name(&self, given: Option<&str>, columns: &[usize]) -> String {
        self.given_name(given).unwrap_or_else(|| naming::foreign_key_name(&self.name, &self.names(columns)))
    }

    /// The name of a CHECK constraint: the one given, else `ck_` with table and the words of the expression.
    pub fn check_name(&self, given: Option<&str>, expression: &str) -> String {
        self.given_name(given).unwrap_or_else(|| naming::table_check_name(&self.name, expression))
    }

    fn given_name(&self, given: Option<&str>) -> Option<String> {
        given.map(|given| {
            if given.contains(PLACEHOLDER) {
                naming::bounded(given.replace(PLACEHOLDER, &self.name))
            } else {
                given.to_owned()
            }
        })
    }

    fn part_name(&self, part: &IndexPart) -> String {
        match part {
            IndexPart::Column(order) => self.names(&[order.column]).concat(),
            IndexPart::Expression(expression) => words(expression),
        }
    }

    /// Every index: those that columns ask for, those of foreign keys, and those of the table's own list.
    ///
    /// A column that is a key by itself has an index already, and so have the columns of a foreign key with which a
    /// key or another index begins.
    ///
    /// # Examples
    ///
    /// ```
    /// use chakra::{schema::{Column, ForeignKey, Table}, types::SqlType};
    /// let mut books = Table::new("Book", "books", vec![
    ///     Column::new("id", SqlType::Integer).primary_key(),
    ///     Column::new("author_id", SqlType::Integer),
    /// ])?;
    /// books.foreign_keys.push(ForeignKey::new("fk_books_author_id", vec![1], "authors", vec!["id".into()]));
    /// assert_eq!(books.all_indexes()[0].name, "ix_books_author_id");
    /// # Ok::<(), chakra::Error>(())
    /// ```
    pub fn all_indexes(&self) -> Vec<Index> {
        let named = |columns: &[usize]| {
            let index = Index::over("", columns.iter().copied());
            Index { name: self.index_name(None, &index), ..index }
        };
        let is_key = |at: usize| self.columns[at].unique || self.primary_key == [at];
        let asked = (0..self.columns.len()).filter(|at| self.columns[*at].index && !is_key(*at));
        let mut all: Vec<Index> = asked.map(|at| named(&[at])).collect();
        all.extend(self.indexes.iter().cloned());
        for key in self.foreign_keys.iter().filter(|key| key.indexed) {
            if !self.finds_rows_by(&all, &key.columns) {
                all.push(named(&key.columns));
            }
        }
        all
    }

    /// Whether a key, or one of these indexes, begins with these columns.
    fn finds_rows_by(&self, indexes: &[Index], columns: &[usize]) -> bool {
        let begins = |of: &[usize]| of.starts_with(columns);
        begins(&self.primary_key)
            || self.uniques.iter().any(|unique| begins(&unique.columns))
            || (columns.len() == 1 && self.columns.get(columns[0]).is_some_and(|column| column.unique))
            || indexes.iter().filter(|index| index.finds_any_row()).any(|index| begins(&leading_columns(index)))
    }

    /// The sets of columns of which no two rows have the same values.
    pub fn unique_sets(&self) -> Vec<Vec<usize>> {
        let alone = (0..self.columns.len()).filter(|at| self.columns[*at].unique).map(|at| vec![at]);
        let constraints = self.uniques.iter().map(|unique| unique.columns.clone());
        let indexes = self.indexes.iter().filter(|index| index.unique && index.filter.is_none());
        let mut sets: Vec<Vec<usize>> = alone.chain(constraints).chain(indexes.filter_map(Index::columns)).collect();
        sets.insert(0, self.primary_key.clone());
        sets
    }

    /// Whether a column is part of a key, of a unique index or of a foreign key: its values are compared by the database
    /// itself.
    pub fn has_key_with(&self, position: usize) -> bool {
        let is_unique = |column: &Column| column.primary_key || column.unique;
        self.columns.get(position).is_some_and(is_unique)
            || self.uniques.iter().any(|unique| unique.columns.contains(&position))
            || self.foreign_keys.iter().any(|key| key.columns.contains(&position))
            || self.indexes.iter().filter(|index| index.unique).any(|index| index.has(position))
    }

    /// The foreign keys over exactly these columns, given by name.
    pub fn foreign_key_over(&self, columns: &[String]) -> Option<&ForeignKey> {
        self.foreign_keys.iter().find(|key| self.names(&key.columns).iter().eq(columns))
    }
}

/// The columns with which an index begins.
fn leading_columns(index: &Index) -> Vec<usize> {
    let column = |part: &IndexPart| match part {
        IndexPart::Column(order) => Some(order.column),
        IndexPart::Expression(_) => None,
    };
    index.parts.iter().map_while(column).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Column, Unique};
    use crate::types::SqlType;

    fn table() -> Table {
        let columns = vec![
            Column::new("a", SqlType::Integer).primary_key(),
            Column::new("b", SqlType::Integer).primary_key(),
            Column::new("c", SqlType::Integer),
            Column::new("d", SqlType::Integer).unique(),
        ];
        Table::new("Pair", "pairs", columns).unwrap()
    }

    fn indexed(table: &mut Table, columns: &[usize]) -> Vec<String> {
        table.foreign_keys = vec![ForeignKey::new("fk", columns.to_vec(), "others", Vec::new())];
        table.all_indexes().into_iter().map(|index| index.name).collect()
    }

    #[test]
    fn a_foreign_key_is_indexed_unless_a_key_begins_with_it() {
        let mut table = table();
        assert!(indexed(&mut table, &[0]).is_empty());
        assert!(indexed(&mut table, &[0, 1]).is_empty());
        assert!(indexed(&mut table, &[3]).is_empty());
        assert_eq!(indexed(&mut table, &[1]), ["ix_pairs_b"]);
        assert_eq!(indexed(&mut table, &[1, 2]), ["ix_pairs_b_c"]);
        table.uniques.push(Unique { name: "uq".into(), columns: vec![1, 2] });
        assert!(indexed(&mut table, &[1]).is_empty());
        table.columns[2].index = true;
        assert_eq!(indexed(&mut table, &[2]), ["ix_pairs_c"]);
        table.foreign_keys[0].indexed = false;
        table.columns[2].index = false;
        assert!(table.all_indexes().is_empty());
    }

    #[test]
    fn an_index_of_some_rows_does_not_count() {
        let mut table = table();
        let mut partial = Index::over("ix_some", [2]);
        partial.filter = Some("c > 0".into());
        table.indexes.push(partial);
        assert_eq!(indexed(&mut table, &[2]), ["ix_some", "ix_pairs_c"]);
    }

    #[test]
    fn names() {
        let table = table();
        assert_eq!(table.index_name(None, &Index::over("", [2, 0])), "ix_pairs_c_a");
        assert_eq!(table.index_name(None, &Index::over("", [2]).unique()), "uq_pairs_c");
        assert_eq!(table.index_name(Some("ix_{table}_x"), &Index::over("", [2])), "ix_pairs_x");
        assert_eq!(table.check_name(None, "c >= 0 AND c <> d"), "ck_pairs_c_ge_0_and_c_ne_d");
        let mut expression = Index::over("", []);
        expression.parts.push(IndexPart::Expression("lower(c)".into()));
        assert_eq!(table.index_name(None, &expression), "ix_pairs_lower_c");
    }
}
