//! Addresses of networks and of network cards.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// A host's address, with the length of its network's prefix: PostgreSQL's `inet`.
///
/// # Examples
///
/// ```
/// use chakra::postgres::Inet;
/// let host: Inet = "10.1.2.3/8".parse()?;
/// assert_eq!((host.address().to_string().as_str(), host.prefix()), ("10.1.2.3", 8));
/// assert_eq!("::1".parse::<Inet>()?.to_string(), "::1");
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Inet {
    address: IpAddr,
    prefix: u8,
}

impl Inet {
    /// An address in a network; None for a prefix that is longer than the address.
    pub fn new(address: IpAddr, prefix: u8) -> Option<Self> {
        (prefix <= bits(address)).then_some(Self { address, prefix })
    }

    /// The address.
    pub fn address(&self) -> IpAddr {
        self.address
    }

    /// How many of the address's bits are its network's.
    pub fn prefix(&self) -> u8 {
        self.prefix
    }

    /// Whether it is an address alone: the prefix is the whole of it.
    pub fn is_host(&self) -> bool {
        self.prefix == bits(self.address)
    }
}

impl From<IpAddr> for Inet {
    fn from(address: IpAddr) -> Self {
        Self { address, prefix: bits(address) }
    }
}

impl FromStr for Inet {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refused = || format!("{text:?} is no address, such as 10.1.2.3, 10.1.2.3/8 or ::1");
        let (address, prefix) = split(text).ok_or_else(refused)?;
        let host = Self::from(address);
        prefix.map_or(Some(host), |prefix| Self::new(address, prefix)).ok_or_else(refused)
    }
}

impl fmt::Display for Inet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.address)?;
        if self.is_host() { Ok(()) } else { write!(f, "/{}", self.prefix) }
    }
}

/// A network: PostgreSQL's `cidr`. No bit of its address stands behind the prefix.
///
/// # Examples
///
/// ```
/// use chakra::postgres::Cidr;
/// assert_eq!("10.0.0.0/8".parse::<Cidr>()?.prefix(), 8);
/// assert!("10.1.2.3/8".parse::<Cidr>().is_err());
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Cidr(Inet);

impl Cidr {
    /// A network; None where bits stand behind the prefix, or the prefix is longer than the address.
    pub fn new(address: IpAddr, prefix: u8) -> Option<Self> {
        let network = Inet::new(address, prefix)?;
        let rest = match address {
            IpAddr::V4(address) => u32::from(address).checked_shl(u32::from(prefix)).unwrap_or(0) != 0,
            IpAddr::V6(address) => u128::from(address).checked_shl(u32::from(prefix)).unwrap_or(0) != 0,
        };
        (!rest).then_some(Self(network))
    }

    /// The first address.
    pub fn address(&self) -> IpAddr {
        self.0.address
    }

    /// How many of the address's bits are the network's.
    pub fn prefix(&self) -> u8 {
        self.0.prefix
    }
}

/// The network of one address.
impl From<IpAddr> for Cidr {
    fn from(address: IpAddr) -> Self {
        Self(address.into())
    }
}

impl FromStr for Cidr {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refused = || format!("{text:?} is no network, such as 10.0.0.0/8, without bits behind its prefix");
        let (address, prefix) = split(text).ok_or_else(refused)?;
        Self::new(address, prefix.unwrap_or_else(|| bits(address))).ok_or_else(refused)
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.0.address, self.0.prefix)
    }
}

fn bits(address: IpAddr) -> u8 {
    match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}

fn split(text: &str) -> Option<(IpAddr, Option<u8>)> {
    match text.split_once('/') {
        None => Some((text.parse().ok()?, None)),
        Some((address, prefix)) => {
            let plain = prefix.bytes().all(|digit| digit.is_ascii_digit());
            Some((address.parse().ok()?, Some(Some(prefix).filter(|_| plain)?.parse().ok()?)))
        }
    }
}

/// PostgreSQL's numbers for the two families, in its binary format.
const FAMILIES: (u8, u8) = (2, 3);

