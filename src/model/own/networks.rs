//! Addresses and networks of PostgreSQL.

use crate::model::Model;
use crate::model::column::Column;
use crate::model::condition::Condition;
use crate::query::expr::OwnOp;
use crate::types::PostgresValue;
use crate::types::postgres::{Cidr, Inet};

marks! {
    /// The Rust types of columns of addresses and networks.
    NetworkValue: "only columns of addresses and networks lie in networks; this one is of type `{Self}`", Inet, Cidr
}

/// Lookups in PostgreSQL's addresses and networks.
impl<M: Model, T: NetworkValue> Column<M, T> {
    /// Lies in the network, and is not the network itself.
    pub fn net_contained(self, network: impl Into<Inet>) -> Condition<M> {
        self.network(OwnOp::NetContained, network)
    }

    /// Lies in the network, or is it.
    pub fn net_contained_or_equal(self, network: impl Into<Inet>) -> Condition<M> {
        self.network(OwnOp::NetContainedOrEqual, network)
    }

    /// Is a network in which this lies, and not this itself.
    pub fn net_contains(self, other: impl Into<Inet>) -> Condition<M> {
        self.network(OwnOp::NetContains, other)
    }

    /// Is a network in which this lies, or is it.
    pub fn net_contains_or_equal(self, other: impl Into<Inet>) -> Condition<M> {
        self.network(OwnOp::NetContainsOrEqual, other)
    }

    /// One of the two lies in the other.
    pub fn net_overlaps(self, other: impl Into<Inet>) -> Condition<M> {
        self.network(OwnOp::NetOverlaps, other)
    }

    fn network(self, op: OwnOp, other: impl Into<Inet>) -> Condition<M> {
        self.own(op, Ok(PostgresValue::Inet(other.into()).into()))
    }
}
