//! Which lookups the fields of a type have.

use super::Lookup;
use crate::query::expr::ArrayOp;
use crate::types::{Kind, MySqlType, PostgresKind, PostgresType, SqlType};

impl Lookup {
    /// Whether fields of a type have it.
    ///
    /// # Examples
    ///
    /// ```
    /// use chakra::query::Lookup;
    /// use chakra::types::SqlType;
    ///
    /// assert!(Lookup::Gt.is_of(&SqlType::Integer));
    /// assert!(!Lookup::StartsWith.is_of(&SqlType::Integer));
    /// ```
    pub fn is_of(self, of: &SqlType) -> bool {
        use Lookup::{Exact, Gt, Gte, In, IsNull, Len, Lt, Lte, Ne, NotIn, Range};
        if self == IsNull {
            return true;
        }
        if of.element().is_some() {
            return matches!(self, Ne | Len) || self.array_op().is_some();
        }
        if of.kind() == Kind::Json {
            return self.is_of_documents();
        }
        match self {
            Exact | Ne | In | NotIn => of.has_equality(),
            Gt | Gte | Lt | Lte | Range => of.is_ordered(),
            _ => self.is_of_kind(of),
        }
    }

    /// Of those that say more than which value is equal or greater.
    fn is_of_kind(self, of: &SqlType) -> bool {
        let own = match of {
            SqlType::Postgres(PostgresType::Range(_)) => self.range_op().is_some(),
            SqlType::Postgres(PostgresType::Inet | PostgresType::Cidr) => self.network_op().is_some(),
            SqlType::Postgres(PostgresType::HStore) => self.pairs_op().is_some(),
            SqlType::MySql(MySqlType::Set { .. }) => self.array_op().is_some_and(|op| op != ArrayOp::Equals),
            _ => false,
        };
        let is_text = of.kind() == Kind::Text;
        let has_words = is_text || of.kind() == Kind::Postgres(PostgresKind::TsVector);
        own || (is_text && self.is_textual()) || (has_words && self.search_op().is_some())
    }
}
