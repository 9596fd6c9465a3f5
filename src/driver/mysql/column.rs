//! What sqlx tells of a column, as [`MySqlType`].

use std::sync::Arc;

use sqlx::mysql::{MySqlColumn, MySqlTypeInfo};
use sqlx::{Column, MySql, Type, TypeInfo};

use crate::driver::{BatchColumn, MySqlType, Stored};

/// The columns of a result.
pub(super) fn described(columns: &[MySqlColumn]) -> Arc<[BatchColumn]> {
    let column = |column: &MySqlColumn| BatchColumn {
        name: column.name().to_owned(),
        stored: Stored::MySql(type_of(column.type_info())),
    };
    columns.iter().map(column).collect()
}

fn type_of(info: &MySqlTypeInfo) -> MySqlType {
    let is_text = <str as Type<MySql>>::compatible(info);
    match info.name() {
        // Any TINYINT(1), signed or not.
        "BOOLEAN" if <u8 as Type<MySql>>::compatible(info) => MySqlType::TinyIntUnsigned,
        "BOOLEAN" | "TINYINT" => MySqlType::TinyInt,
        "TINYINT UNSIGNED" => MySqlType::TinyIntUnsigned,
        "SMALLINT" => MySqlType::SmallInt,
        "SMALLINT UNSIGNED" => MySqlType::SmallIntUnsigned,
        "MEDIUMINT" => MySqlType::MediumInt,
        "MEDIUMINT UNSIGNED" => MySqlType::MediumIntUnsigned,
        "INT" => MySqlType::Int,
        "INT UNSIGNED" => MySqlType::IntUnsigned,
        "BIGINT" => MySqlType::BigInt,
        "BIGINT UNSIGNED" => MySqlType::BigIntUnsigned,
        "YEAR" => MySqlType::Year,
        "BIT" => MySqlType::Bit,
        "FLOAT" => MySqlType::Float,
        "DOUBLE" => MySqlType::Double,
        "DECIMAL" => MySqlType::Decimal,
        "DATE" => MySqlType::Date,
        "DATETIME" => MySqlType::DateTime,
        "TIMESTAMP" => MySqlType::Timestamp,
        "TIME" => MySqlType::Time,
        "JSON" => MySqlType::Json,
        "GEOMETRY" => MySqlType::Geometry,
        "NULL" => MySqlType::Null,
        name => if is_text { textual(name) } else { binary(name) }.unwrap_or(MySqlType::Unknown),
    }
}

/// sqlx names by a flag that columns of a binary collation have as well as columns of bytes; whether it is text is known
/// by the character set alone.
fn textual(name: &str) -> Option<MySqlType> {
    Some(match name {
        "CHAR" | "BINARY" => MySqlType::Char,
        "VARCHAR" | "VARBINARY" => MySqlType::VarChar,
        "TINYTEXT" | "TINYBLOB" => MySqlType::TinyText,
        "TEXT" | "BLOB" => MySqlType::Text,
        "MEDIUMTEXT" | "MEDIUMBLOB" => MySqlType::MediumText,
        "LONGTEXT" | "LONGBLOB" => MySqlType::LongText,
        "ENUM" => MySqlType::Enum,
        _ => return None,
    })
}

fn binary(name: &str) -> Option<MySqlType> {
    Some(match name {
        // ENUM of a binary character set; SET has no name of its own.
        "CHAR" | "BINARY" | "ENUM" => MySqlType::Binary,
        "VARCHAR" | "VARBINARY" => MySqlType::VarBinary,
        "TINYTEXT" | "TINYBLOB" => MySqlType::TinyBlob,
        "TEXT" | "BLOB" => MySqlType::Blob,
        "MEDIUMTEXT" | "MEDIUMBLOB" => MySqlType::MediumBlob,
        "LONGTEXT" | "LONGBLOB" => MySqlType::LongBlob,
        _ => return None,
    })
}
