//! What fields of types that MySQL and MariaDB alone have hold.
//!
//! # Examples
//!
//! ```
//! use chakra::mysql::Year;
//! let vintage: Year = 1969.try_into()?;
//! assert_eq!(vintage.to_string(), "1969");
//! # Ok::<(), String>(())
//! ```

pub use crate::model::{Set, Year};
