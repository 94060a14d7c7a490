//! Beyond the study: the three models on HOG features on one yardstick, cost and answers as well as accuracy.
//!
//! Does not depend on files.

use super::groups::Group;
use super::markdown::Table;
use super::tables::{MISSING, ReportGroups, mean};
use super::text::{four_digits, size, span};
use crate::protocol::DatasetInfo;
use crate::state::{Figure, compare_answers, model_bytes, summarise};
use crate::study::published::{CLASSES, Experiment, Metric};

/// The models of section 6 and what they are called.
pub(crate) const MODELS: [(Experiment, &str); 3] =
    [(Experiment::HogNetwork, "Neural network"), (Experiment::Knn, "k-NN"), (Experiment::Svm, "SVM")];

fn mean_of(group: Option<&Group<'_>>, figure: Figure) -> Option<f64> {
    summarise(group?.finished.iter().copied(), figure).map(|summary| summary.mean)
}

/// Accuracy, F1 of each class, and what a model costs: one column a model.
pub(crate) fn table(shelf: ReportGroups<'_>, data: Option<&DatasetInfo>) -> Table {
    let mut table = Table::new(std::iter::once("").chain(MODELS.iter().map(|(_, name)| *name)));
    let mut row = |name: String, cell: &dyn Fn(Option<&Group<'_>>) -> Option<String>| {
        let cells = MODELS.map(|(experiment, _)| cell(shelf.experiment(experiment)).unwrap_or(MISSING.to_owned()));
        table.row(std::iter::once(name).chain(cells));
    };
    row("Test accuracy".to_owned(), &|group| Some(mean(group?.summary(Metric::TestAccuracy))));
    for class in 0..CLASSES {
        row(format!("F1 of {class}"), &|group| Some(four_digits(Some(group?.summary(Metric::F1(class))?.mean))));
    }
    row("Time to fit".to_owned(), &|group| mean_of(group, Figure::FitSeconds).map(span));
    row("Time to predict an image".to_owned(), &|group| mean_of(group, Figure::PredictSecondsPerImage).map(span));
    row("Size of the model".to_owned(), &|group| model_bytes(group?.finished.first()?, data?).map(size));
    table
}

/// McNemar's test between any two of the models, on the same test images.
pub(crate) fn tests(shelf: ReportGroups<'_>) -> Table {
    let mut table = Table::new(["McNemar's test", "only the first is wrong", "only the second is wrong", "p"]);
    for (at, (one, first)) in MODELS.into_iter().enumerate() {
        for (other, second) in &MODELS[at + 1..] {
            let run = |experiment| shelf.experiment(experiment).and_then(|group| group.finished.first().copied());
            let test = run(one).zip(run(*other)).and_then(|(one, other)| compare_answers(one, other));
            let figures = test.map_or([(); 3].map(|()| MISSING.to_owned()), |test| {
                let p = if test.p < 0.001 { "<0.001".to_owned() } else { format!("{:.3}", test.p) };
                [test.only_a_wrong.to_string(), test.only_b_wrong.to_string(), p]
            });
            table.row(std::iter::once(format!("{first} against {second}")).chain(figures));
        }
    }
    table
}
