//! JSON text in which floats stay floats.

use std::io;

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, Serializer};

/// The text of a value, in which a whole float has a digit after the point: PostgreSQL would give `1e16` back as an
/// integer.
pub(super) fn to_text<T: Serialize + ?Sized>(value: &T) -> Result<String, String> {
    let mut out = Vec::new();
    let written = value.serialize(&mut Serializer::with_formatter(&mut out, FloatsStay(CompactFormatter)));
    written.map_err(|error| error.to_string())?;
    String::from_utf8(out).map_err(|error| error.to_string())
}

struct FloatsStay(CompactFormatter);

impl Formatter for FloatsStay {
    fn write_f32<W: io::Write + ?Sized>(&mut self, writer: &mut W, value: f32) -> io::Result<()> {
        if value.fract() == 0.0 { write!(writer, "{value}.0") } else { self.0.write_f32(writer, value) }
    }

    fn write_f64<W: io::Write + ?Sized>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        if value.fract() == 0.0 { write!(writer, "{value}.0") } else { self.0.write_f64(writer, value) }
    }
}

#[cfg(test)]
mod tests {
    use super::to_text;

    #[test]
    fn whole_floats_have_a_point_and_integers_none() {
        for (float, text) in [
            (1e16, "10000000000000000.0"),
            (1.8e19, "18000000000000000000.0"),
            (-3.0, "-3.0"),
            (0.1, "0.1"),
            (5e-324, "5e-324"),
            (-0.0, "-0.0"),
        ] {
            assert_eq!(to_text(&float).unwrap(), text);
            assert_eq!(text.parse::<f64>().unwrap().to_bits(), f64::to_bits(float));
        }
        assert_eq!(to_text(&(1, 2.0_f32, 0.1_f32, "a\"", None::<i8>)).unwrap(), r#"[1,2.0,0.1,"a\"",null]"#);
    }
}
