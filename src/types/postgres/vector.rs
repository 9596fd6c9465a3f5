//! Vectors of numbers, for nearness.

use super::reader::Reader;

/// Numbers of 32 bits in an order: the `vector` of the extension pgvector.
///
/// # Examples
///
/// ```
/// use chakra::postgres::Vector;
/// assert_eq!(Vector(vec![1.0, 0.5]).to_string(), "[1.0,0.5]");
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Vector(pub Vec<f32>);

/// The most numbers that pgvector takes.
pub const MOST_DIMENSIONS: usize = 16_000;

impl Vector {
    /// What the server would refuse; None if nothing.
    pub fn fault(&self, dimensions: Option<u32>) -> Option<String> {
        let count = self.0.len();
        match dimensions {
            Some(declared) if declared as usize != count => {
                return Some(format!("the vector has {count} numbers, the field takes {declared}"));
            }
            _ if count == 0 || count > MOST_DIMENSIONS => {
                return Some(format!("the vector has {count} numbers; it takes 1 to {MOST_DIMENSIONS}"));
            }
            _ => {}
        }
        self.0.iter().find(|number| !number.is_finite()).map(|number| format!("{number} cannot be part of a vector"))
    }

    /// From pgvector's binary format.
    pub(super) fn from_binary(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader(bytes);
        let count = reader.short()?;
        let unused = reader.short()?;
        let numbers: Option<Vec<f32>> =
            (0..count).map(|_| reader.take(4)?.try_into().ok().map(f32::from_be_bytes)).collect();
        numbers.filter(|_| unused == 0 && reader.is_done()).map(Self)
    }
}

/// In pgvector's own notation; each number in the shortest digits that read back as the same.
impl std::fmt::Display for Vector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[")?;
        for (place, number) in self.0.iter().enumerate() {
            write!(f, "{}{number:?}", if place > 0 { "," } else { "" })?;
        }
        f.write_str("]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_binary_format_is_read_to_its_end_or_not_at_all() {
        let mut bytes = vec![0, 2, 0, 0];
        bytes.extend(0.1_f32.to_be_bytes());
        bytes.extend((-2.5_f32).to_be_bytes());
        assert_eq!(Vector::from_binary(&bytes), Some(Vector(vec![0.1, -2.5])));
        for length in 0..bytes.len() {
            assert_eq!(Vector::from_binary(&bytes[..length]), None);
        }
        assert_eq!(Vector::from_binary(&[&bytes[..], &[0]].concat()), None);
    }

    #[test]
    fn what_the_server_would_refuse_is_named() {
        assert_eq!(Vector(vec![1.0]).fault(Some(1)), None);
        assert!(Vector(vec![1.0]).fault(Some(2)).is_some());
        assert!(Vector(vec![]).fault(None).is_some());
        assert!(Vector(vec![f32::NAN]).fault(None).is_some());
        assert!(Vector(vec![0.0; MOST_DIMENSIONS + 1]).fault(None).is_some());
    }
}
