//! The types of columns, as far as their values look different on the wire.

/// The type of a column of MySQL or MariaDB, as the protocol tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[allow(missing_docs)] // the database's own names
pub enum MySqlType {
    Null,
    TinyInt,
    TinyIntUnsigned,
    SmallInt,
    SmallIntUnsigned,
    MediumInt,
    MediumIntUnsigned,
    Int,
    IntUnsigned,
    BigInt,
    BigIntUnsigned,
    Year,
    Bit,
    Float,
    Double,
    Decimal,
    Date,
    DateTime,
    Timestamp,
    Time,
    Char,
    VarChar,
    TinyText,
    Text,
    MediumText,
    LongText,
    Enum,
    Binary,
    VarBinary,
    TinyBlob,
    Blob,
    MediumBlob,
    LongBlob,
    Json,
    Geometry,
    /// None of these.
    Unknown,
}

impl MySqlType {
    /// Whether its values are text.
    pub(super) fn is_text(self) -> bool {
        matches!(
            self,
            Self::Char | Self::VarChar | Self::TinyText | Self::Text | Self::MediumText | Self::LongText | Self::Enum
        )
    }

    /// Its name in SQL.
    pub fn name(self) -> &'static str {
        match self {
            Self::Null => "NULL",
            Self::TinyInt => "tinyint",
            Self::TinyIntUnsigned => "tinyint unsigned",
            Self::SmallInt => "smallint",
            Self::SmallIntUnsigned => "smallint unsigned",
            Self::MediumInt => "mediumint",
            Self::MediumIntUnsigned => "mediumint unsigned",
            Self::Int => "int",
            Self::IntUnsigned => "int unsigned",
            Self::BigInt => "bigint",
            Self::BigIntUnsigned => "bigint unsigned",
            Self::Year => "year",
            Self::Bit => "bit",
            Self::Float => "float",
            Self::Double => "double",
            Self::Decimal => "decimal",
            Self::Date => "date",
            Self::DateTime => "datetime",
            Self::Timestamp => "timestamp",
            Self::Time => "time",
            Self::Char => "char",
            Self::VarChar => "varchar",
            Self::TinyText => "tinytext",
            Self::Text => "text",
            Self::MediumText => "mediumtext",
            Self::LongText => "longtext",
            Self::Enum => "enum",
            Self::Binary => "binary",
            Self::VarBinary => "varbinary",
            Self::TinyBlob => "tinyblob",
            Self::Blob => "blob",
            Self::MediumBlob => "mediumblob",
            Self::LongBlob => "longblob",
            Self::Json => "json",
            Self::Geometry => "geometry",
            Self::Unknown => "a type that Chakra does not know",
        }
    }
}
