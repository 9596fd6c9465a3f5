//! Documents prepared for full text search.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use super::reader::Reader;

/// Lexemes, each with the places where it stands: PostgreSQL's `tsvector`, in its own notation.
///
/// A text that is parsed holds lexemes, not words: the server does not change them any more. Words become lexemes by its
/// `to_tsvector`.
///
/// # Examples
///
/// ```
/// use chakra::postgres::TsVector;
/// let vector: TsVector = "rat:3 cat:5A,2".parse()?;
/// assert_eq!(vector.to_string(), "'cat':2,5A 'rat':3");
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct TsVector(BTreeMap<String, Places>);

/// Places with their weights, 3 for A to 0 for D.
type Places = BTreeMap<u16, u8>;

/// The letters of the weights; the least is not written.
const WEIGHTS: [char; 4] = ['D', 'C', 'B', 'A'];

/// The greatest place; those beyond the server would count as this one.
const LAST_PLACE: u16 = (1 << 14) - 1;

/// The most places of a lexeme; those beyond the server would leave out.
const MOST_PLACES: usize = 255;

/// The most bytes of a lexeme.
const LONGEST: usize = 2_046;

impl TsVector {
    /// The lexemes, in order.
    pub fn lexemes(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// From PostgreSQL's binary format.
    pub(super) fn from_binary(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader(bytes);
        let count = reader.length()?;
        let mut lexemes = BTreeMap::new();
        for _ in 0..count {
            let lexeme = reader.terminated_text()?.to_owned();
            let mut places = Places::new();
            for _ in 0..reader.short()? {
                let place = reader.short()?;
                places.insert(place & LAST_PLACE, u8::try_from(place >> 14).ok()?);
            }
            lexemes.insert(lexeme, places);
        }
        reader.is_done().then_some(Self(lexemes))
    }
}

impl fmt::Display for TsVector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, (lexeme, places)) in self.0.iter().enumerate() {
            let space = if number > 0 { " " } else { "" };
            write!(f, "{space}'{}'", lexeme.replace('\\', "\\\\").replace('\'', "''"))?;
            for (number, (place, weight)) in places.iter().enumerate() {
                write!(f, "{}{place}", if number > 0 { ',' } else { ':' })?;
                match weight {
                    0 => {}
                    weight => write!(f, "{}", WEIGHTS[usize::from(*weight & 3)])?,
                }
            }
        }
        Ok(())
    }
}

impl FromStr for TsVector {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refused = || format!("{text:?} is no tsvector, such as 'fat':2 'cat':3A");
        let mut rest = Parser(text);
        let mut lexemes: BTreeMap<String, Places> = BTreeMap::new();
        while rest.skip_blanks() {
            let lexeme = rest.lexeme().ok_or_else(refused)?;
            if lexeme.len() > LONGEST {
                return Err(format!("a lexeme of {} bytes is too long; at most {LONGEST} are taken", lexeme.len()));
            }
            let found = lexemes.entry(lexeme).or_default();
            rest.places(found).map_err(|fault| fault.unwrap_or_else(refused))?;
            if found.len() > MOST_PLACES {
                return Err(format!(
                    "a lexeme at more than {MOST_PLACES} places; the server would leave out the others"
                ));
            }
        }
        Ok(Self(lexemes))
    }
}

/// What is left of a text.
struct Parser<'a>(&'a str);

