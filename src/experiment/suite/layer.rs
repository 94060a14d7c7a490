//! Settings as they stand in one JSON object: each with the values it takes, several where a list makes a grid.
//!
//! Does not depend on files, seeds or names of runs.

use super::error::{Place, SuiteError, nearest, shown};
use super::fields::{is_grid, label, refuse, words};
use crate::protocol::spec_fields::{FIELDS, FieldKind, GROUPS, SpecField, named};
use serde_json::{Map, Value};

/// A setting or a group of them, and the values it takes in turn.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Axis {
    /// The dotted key.
    pub(super) key: String,
    /// Whether the values stood in a list, so that run ids name them.
    pub(super) is_grid: bool,
    /// The values, at least one.
    pub(super) choices: Vec<Choice>,
}

/// One value of an axis: what it sets, and how a run id names it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Choice {
    pub(super) label: String,
    pub(super) sets: Vec<(&'static str, Value)>,
}

/// One combination of a grid: the labels of its values, and what it sets.
pub(super) type GridCell = (Vec<String>, Vec<(&'static str, Value)>);

/// Settings in the order in which they were written.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Layer {
    pub(super) axes: Vec<Axis>,
}

impl Layer {
    /// Reads the settings of `object`; keys in `others` belong to someone else and are passed over.
    pub(super) fn read(object: &Map<String, Value>, place: &Place, others: &[&str]) -> Result<Self, SuiteError> {
        let mut layer = Self::default();
        for (key, value) in object {
            if !others.contains(&key.as_str()) {
                layer.read_key(key, value, &place.key(key), others)?;
            }
        }
        Ok(layer)
    }

    /// Reads one setting or group at its dotted `key`.
    pub(super) fn read_key(
        &mut self,
        key: &str,
        value: &Value,
        place: &Place,
        others: &[&str],
    ) -> Result<(), SuiteError> {
        if let Some(field) = named(key) {
            if self.axes.iter().any(|older| older.key == field.key) {
                return Err(SuiteError::Value {
                    place: place.clone(),
                    found: format!("{} a second time", field.key),
                    suggestion: None,
                    allowed: "each setting once, by its key or by a short name".to_owned(),
                });
            }
            self.axes.push(field_axis(field, value, place)?);
        } else if GROUPS.contains(&key) {
            match value {
                Value::Object(object) => {
                    for (inner, value) in object {
                        self.read_key(&format!("{key}.{inner}"), value, &place.key(inner), &[])?;
                    }
                }
                _ => self.axes.push(group_axis(key, value, place)?),
            }
        } else {
            return Err(unknown(key, place, others));
        }
        Ok(())
    }

    /// These settings with those of `above` in their place where both name one, in the order of the older.
    pub(super) fn overlaid(&self, above: &Self) -> Self {
        let mut axes = self.axes.clone();
        for axis in &above.axes {
            // Beside a list of whole groups the order decides who has the last word, so the newer goes to the end.
            let group = axis.key.split_once('.').map(|(group, _)| group);
            if axes.iter().any(|older| Some(older.key.as_str()) == group) {
                axes.retain(|older| older.key != axis.key);
            }
            match axes.iter_mut().find(|older| older.key == axis.key) {
                Some(older) => *older = axis.clone(),
                None => axes.push(axis.clone()),
            }
        }
        Self { axes }
    }

    /// How many combinations the grids make; `None` when beyond counting.
    pub(super) fn combinations(&self) -> Option<usize> {
        self.axes.iter().try_fold(1_usize, |product, axis| product.checked_mul(axis.choices.len()))
    }

    /// Every combination of the axes, the last axis running fastest: the labels of the grids' values, and what is set.
    pub(super) fn grid(&self) -> Vec<GridCell> {
        let mut cells: Vec<GridCell> = vec![(Vec::new(), Vec::new())];
        for axis in &self.axes {
            cells = cells
                .into_iter()
                .flat_map(|(labels, sets)| {
                    axis.choices.iter().map(move |choice| {
                        let mut labels = labels.clone();
                        if axis.is_grid {
                            labels.push(choice.label.clone());
                        }
                        let mut sets = sets.clone();
                        sets.extend(choice.sets.iter().cloned());
                        (labels, sets)
                    })
                })
                .collect();
        }
        cells
    }
}

fn field_axis(field: &'static SpecField, value: &Value, place: &Place) -> Result<Axis, SuiteError> {
    let choice = |value: &Value, place: &Place| match refuse(field.kind, value) {
        Some(allowed) => Err(refused(field.kind, value, allowed, place)),
        None => Ok(Choice { label: self::label(field, value), sets: vec![(field.key, value.clone())] }),
    };
    let (is_grid, choices) = match value {
        Value::Array(list) if is_grid(field.kind, list) => (true, grid_choices(list, place, choice)?),
        one => (false, vec![choice(one, place)?]),
    };
    Ok(Axis { key: field.key.to_owned(), is_grid, choices })
}

/// A list of objects at a group's key: each is one value of the grid.
fn group_axis(key: &str, value: &Value, place: &Place) -> Result<Axis, SuiteError> {
    let allowed = || format!("an object of {}, or a list of such objects", inner_keys(key).join(", "));
    let wrong = |value: &Value, place: &Place| SuiteError::Value {
        place: place.clone(),
        found: shown(value),
        suggestion: None,
        allowed: allowed(),
    };
    let list = value.as_array().ok_or_else(|| wrong(value, place))?;
    let choices = grid_choices(list, place, |element, place| {
        let object = element.as_object().ok_or_else(|| wrong(element, place))?;
        let mut inner = Layer::default();
        for (name, value) in object {
            inner.read_key(&format!("{key}.{name}"), value, &place.key(name), &[])?;
        }
        if inner.axes.iter().any(|axis| axis.is_grid) {
            return Err(SuiteError::Value {
                place: place.clone(),
                found: shown(element),
                suggestion: None,
                allowed: "one value at each key: this is a grid already".to_owned(),
            });
        }
        let choices: Vec<Choice> = inner.axes.into_iter().flat_map(|axis| axis.choices).collect();
        let label = choices.iter().map(|choice| choice.label.as_str()).collect::<Vec<_>>().join("-");
        let label = if label.is_empty() { "plain".to_owned() } else { label };
        Ok(Choice { label, sets: choices.into_iter().flat_map(|choice| choice.sets).collect() })
    })?;
    Ok(Axis { key: key.to_owned(), is_grid: true, choices })
}

fn grid_choices(
    list: &[Value],
    place: &Place,
    choice: impl Fn(&Value, &Place) -> Result<Choice, SuiteError>,
) -> Result<Vec<Choice>, SuiteError> {
    let refuse = |place: Place, found: String, allowed: &str| {
        Err(SuiteError::Value { place, found, suggestion: None, allowed: allowed.to_owned() })
    };
    if list.is_empty() {
        return refuse(place.clone(), "[]".to_owned(), "a value, or a list of at least one");
    }
    let mut choices: Vec<Choice> = Vec::with_capacity(list.len());
    for (index, value) in list.iter().enumerate() {
        let made = choice(value, &place.index(index))?;
        if choices.iter().any(|older| older.sets == made.sets) {
            return refuse(place.index(index), format!("{} a second time", shown(value)), "each value once");
        }
        choices.push(made);
    }
    Ok(choices)
}

fn refused(kind: FieldKind, value: &Value, allowed: String, place: &Place) -> SuiteError {
    let suggestion = value.as_str().and_then(|word| nearest(word, words(kind).iter().copied()));
    SuiteError::Value { place: place.clone(), found: shown(value), suggestion, allowed }
}

fn inner_keys(group: &str) -> Vec<&'static str> {
    FIELDS.iter().filter_map(|field| field.key.strip_prefix(group)?.strip_prefix('.')).collect()
}