/// An address, its prefix and whether it is a `cidr`, from PostgreSQL's binary format.
pub(super) fn from_binary(bytes: &[u8]) -> Option<(IpAddr, u8, bool)> {
    let [family, prefix, is_cidr, length, address @ ..] = bytes else { return None };
    if usize::from(*length) != address.len() {
        return None;
    }
    let address = match *family {
        family if family == FAMILIES.0 => IpAddr::V4(Ipv4Addr::from(<[u8; 4]>::try_from(address).ok()?)),
        family if family == FAMILIES.1 => IpAddr::V6(Ipv6Addr::from(<[u8; 16]>::try_from(address).ok()?)),
        _ => return None,
    };
    Some((address, *prefix, *is_cidr != 0))
}

/// The address of a network card: PostgreSQL's `macaddr`.
///
/// # Examples
///
/// ```
/// use chakra::postgres::MacAddr;
/// let card: MacAddr = "08-00-2B-01-02-03".parse()?;
/// assert_eq!(card.to_string(), "08:00:2b:01:02:03");
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MacAddr(pub [u8; 6]);

/// After how many of the twelve digits each way of writing separates them, and by what.
const SEPARATORS: [(usize, char); 5] = [(2, ':'), (2, '-'), (6, ':'), (6, '-'), (4, '.')];

impl FromStr for MacAddr {
    type Err = String;

    /// Reads what PostgreSQL reads: `08:00:2b:01:02:03`, with hyphens, `08002b:010203`, `0800.2b01.0203`, or digits
    /// alone.
    fn from_str(text: &str) -> Result<Self, String> {
        let refused = || format!("{text:?} is no address of a network card, such as 08:00:2b:01:02:03");
        let digits: String = text.chars().filter(char::is_ascii_hexdigit).collect();
        if digits.len() != 12 || !(text == digits || SEPARATORS.iter().any(|way| text == separated(&digits, *way))) {
            return Err(refused());
        }
        let mut bytes = [0; 6];
        for (byte, place) in bytes.iter_mut().zip((0..12).step_by(2)) {
            *byte = u8::from_str_radix(&digits[place..place + 2], 16).map_err(|_| refused())?;
        }
        Ok(Self(bytes))
    }
}

fn separated(digits: &str, (every, separator): (usize, char)) -> String {
    let mut text = String::with_capacity(17);
    for (number, digit) in digits.chars().enumerate() {
        if number > 0 && number % every == 0 {
            text.push(separator);
        }
        text.push(digit);
    }
    text
}

impl fmt::Display for MacAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, byte) in self.0.iter().enumerate() {
            write!(f, "{}{byte:02x}", if number > 0 { ":" } else { "" })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_has_no_bits_behind_its_prefix() {
        for good in ["0.0.0.0/0", "10.0.0.0/8", "1.2.3.4/32", "::/0", "2001:db8::/32", "::1/128"] {
            assert_eq!(good.parse::<Cidr>().unwrap().to_string(), good);
        }
        for bad in ["10.0.0.1/8", "::1/64", "1.2.3.4/33", "1.2.3.4/+8", "1.2.3.4/", "1.2.3", "::/129", ""] {
            assert!(bad.parse::<Cidr>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_host_shows_no_prefix() {
        assert_eq!("1.2.3.4/32".parse::<Inet>().unwrap().to_string(), "1.2.3.4");
        assert_eq!("1.2.3.4/31".parse::<Inet>().unwrap().to_string(), "1.2.3.4/31");
        assert!("fe80::1%eth0".parse::<Inet>().is_err());
    }

    #[test]
    fn a_card_is_written_in_each_of_the_servers_ways() {
        let card = MacAddr([8, 0, 0x2b, 1, 2, 3]);
        for way in [
            "08:00:2b:01:02:03",
            "08-00-2b-01-02-03",
            "08002b:010203",
            "08002b-010203",
            "0800.2b01.0203",
            "08002B010203",
        ] {
            assert_eq!(way.parse::<MacAddr>().unwrap(), card);
        }
        for bad in ["", "08:00:2b:01:02", "08:00-2b:01:02:03", "0g:00:2b:01:02:03", "08:00:2b:01:02:03:04", "é"] {
            assert!(bad.parse::<MacAddr>().is_err(), "{bad}");
        }
    }
}
