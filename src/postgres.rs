//! What fields of types that PostgreSQL alone has hold.
//!
//! # Examples
//!
//! ```
//! use chakra::postgres::{Inet, Range};
//! let host: Inet = "10.1.2.3".parse()?;
//! assert!(host.is_host());
//! assert_eq!(Range::from(1..5).to_string(), "[1,5)");
//! # Ok::<(), String>(())
//! ```

pub use crate::model::RangeElement;
pub use crate::types::postgres::{Cidr, HStore, Inet, MacAddr, Range, RangeType, TsVector, Vector};
