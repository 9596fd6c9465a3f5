//! Types that MySQL and MariaDB alone have.

use serde::{Deserialize, Serialize};

use super::Kind;

/// A column type that MySQL and MariaDB alone have.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum MySqlType {
    /// Any of a list of names.
    Set {
        /// The names, at most 64, in the order in which a value lists them.
        members: Vec<String>,
    },
    /// A year from 1901 to 2155.
    Year,
}

/// The first and the last year of [`MySqlType::Year`].
pub const YEARS: (i64, i64) = (1901, 2155);

/// The most members of a [`MySqlType::Set`].
pub const MOST_MEMBERS: usize = 64;

impl MySqlType {
    /// The name users know it by.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Set { .. } => "Set",
            Self::Year => "Year",
        }
    }

    /// The kind of value it holds.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Set { .. } => Kind::Set,
            Self::Year => Kind::Integer,
        }
    }

    /// What is wrong with the declaration; None if nothing.
    pub fn fault(&self) -> Option<String> {
        let Self::Set { members } = self else { return None };
        if members.is_empty() || members.len() > MOST_MEMBERS {
            return Some(format!("a Set has 1 to {MOST_MEMBERS} members, not {}", members.len()));
        }
        let unfit = |member: &&String| member.is_empty() || member.contains([',', '\0']) || member.ends_with(' ');
        if let Some(member) = members.iter().find(unfit) {
            return Some(format!(
                "{member:?} cannot be a member of a Set: it is empty, has a comma, or ends in a blank"
            ));
        }
        let twice = members.iter().enumerate().find(|(place, member)| members[..*place].contains(member));
        twice.map(|(_, member)| format!("{member:?} is a member of the Set twice"))
    }
}

/// The members that a text of the database lists.
pub fn members(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').filter(|member| !member.is_empty())
}

/// Members in the order of their declaration, each once.
///
/// # Errors
///
/// The first that is no member.
pub fn in_order(declared: &[String], given: &[String]) -> Result<Vec<String>, String> {
    match given.iter().find(|member| !declared.contains(member)) {
        Some(stranger) => Err(stranger.clone()),
        None => Ok(declared.iter().filter(|member| given.contains(member)).cloned().collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(members: &[&str]) -> MySqlType {
        MySqlType::Set { members: members.iter().map(|member| (*member).to_owned()).collect() }
    }

    #[test]
    fn a_declaration_that_the_server_would_refuse_is_refused() {
        assert_eq!(set(&["a", "b"]).fault(), None);
        for bad in [&[][..], &["a,b"], &[""], &["a "], &["a", "a"]] {
            assert!(set(bad).fault().is_some(), "{bad:?}");
        }
    }

    #[test]
    fn members_take_the_declared_order() {
        let declared: Vec<String> = ["a", "b", "c"].map(Into::into).to_vec();
        let given: Vec<String> = ["c", "a", "c"].map(Into::into).to_vec();
        assert_eq!(in_order(&declared, &given).unwrap(), ["a", "c"]);
        assert_eq!(in_order(&declared, &["x".to_owned()]), Err("x".to_owned()));
    }
}
