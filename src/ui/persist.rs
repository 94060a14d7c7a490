//! The part of a view that outlives the program: open tab, selection, marks, filter.
//!
//! Does not depend on where it is kept.

use super::library::{ORDERS, selected_path};
use super::model::{Model, Tab};
use super::tab_state::{LogsViewState, ViewState};
use crate::state::Axis;

/// The axes in the order in which they are remembered.
const AXES: [Axis; 3] = [Axis::Epoch, Axis::Step, Axis::Seconds];

impl Model {
    /// What is worth remembering of this view of a session.
    #[must_use]
    pub fn view_facts(&self) -> ViewState {
        ViewState {
            tab: self.tab.title().to_owned(),
            selected: self.selected.as_ref().map(ToString::to_string),
            marks: self.marks.iter().map(ToString::to_string).collect(),
            filter: self.filter.clone(),
            metric: self.charts.metric.clone(),
            axis: AXES.iter().position(|axis| *axis == self.charts.axis).unwrap_or(0) as u8,
            grouping: self.charts.grouping.clone(),
            comparison: Some(self.compare.grouping.clone()),
        }
    }

    /// Takes a remembered view up again; runs that are gone are forgotten once the session is known.
    pub fn recall(&mut self, facts: &ViewState) {
        if let Some(tab) = Tab::named(&facts.tab) {
            self.tab = tab;
        }
        if let Some(selected) = &facts.selected {
            self.selected = Some(selected.as_str().into());
        }
        self.recall_filter(&facts.filter);
        self.recall_marks(facts);
    }

    /// Takes the marks and the charts of a remembered view up again, for a session that was opened on purpose.
    pub fn recall_marks(&mut self, facts: &ViewState) {
        self.marks = facts.marks.iter().map(|id| id.as_str().into()).collect();
        if !facts.metric.is_empty() {
            self.charts.metric.clone_from(&facts.metric);
        }
        self.charts.axis = AXES.get(usize::from(facts.axis)).copied().unwrap_or_default();
        self.charts.grouping.clone_from(&facts.grouping);
        self.compare.grouping = facts.comparison.clone().unwrap_or_else(|| super::groups::NAME.to_owned());
    }

    /// What is worth remembering of the list of sessions.
    #[must_use]
    pub fn log_facts(&self) -> LogsViewState {
        LogsViewState {
            selected: self.logs.recalled.clone().or_else(|| selected_path(self)),
            marks: self.logs.marks.iter().cloned().collect(),
            open: self.logs.open.iter().cloned().collect(),
            sort: ORDERS[self.logs.order.column % ORDERS.len()].to_owned(),
            reversed: self.logs.order.reversed,
        }
    }

    /// Takes a remembered list of sessions up again.
    pub fn recall_logs(&mut self, facts: &LogsViewState) {
        self.logs.recalled.clone_from(&facts.selected);
        self.logs.marks = facts.marks.iter().cloned().collect();
        self.logs.open = facts.open.iter().cloned().collect();
        self.logs.order.column = ORDERS.iter().position(|order| *order == facts.sort).unwrap_or(0);
        self.logs.order.reversed = facts.reversed;
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
        model.charts.axis = Axis::Seconds;
        model.charts.grouping = Some("learning_rate".to_owned());
        model.compare.grouping = "regulariser.l2".to_owned();
        let facts = model.view_facts();
        let text = serde_json::to_string(&facts).unwrap();
        let mut other = Model::new(Settings::default());
        other.recall(&serde_json::from_str(&text).unwrap());
        assert_eq!(other.view_facts(), facts);
    }

    #[test]
    fn the_list_of_sessions_returns() {
        let mut model = Model::new(Settings::default());
        model.logs.marks.insert("logs/a/runs/relu-s1.jsonl".to_owned());
        model.logs.open.insert("logs/a".to_owned());
        model.logs.order.column = 3;
        model.logs.recalled = Some("logs/a".to_owned());
        let facts = model.log_facts();
        let text = serde_json::to_string(&facts).unwrap();
        let mut other = Model::new(Settings::default());
        other.recall_logs(&serde_json::from_str(&text).unwrap());
        assert_eq!(other.log_facts(), facts);
    }
}
