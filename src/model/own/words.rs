//! Full text search.

use crate::model::Model;
use crate::model::column::Column;
use crate::model::condition::Condition;
use crate::model::document::without_nul;
use crate::query::expr::OwnOp;
use crate::types::Value;
use crate::types::postgres::TsVector;

marks! {
    /// The Rust types of columns in whose words can be searched.
    WordsValue: "words are searched in columns of text and of TsVector; this one is of type `{Self}`", String, TsVector
}

/// Full text search, on PostgreSQL, and on MySQL and MariaDB in columns of text with a fulltext index.
impl<M: Model, T: WordsValue> Column<M, T> {
    /// Has all these words, by the database's rules of what a word is. On PostgreSQL as in a search engine: `"…"` for
    /// words side by side, `or`, and `-` before a word that is not to be there.
    pub fn search(self, words: impl Into<String>) -> Condition<M> {
        self.own(OwnOp::Search, without_nul(words.into()).map(Value::Text))
    }

    /// Meets a query in the database's own language: `to_tsquery` of PostgreSQL, the boolean mode of MySQL.
    pub fn matches(self, query: impl Into<String>) -> Condition<M> {
        self.own(OwnOp::Matches, without_nul(query.into()).map(Value::Text))
    }
}
