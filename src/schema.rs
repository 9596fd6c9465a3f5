//! Tables as plain data: the same type describes a Python class, a Rust struct, and later a replayed
//! migration or an introspected database. No SQL text here.

mod check;
mod column;
mod constraint;
mod fault;
mod index;
mod keys;
mod language;
mod mentioned;
mod metadata;
pub mod naming;
mod reference;
pub mod relationship;
mod rule;
mod table;
pub(crate) mod tokens;
mod validate;

pub use check::{Declared, faults_among};
pub use column::{Column, Defined, Fill, Occasion, Role};
pub use constraint::{Action, Check, ForeignKey, Unique};
pub use fault::ModelFault;
pub use index::{ColumnOrder, Index, IndexMethod, IndexPart};
pub use language::{Language, Origin};
pub use metadata::{MetaData, Step};
pub use reference::Reference;
pub use relationship::{Relationship, RelationshipKind};
pub use rule::{Pattern, Rule};
pub use table::{Table, TableRef};
pub use validate::validate;
