//! Tables as plain data: the same type describes a Python class, a Rust struct, and later a replayed
//! migration or an introspected database. No SQL text here.

mod check;
mod column;
mod constraint;
mod fault;
mod metadata;
pub mod naming;
mod table;
mod validate;

pub use check::{Declared, faults_among};
pub use column::{Column, Length};
pub use constraint::{Action, Check, ForeignKey, Index, Unique};
pub use fault::ModelFault;
pub use metadata::MetaData;
pub use table::{Table, TableRef};
pub use validate::validate;
