//! The part of a view that outlives the program: open tab, selection, marks, filter.
//!
//! Must not know where it is kept.

use super::facts::ViewFacts;
use super::model::{Model, Tab};

impl Model {
    /// What is worth remembering of this view.
    #[must_use]
    pub fn view_facts(&self) -> ViewFacts {
        ViewFacts {
            tab: self.tab.title().to_owned(),
            selected: self.selected.as_ref().map(ToString::to_string),
            marks: self.marks.iter().map(ToString::to_string).collect(),
            filter: self.filter.clone(),
            metric: self.charts.metric.clone(),
        }
    }

    /// Takes a remembered view up again; runs that are gone are forgotten once the session is known.
    pub fn recall(&mut self, facts: &ViewFacts) {
        if let Some(tab) = Tab::named(&facts.tab) {
            self.tab = tab;
        }
        if let Some(selected) = &facts.selected {
            self.selected = Some(selected.as_str().into());
        }
        self.marks = facts.marks.iter().map(|id| id.as_str().into()).collect();
        self.set_filter(&facts.filter);
        if !facts.metric.is_empty() {
            self.charts.metric.clone_from(&facts.metric);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::Settings;

    #[test]
    fn a_view_returns() {
        let mut model = Model::new(Settings::default());
        model.tab = Tab::Compare;
        model.marks.insert("relu-s1".into());
        model.set_filter("acc>0.9");
        let facts = model.view_facts();
        let text = serde_json::to_string(&facts).unwrap();
        let mut other = Model::new(Settings::default());
        other.recall(&serde_json::from_str(&text).unwrap());
        assert_eq!(other.view_facts(), facts);
    }
}
