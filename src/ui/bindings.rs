//! The table of keys with a user's changes: what a key means, and which keys an action has.
//!
//! Does not depend on where the changes were written.

use super::action::Verb;
use super::key::Key;
use super::keymap::{Binding, Context, KEYMAP};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The keys in force. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keymap {
    bindings: Arc<[Binding]>,
}

/// Other keys for an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyChange {
    /// Where; every context of [`Context::REBINDABLE`] that has the action when absent.
    pub context: Option<Context>,
    /// The action.
    pub verb: Verb,
    /// Its keys, instead of those that it had; the first is the one that is shown.
    pub keys: Vec<Key>,
}

/// Why a change is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyConflict {
    /// There is no such action in that context.
    NoAction,
    /// The key has another meaning at the same time.
    Taken {
        /// The key.
        key: Key,
        /// What the other meaning is, as the help says it.
        other: &'static str,
    },
}

impl Default for Keymap {
    fn default() -> Self {
        Self { bindings: KEYMAP.into() }
    }
}

impl Keymap {
    /// The table with these changes, later ones over earlier ones.
    ///
    /// # Errors
    /// The place of the change that is refused, and why.
    pub fn with(&self, changes: &[KeyChange]) -> Result<Self, (usize, KeyConflict)> {
        let mut bindings = self.bindings.to_vec();
        // The change that each binding has its keys from.
        let mut changed_by = vec![None; bindings.len()];
        for (i, change) in changes.iter().enumerate() {
            let mut found = false;
            for (binding, by) in bindings.iter_mut().zip(&mut changed_by) {
                let here = change.context.is_none_or(|context| binding.context == context);
                if here && binding.verb == change.verb && Context::REBINDABLE.contains(&binding.context) {
                    binding.keys = change.keys.clone().into();
                    (*by, found) = (Some(i), true);
                }
            }
            if !found {
                return Err((i, KeyConflict::NoAction));
            }
        }
        for contexts in active_together() {
            let mut owners: BTreeMap<Key, usize> = BTreeMap::new();
            for (at, binding) in bindings.iter().enumerate().filter(|(_, it)| contexts.contains(&it.context)) {
                for &key in binding.keys.iter() {
                    let Some(other) = owners.insert(key, at).filter(|other| *other != at) else { continue };
                    // The later change is the one to be told of.
                    let (by, other) = match (changed_by[at], changed_by[other]) {
                        (Some(by), theirs) if theirs.is_none_or(|theirs| theirs <= by) => (by, other),
                        (_, Some(theirs)) => (theirs, at),
                        (mine, None) => (mine.unwrap_or_default(), other),
                    };
                    return Err((by, KeyConflict::Taken { key, other: bindings[other].help }));
                }
            }
        }
        Ok(Self { bindings: bindings.into() })
    }

    /// What a key means in the first of the contexts that knows it.
    #[must_use]
    pub fn meaning(&self, contexts: &[Context], key: Key) -> Option<Verb> {
        contexts
            .iter()
            .find_map(|context| self.of(*context).find(|binding| binding.keys.contains(&key)).map(|b| b.verb))
    }

    /// The lines of a context.
    pub fn of(&self, context: Context) -> impl Iterator<Item = &Binding> {
        self.bindings.iter().filter(move |binding| binding.context == context)
    }
}

/// Contexts that are active together.
fn active_together() -> Vec<Vec<Context>> {
    use Context as C;
    let tabs = [C::Runs, C::Charts, C::Confusion, C::Neurons, C::Compare];
    let mut sets: Vec<_> =
        tabs.iter().flat_map(|&tab| [vec![tab, C::Run, C::Global], vec![tab, C::Replay, C::Global]]).collect();
    sets.push(vec![C::Logs, C::Global]);
    let overlays = Context::ALL.into_iter().filter(|context| !Context::REBINDABLE.contains(context));
    sets.extend(overlays.map(|overlay| vec![overlay]));
    sets
}

#[cfg(test)]
mod tests {
    use super::*;
    use Context as C;
    use Verb as V;

    fn change(context: Option<Context>, verb: Verb, keys: &str) -> KeyChange {
        KeyChange { context, verb, keys: keys.split(' ').map(|key| key.parse().unwrap()).collect() }
    }

    #[test]
    fn no_key_means_two_things() {
        assert_eq!(Keymap::default().with(&[]), Ok(Keymap::default()));
    }

    #[test]
    fn the_first_context_decides() {
        let keymap = Keymap::default();
        assert_eq!(keymap.meaning(&[C::Replay, C::Global], Key::char('>')), Some(V::Faster));
        assert_eq!(keymap.meaning(&[C::Input], Key::char('q')), None, "letters are typed, not obeyed");
    }

    #[test]
    fn a_changed_key_replaces_those_that_were_there() {
        let keymap = Keymap::default().with(&[change(None, V::Quit, "Q ctrl-q")]).unwrap();
        assert_eq!(keymap.meaning(&[C::Runs, C::Global], Key::char('Q')), Some(V::Quit));
        assert_eq!(keymap.meaning(&[C::Runs, C::Global], Key::ctrl('q')), Some(V::Quit));
        assert_eq!(keymap.meaning(&[C::Runs, C::Global], Key::char('q')), None);
        assert_eq!(keymap.meaning(&[C::Welcome], Key::char('q')), Some(V::Quit), "dialogs keep theirs");
    }

    #[test]
    fn one_context_can_be_changed_alone_and_keys_can_be_swapped() {
        let keymap = Keymap::default().with(&[change(Some(C::Charts), V::Scale, "L")]).unwrap();
        assert_eq!(keymap.meaning(&[C::Charts], Key::char('L')), Some(V::Scale));
        assert_eq!(keymap.meaning(&[C::Confusion], Key::char('v')), Some(V::Scale));
        let swapped = [change(None, V::Mark, "M"), change(None, V::Unmark, "m")];
        let keymap = Keymap::default().with(&swapped).unwrap();
        assert_eq!(keymap.meaning(&[C::Global], Key::char('m')), Some(V::Unmark));
    }

    #[test]
    fn a_key_with_another_meaning_is_refused_where_both_are_active() {
        let refused = Keymap::default().with(&[change(None, V::Mark, "T"), change(None, V::Help, "x")]).unwrap_err();
        let stop = KEYMAP.iter().find(|it| it.context == C::Run && it.verb == V::Stop).unwrap().help;
        assert_eq!(refused, (1, KeyConflict::Taken { key: Key::char('x'), other: stop }));
        // The same from a change of the other side, and between two changes the later one.
        assert_eq!(Keymap::default().with(&[change(None, V::Stop, "?")]).unwrap_err().0, 0);
        let both = [change(None, V::Mark, "T"), change(None, V::Note, "T")];
        assert_eq!(Keymap::default().with(&both).unwrap_err().0, 1);
        // A key of Charts is free in Logs.
        assert!(Keymap::default().with(&[change(Some(C::Logs), V::Refresh, "z")]).is_ok());
        let missing = Keymap::default().with(&[change(Some(C::Runs), V::ZoomIn, "i")]);
        assert_eq!(missing, Err((0, KeyConflict::NoAction)));
        assert_eq!(Keymap::default().with(&[change(None, V::Download, "i")]), Err((0, KeyConflict::NoAction)));
    }
}
