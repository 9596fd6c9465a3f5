//! The names of types in SQL, for messages.

use super::oid;

/// OIDs that only messages know, with their names.
const OTHERS: &[(u32, &str)] = &[
    (600, "point"),
    (601, "lseg"),
    (602, "path"),
    (603, "box"),
    (604, "polygon"),
    (628, "line"),
    (650, "cidr"),
    (718, "circle"),
    (774, "macaddr8"),
    (790, "money"),
    (829, "macaddr"),
    (869, "inet"),
    (1266, "time with time zone"),
    (1560, "bit"),
    (1562, "bit varying"),
    (3220, "pg_lsn"),
    (3614, "tsvector"),
    (3615, "tsquery"),
    (3904, "int4range"),
    (3906, "numrange"),
    (3908, "tsrange"),
    (3910, "tstzrange"),
    (3912, "daterange"),
    (3926, "int8range"),
    (4072, "jsonpath"),
];

/// OIDs of arrays, with the type of their elements.
const ARRAYS: &[(u32, u32)] = &[
    (199, oid::JSON),
    (1000, oid::BOOL),
    (1001, oid::BYTEA),
    (1005, oid::INT2),
    (1007, oid::INT4),
    (1009, oid::TEXT),
    (1014, oid::BPCHAR),
    (1015, oid::VARCHAR),
    (oid::INT8_ARRAY, oid::INT8),
    (1021, oid::FLOAT4),
    (1022, oid::FLOAT8),
    (1041, 869),
    (1115, oid::TIMESTAMP),
    (1182, oid::DATE),
    (1183, oid::TIME),
    (1185, oid::TIMESTAMPTZ),
    (1187, oid::INTERVAL),
    (1231, oid::NUMERIC),
    (2951, oid::UUID),
    (3807, oid::JSONB),
];

/// The type of an array's elements, where it is an array of a type that is built in.
pub(in crate::driver) fn element_of(type_oid: u32) -> Option<u32> {
    ARRAYS.iter().find(|(array, _)| *array == type_oid).map(|(_, element)| *element)
}

/// A type's name; of one that is not known, its number.
pub(in crate::driver) fn type_name(type_oid: u32) -> String {
    if let Some(name) = built_in(type_oid) {
        return name.to_owned();
    }
    match element_of(type_oid) {
        Some(element) => format!("{}[]", built_in(element).unwrap_or("?")),
        None if type_oid >= oid::FIRST_OF_USERS => format!("a type of this database's own (OID {type_oid})"),
        None => format!("the type with OID {type_oid}"),
    }
}

fn built_in(type_oid: u32) -> Option<&'static str> {
    Some(match type_oid {
        oid::BOOL => "boolean",
        oid::BYTEA => "bytea",
        oid::CHAR => "\"char\"",
        oid::NAME => "name",
        oid::INT8 => "bigint",
        oid::INT2 => "smallint",
        oid::INT4 => "integer",
        oid::TEXT => "text",
        oid::OID => "oid",
        oid::JSON => "json",
        oid::XML => "xml",
        oid::FLOAT4 => "real",
        oid::FLOAT8 => "double precision",
        oid::UNKNOWN => "unknown",
        oid::BPCHAR => "character",
        oid::VARCHAR => "character varying",
        oid::DATE => "date",
        oid::TIME => "time without time zone",
        oid::TIMESTAMP => "timestamp without time zone",
        oid::TIMESTAMPTZ => "timestamp with time zone",
        oid::NUMERIC => "numeric",
        oid::INTERVAL => "interval",
        oid::UUID => "uuid",
        oid::JSONB => "jsonb",
        other => return OTHERS.iter().find(|(known, _)| *known == other).map(|(_, name)| *name),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_has_a_name() {
        assert_eq!(type_name(oid::TIME), "time without time zone");
        assert_eq!(type_name(1186), "interval");
        assert_eq!(type_name(oid::INT8_ARRAY), "bigint[]");
        assert_eq!(type_name(70_000), "a type of this database's own (OID 70000)");
        assert_eq!(type_name(27), "the type with OID 27");
        assert!(ARRAYS.iter().all(|(_, element)| built_in(*element).is_some()));
    }
}
