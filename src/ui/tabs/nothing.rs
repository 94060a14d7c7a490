//! What a page says that has nothing to show: why, and what would help.

use crate::ui::model::Model;

/// Why a page is empty: no run passes the filter; the selected run, or every run where none is selected, is another
/// program's and has nothing for this page; else `otherwise`.
pub(super) fn reason(model: &Model, foreign: &'static str, otherwise: &'static str) -> &'static str {
    let runs = model.session.runs();
    if !runs.is_empty() && !model.filter.is_empty() && model.listed().is_empty() {
        return "no run passes the filter: esc clears it";
    }
    let is_foreign = match model.run() {
        Some(run) => run.spec.is_none() && run.series.values().next().is_some(),
        None => !runs.is_empty() && runs.iter().all(|run| run.spec.is_none()),
    };
    if is_foreign { foreign } else { otherwise }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{RunPlan, Spec, Update};
    use crate::ui::Settings;
    use std::sync::Arc;

    #[test]
    fn a_filter_that_hides_all_is_the_reason() {
        let mut model = Model::new(Settings::default());
        assert_eq!(reason(&model, "foreign", "nothing yet"), "nothing yet");
        let spec = Arc::new(Spec::default());
        let plan = RunPlan { run: "a".into(), name: "a".into(), order: 0, seed: 0, spec, fork_of: None };
        model.apply(&Update::Planned { plan });
        assert_eq!(reason(&model, "foreign", "nothing yet"), "nothing yet");
        model.set_filter("elsewhere");
        assert!(reason(&model, "foreign", "nothing yet").contains("filter"));
    }
}