impl Parser<'_> {
    /// Whether anything but blanks is left.
    fn skip_blanks(&mut self) -> bool {
        self.0 = self.0.trim_start_matches(|c: char| c.is_ascii_whitespace());
        !self.0.is_empty()
    }

    fn next(&mut self) -> Option<char> {
        let mut chars = self.0.chars();
        let first = chars.next()?;
        self.0 = chars.as_str();
        Some(first)
    }

    /// In quotes, or up to a blank or a colon; a backslash takes the next character as it is.
    fn lexeme(&mut self) -> Option<String> {
        let quoted = self.0.starts_with('\'');
        if quoted {
            self.next();
        }
        let mut lexeme = String::new();
        loop {
            let ends = |c: char| c == ':' || c.is_ascii_whitespace();
            if !quoted && self.0.chars().next().is_none_or(ends) {
                break;
            }
            match self.next()? {
                '\\' => lexeme.push(self.next()?),
                '\'' if quoted && self.0.starts_with('\'') => lexeme.extend(self.next()),
                '\'' if quoted => break,
                '\0' => return None,
                other => lexeme.push(other),
            }
        }
        Some(lexeme).filter(|lexeme| !lexeme.is_empty() && !lexeme.contains('\0'))
    }

    /// Reads `:1,2A`, or nothing where no colon stands, and then what must stand behind a lexeme. The error is None where
    /// the text is no tsvector.
    fn places(&mut self, places: &mut Places) -> Result<(), Option<String>> {
        if let Some(rest) = self.0.strip_prefix(':') {
            self.0 = rest;
            loop {
                let (place, weight) = self.place()?;
                let known = places.entry(place).or_default();
                *known = weight.max(*known);
                match self.0.strip_prefix(',') {
                    Some(rest) => self.0 = rest,
                    None => break,
                }
            }
        }
        if self.0.chars().next().is_none_or(|c| c.is_ascii_whitespace()) { Ok(()) } else { Err(None) }
    }

    fn place(&mut self) -> Result<(u16, u8), Option<String>> {
        let end = self.0.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.0.len());
        let (digits, rest) = self.0.split_at(end);
        if digits.trim_start_matches('0').is_empty() {
            return Err(None);
        }
        let place = digits.parse().ok().filter(|place| *place <= LAST_PLACE);
        let place = place.ok_or_else(|| {
            format!("the place {digits} is beyond {LAST_PLACE}, the greatest; the server would take it for that one")
        })?;
        let letter = rest.chars().next().map(|c| c.to_ascii_uppercase());
        let weight = letter.and_then(|letter| WEIGHTS.iter().position(|known| *known == letter));
        self.0 = if weight.is_some() { &rest[1..] } else { rest };
        Ok((place, u8::try_from(weight.unwrap_or(0)).map_err(|_| None)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> String {
        text.parse::<TsVector>().map_or_else(|_| "refused".into(), |vector| vector.to_string())
    }

    #[test]
    fn the_notation_is_the_servers() {
        assert_eq!(written("a fat cat sat"), "'a' 'cat' 'fat' 'sat'");
        assert_eq!(written("'it''s' b\\'c 'd\\\\' 'x y':1a"), "'b''c' 'd\\\\' 'it''s' 'x y':1A");
        assert_eq!(written("a:3,1B,3C a:2"), "'a':1B,2,3C");
        assert_eq!(written("a:16383"), "'a':16383");
        assert_eq!(written(""), "");
        for bad in ["'a", "a:", "a:0", "a:x", "a:1,", "a:1E", ":1", "''", "'a'b", "a\\", "a\0"] {
            assert_eq!(written(bad), "refused", "{bad:?}");
        }
    }

    #[test]
    fn places_that_the_server_would_change_are_refused() {
        let many = |last: u16| (1..=last).map(|place| place.to_string()).collect::<Vec<_>>().join(",");
        assert!(format!("a:{}", many(255)).parse::<TsVector>().is_ok());
        for (text, told) in [
            ("a:16384".to_owned(), "16383"),
            ("b a:1,99999999999999999999".to_owned(), "99999999999999999999"),
            (format!("a:{}", many(256)), "255 places"),
        ] {
            let fault = text.parse::<TsVector>().unwrap_err();
            assert!(fault.contains(told), "{fault}");
        }
    }

    #[test]
    fn the_binary_format_is_read_to_its_end_or_not_at_all() {
        let mut bytes = vec![0, 0, 0, 2];
        bytes.extend(b"cat\0\0\x02");
        bytes.extend(2_u16.to_be_bytes());
        bytes.extend((5_u16 | 3 << 14).to_be_bytes());
        bytes.extend(b"rat\0\0\0");
        assert_eq!(TsVector::from_binary(&bytes).unwrap().to_string(), "'cat':2,5A 'rat'");
        for length in 0..bytes.len() {
            assert_eq!(TsVector::from_binary(&bytes[..length]), None);
        }
    }
}
