//! What is counted and named, and not shown: images, sound, graphs of plug-ins.
//!
//! Does not depend on how it is stored.

use crate::Fact;
use std::collections::BTreeMap;

/// The most kinds of things that are told apart.
const MAX_KINDS: usize = 16;

/// The most names kept of a kind.
const MAX_NAMES: usize = 5;

#[derive(Debug, Default)]
struct Seen {
    count: u64,
    names: Vec<String>,
    has_more: bool,
}

/// What a run holds that is not shown.
#[derive(Debug, Default)]
pub(crate) struct PassedOver {
    kinds: BTreeMap<String, Seen>,
    /// Whether there is something that was not told yet.
    is_new: bool,
}

impl PassedOver {
    /// Counts one.
    pub(crate) fn count(&mut self, kind: &str, name: &str) {
        if !self.kinds.contains_key(kind) && self.kinds.len() >= MAX_KINDS {
            return;
        }
        let seen = self.kinds.entry(kind.to_owned()).or_default();
        self.is_new |= seen.count == 0;
        seen.count += 1;
        if seen.names.iter().any(|known| known == name) {
            return;
        }
        if seen.names.len() < MAX_NAMES {
            seen.names.push(name.to_owned());
            self.is_new = true;
        } else {
            seen.has_more = true;
        }
    }

    /// A sentence about all of it, when there is something new to tell.
    pub(crate) fn remark(&mut self) -> Option<Fact> {
        std::mem::take(&mut self.is_new).then(|| {
            let parts: Vec<String> = self.kinds.iter().map(|(kind, seen)| seen.sentence(kind)).collect();
            Fact::Remark(format!("Not shown: {}.", parts.join("; ")))
        })
    }
}

impl Seen {
    fn sentence(&self, kind: &str) -> String {
        let names = self.names.join(", ");
        format!("{kind} ({} of {names}{})", self.count, if self.has_more { ", ..." } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_counted_and_named_once() {
        let mut passed_over = PassedOver::default();
        assert_eq!(passed_over.remark(), None);
        for number in 0..9 {
            passed_over.count("images", &format!("img/{number}"));
        }
        passed_over.count("audio clips", "voice");
        let text = "Not shown: audio clips (1 of voice); images (9 of img/0, img/1, img/2, img/3, img/4, ...).";
        assert_eq!(passed_over.remark(), Some(Fact::Remark(text.into())));
        passed_over.count("images", "img/0");
        assert_eq!(passed_over.remark(), None);
    }
}
