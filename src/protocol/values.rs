//! Named numbers of another program's row, on the wire an object.
//!
//! A sorted list in one piece of memory: files of ten million rows are read, and a tree takes ten times as much for a
//! number or two. Does not depend on what the numbers mean.

use super::float;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::ops::Index;
use std::sync::Arc;

/// A number, with the spellings of NaN and infinities that this program reads.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct Number(#[serde(with = "float")] f64);

/// Numbers by their names, each name once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Values(Box<[(Arc<str>, f64)]>);

impl Values {
    /// The number of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<f64> {
        let place = self.0.binary_search_by(|(known, _)| (**known).cmp(name)).ok()?;
        Some(self.0[place].1)
    }

    /// Names and numbers, sorted by name.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Arc<str>, f64)> {
        self.0.iter().map(|(name, value)| (name, *value))
    }
}

impl From<Vec<(Arc<str>, f64)>> for Values {
    /// Of a name that is there more than once the last number counts.
    fn from(mut values: Vec<(Arc<str>, f64)>) -> Self {
        if !values.is_sorted_by(|a, b| a.0 < b.0) {
            values.sort_by(|a, b| a.0.cmp(&b.0));
            values.reverse();
            values.dedup_by(|a, b| a.0 == b.0);
            values.reverse();
        }
        Self(values.into_boxed_slice())
    }
}

impl Index<&str> for Values {
    type Output = f64;

    /// # Panics
    /// Where there is no such name.
    fn index(&self, name: &str) -> &f64 {
        let place = self.0.binary_search_by(|(known, _)| (**known).cmp(name));
        &self.0[place.unwrap_or(usize::MAX)].1
    }
}

impl Serialize for Values {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, Number(*value))))
    }
}

impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Values;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object of numbers")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Values, A::Error> {
                let mut values = Vec::new();
                while let Some((name, Number(value))) = map.next_entry::<Arc<str>, Number>()? {
                    values.push((name, value));
                }
                Ok(values.into())
            }
        }
        deserializer.deserialize_map(Object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_and_the_last_of_equals_counts() {
        let values: Values = serde_json::from_str(r#"{"b":1,"a":"NaN","b":2.5,"c":"-inf","b":3}"#).unwrap();
        assert_eq!(values.iter().map(|(name, _)| &**name).collect::<Vec<_>>(), ["a", "b", "c"]);
        assert_eq!((values.get("b"), values["c"], values.get("d")), (Some(3.0), f64::NEG_INFINITY, None));
        assert_eq!(serde_json::to_string(&values).unwrap(), r#"{"a":"NaN","b":3.0,"c":"-inf"}"#);
    }
}
