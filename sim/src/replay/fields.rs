//! Reading JSON with an error for all that is not as it must be.

use super::error::{Reason, ReplayError};
use serde_json::{Map, Value};

type Result<T> = std::result::Result<T, ReplayError>;

/// How much of a wrong value an error shows.
const SHOWN: usize = 60;

/// Annotations may stand anywhere and change nothing.
pub fn is_annotation(key: &str) -> bool {
    ["note", "notes", "source", "derived", "model", "quirk", "provenance"].contains(&key)
        || key.ends_with("_comment")
}

fn wrong(value: &Value, wanted: &'static str) -> Reason {
    let mut found = value.to_string();
    if let Some((cut, _)) = found.char_indices().nth(SHOWN) {
        found.truncate(cut);
        found.push('…');
    }
    Reason::Type { found, wanted }
}

/// An object of which every field is known.
#[derive(Clone, Copy)]
pub struct Fields<'a>(&'a Map<String, Value>);

impl<'a> Fields<'a> {
    /// The fields of `value`, all of which must be in `known` or annotations.
    pub fn of(value: &'a Value, known: &[&str]) -> Result<Self> {
        let fields = Self::any(value)?;
        for key in fields.0.keys() {
            if !known.contains(&key.as_str()) && !is_annotation(key) {
                return Err(ReplayError::at(key, Reason::UnknownField { known: known.join(", ") }));
            }
        }
        Ok(fields)
    }

    /// The fields of `value`, whatever they are.
    pub fn any(value: &'a Value) -> Result<Self> {
        value.as_object().map(Self).ok_or_else(|| ReplayError::new(wrong(value, "an object")))
    }

    /// Every field with its name.
    pub fn iter(self) -> impl Iterator<Item = (&'a str, &'a Value)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// A field that may be missing; `null` counts as missing.
    pub fn optional(self, key: &str) -> Option<&'a Value> {
        self.0.get(key).filter(|value| !value.is_null())
    }

    /// A field that must be there.
    pub fn value(self, key: &str) -> Result<&'a Value> {
        self.0.get(key).ok_or_else(|| ReplayError::at(key, Reason::Missing))
    }

    /// A text.
    pub fn text(self, key: &str) -> Result<&'a str> {
        let value = self.value(key)?;
        value.as_str().ok_or_else(|| ReplayError::at(key, wrong(value, "a text")))
    }

    /// A whole number of 64 bits.
    pub fn int(self, key: &str) -> Result<u64> {
        int(self.value(key)?).map_err(|error| error.inside(key))
    }

    /// A whole number up to `max`.
    pub fn up_to(self, key: &str, max: u64) -> Result<u64> {
        up_to(self.value(key)?, max).map_err(|error| error.inside(key))
    }

    /// A whole number of 16 bits.
    pub fn short(self, key: &str) -> Result<u16> {
        short(self.value(key)?).map_err(|error| error.inside(key))
    }

    /// True or false.
    pub fn switch(self, key: &str) -> Result<bool> {
        let value = self.value(key)?;
        value.as_bool().ok_or_else(|| ReplayError::at(key, wrong(value, "true or false")))
    }

    /// A list whose entries `read` reads.
    pub fn list<T>(self, key: &str, read: impl Fn(&'a Value) -> Result<T>) -> Result<Vec<T>> {
        list(self.value(key)?, read).map_err(|error| error.inside_list(key))
    }
}

impl ReplayError {
    /// Like `inside`, where the inner field is an index that stands at its list's name.
    pub(super) fn inside_list(self, outer: &str) -> Self {
        match &self.field {
            Some(inner) if inner.starts_with('[') => {
                let field = format!("{outer}{inner}");
                Self { field: Some(field), ..self }
            }
            _ => self.inside(outer),
        }
    }
}

/// A list whose entries `read` reads; an error names the index.
pub fn list<'a, T>(value: &'a Value, read: impl Fn(&'a Value) -> Result<T>) -> Result<Vec<T>> {
    let entries = value.as_array().ok_or_else(|| ReplayError::new(wrong(value, "a list")))?.iter();
    let read = |(index, entry)| {
        read(entry).map_err(|error: ReplayError| match &error.field {
            Some(inner) if inner.starts_with('[') => {
                let field = format!("[{index}]{inner}");
                ReplayError { field: Some(field), ..error }
            }
            _ => error.inside(&format!("[{index}]")),
        })
    };
    entries.enumerate().map(read).collect()
}

/// A whole number of 64 bits.
pub fn int(value: &Value) -> Result<u64> {
    let wanted = "a whole number from 0 to 2^64 - 1";
    value.as_u64().ok_or_else(|| ReplayError::new(wrong(value, wanted)))
}

/// A whole number up to `max`.
pub fn up_to(value: &Value, max: u64) -> Result<u64> {
    let found = int(value)?;
    if found > max {
        return Err(ReplayError::new(Reason::Range { found, min: 0, max }));
    }
    Ok(found)
}

/// A whole number of 16 bits.
pub fn short(value: &Value) -> Result<u16> {
    let found = up_to(value, u16::MAX.into())?;
    u16::try_from(found).map_err(|_| ReplayError::new(wrong(value, "a number of 16 bits")))
}

/// A number.
pub fn float(value: &Value) -> Result<f64> {
    value.as_f64().ok_or_else(|| ReplayError::new(wrong(value, "a number")))
}
