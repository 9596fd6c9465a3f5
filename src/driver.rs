//! Databases: pools, connections, transactions, and rows that are visited rather than copied.