/// An error that names the keys which exist where `key` was found.
pub(super) fn unknown(key: &str, place: &Place, others: &[&str]) -> SuiteError {
    let (group, last) = match key.split_once('.') {
        Some((group, rest)) if GROUPS.contains(&group) => (Some(group), rest),
        _ => (None, key),
    };
    let settings = FIELDS.iter().map(|field| field.key).filter(|key| !key.contains('.'));
    let candidates: Vec<&str> = match group {
        Some(group) => inner_keys(group),
        None => others.iter().copied().chain(settings).chain(GROUPS.iter().copied()).collect(),
    };
    // A key that exists, only elsewhere: `regulariser.k` where `k` is meant.
    let deeper = FIELDS.iter().map(|field| field.key).find(|whole| whole.rsplit('.').next() == Some(last));
    let short = FIELDS
        .iter()
        .filter(|field| group.is_none_or(|group| field.key.split_once('.').is_some_and(|(own, _)| own == group)))
        .flat_map(|field| field.aliases.iter().copied());
    SuiteError::UnknownKey {
        place: place.clone(),
        suggestion: deeper
            .map(str::to_owned)
            .or_else(|| nearest(last, candidates.iter().copied()))
            .or_else(|| nearest(last, short)),
        allowed: candidates.join(", "),
    }
}
