//! Figures 1 to 10 of the study, and those beyond it, as charts of the runs that are there.
//!
//! Does not depend on files or Markdown.

use super::axis::Scale;
use super::chart::{Chart, Curve, CurveStyle, Level, Stroke};
use super::curves::{Course, binned, pointwise};
use super::groups::{Group, sweep};
use super::sweeps::short;
use super::tables::ReportGroups;
use crate::protocol::{Activation, Regulariser, Spec};
use crate::state::same_result;
use crate::study::published::{self, Experiment, Metric};

/// A figure and what it could not show.
#[derive(Clone, Debug)]
pub(crate) struct Figure {
    /// The file's name without its ending.
    pub(crate) file: String,
    /// `Figure 1: ...`.
    pub(crate) caption: String,
    /// The picture; absent when every curve is missing.
    pub(crate) chart: Option<Chart>,
    /// Curves that should be there, and no run that ended has them.
    pub(crate) missing: Vec<String>,
}

/// A figure under construction.
struct Sketch {
    chart: Chart,
    missing: Vec<String>,
}

impl Sketch {
    fn new(title: &str, y: &str, scale: Scale) -> Self {
        let chart = Chart {
            title: title.to_owned(),
            x: ("iterations".to_owned(), Scale::Linear),
            y: (y.to_owned(), scale),
            curves: Vec::new(),
            levels: Vec::new(),
        };
        Self { chart, missing: Vec::new() }
    }

    fn curve(&mut self, name: &str, ink: CurveStyle, stroke: Stroke, course: Option<Course>, with_band: bool) {
        let Some(course) = course else {
            self.missing.push(name.to_owned());
            return;
        };
        let band = if with_band { course.band } else { Vec::new() };
        self.chart.curves.push(Curve { name: name.to_owned(), ink, stroke, points: course.points, band });
    }

    fn level(&mut self, name: &str, y: f64) {
        self.chart.levels.push(Level { name: name.to_owned(), y });
    }

    fn finish(self, file: &'static str, caption: &str) -> Figure {
        let chart = (!self.chart.curves.is_empty()).then_some(self.chart);
        Figure { file: file.to_owned(), caption: caption.to_owned(), chart, missing: self.missing }
    }
}

const LOSS: &str = "cross-entropy";

/// The baseline with another regulariser.
pub(crate) fn regularised(change: impl FnOnce(&mut Regulariser)) -> Spec {
    let mut spec = Spec::default();
    change(&mut spec.regulariser);
    spec
}

/// Another activation on the study's schedule.
pub(crate) fn activated(activation: Activation) -> Spec {
    Spec { activation, ..Spec::default() }
}

/// The group with exactly these settings.
pub(crate) fn with_spec<'a>(shelf: ReportGroups<'a>, spec: &Spec) -> Option<&'a Group<'a>> {
    shelf.groups.iter().find(|group| same_result(group.spec, spec))
}

fn losses(
    shelf: ReportGroups<'_>,
    experiment: Experiment,
    file: &'static str,
    number: u32,
    what: &str,
    scale: Scale,
) -> Figure {
    let group = shelf.experiment(experiment);
    let mut sketch = Sketch::new(&format!("Training and test loss, {what}"), LOSS, scale);
    let train = group.and_then(|group| binned(group, "train_loss"));
    sketch.curve("training loss", CurveStyle::Blue, Stroke::Solid, train, true);
    let test = group.and_then(|group| pointwise(group, "test_loss"));
    sketch.curve("test loss", CurveStyle::Vermilion, Stroke::Dashed, test, false);
    let runs = group.map_or(0, |group| group.finished.len());
    let runs = if runs == 1 { "one run".to_owned() } else { format!("mean of {runs} runs") };
    let caption = format!(
        "Figure {number}: training and test loss with the number of iterations, {what}; {runs}, shaded from the lowest to \
         the highest of neighbouring batches"
    );
    sketch.finish(file, &caption)
}

fn learning_rates(shelf: ReportGroups<'_>) -> Figure {
    let mut sketch = Sketch::new("Training loss by learning rate, sigmoid", LOSS, Scale::Log);
    for (index, rate) in published::LEARNING_RATES.into_iter().enumerate() {
        let group = with_spec(shelf, &Spec { learning_rate: rate, ..Spec::default() });
        let ink = CurveStyle::ROUND[index % CurveStyle::ROUND.len()];
        let course = group.and_then(|group| binned(group, "train_loss"));
        sketch.curve(&format!("rate {}", short(f64::from(rate))), ink, Stroke::Solid, course, false);
    }
    sketch.finish("figure-02", "Figure 2: training loss as a function of the learning rate")
}

fn inactive(shelf: ReportGroups<'_>) -> Figure {
    let mut sketch = Sketch::new("Inactive neurons", "share of all hidden neurons", Scale::Linear);
    let kinds = [
        (Experiment::Relu, "ReLU", CurveStyle::Vermilion, Stroke::Solid),
        (Experiment::Tanh, "tanh", CurveStyle::Green, Stroke::Solid),
        (Experiment::Sigmoid, "sigmoid", CurveStyle::Blue, Stroke::Solid),
    ];
    for (experiment, name, ink, stroke) in kinds {
        let course = shelf.experiment(experiment).and_then(|group| binned(group, "inactive"));
        sketch.curve(name, ink, stroke, course, false);
    }
    if shelf.with_study {
        sketch.level("the study's ReLU: about 0.5 at first, above 0.9 at the end", published::INACTIVE_RELU_FIRST);
        sketch.level("", published::INACTIVE_RELU_LAST);
    }
    sketch.finish("figure-05", "Figure 5: share of inactive neurons with the number of iterations")
}

/// The four curves of figures 6 and 7. Forward noise of this size changes next to nothing, so one of each pair of curves
/// lies on the other: the upper one is dashed.
fn noises(shelf: ReportGroups<'_>) -> [(&'static str, CurveStyle, Stroke, Option<&Group<'_>>); 4] {
    let forward = regularised(|regulariser| regulariser.forward_noise = published::NOISE);
    let backward = regularised(|regulariser| regulariser.backward_noise = published::NOISE);
    let both = regularised(|regulariser| {
        regulariser.forward_noise = published::NOISE;
        regulariser.backward_noise = published::NOISE;
    });
    [
        ("no noise", CurveStyle::Sky, Stroke::Solid, shelf.experiment(Experiment::Sigmoid)),
        ("noise forward", CurveStyle::Black, Stroke::Dashed, with_spec(shelf, &forward)),
        ("noise backward", CurveStyle::Orange, Stroke::Solid, with_spec(shelf, &backward)),
        ("noise in both", CurveStyle::Vermilion, Stroke::Dashed, with_spec(shelf, &both)),
    ]
}

fn noise_train(shelf: ReportGroups<'_>) -> Figure {
    let mut sketch = Sketch::new("Training loss with noise of deviation 0.01, sigmoid", LOSS, Scale::Linear);
    for (name, ink, stroke, group) in noises(shelf) {
        let course = group.and_then(|group| binned(group, "train_loss"));
        sketch.curve(name, ink, stroke, course, false);
    }
    sketch.finish("figure-06", "Figure 6: training loss with Gaussian noise added while training")
}

fn noise_test(shelf: ReportGroups<'_>) -> Figure {
    let mut sketch = Sketch::new("Test loss with noise of deviation 0.01, sigmoid", LOSS, Scale::Linear);
    for (name, ink, stroke, group) in noises(shelf) {
        let course = group.and_then(|group| pointwise(group, "test_loss"));
        sketch.curve(name, ink, stroke, course, false);
    }
    sketch.finish("figure-07", "Figure 7: test loss with Gaussian noise added while training")
}

fn l2(shelf: ReportGroups<'_>) -> Figure {
    let mut sketch = Sketch::new("Training loss with and without L2, sigmoid", LOSS, Scale::Linear);
    let kinds = [
        (Experiment::Sigmoid, "without", CurveStyle::Blue, Stroke::Solid),
        (Experiment::L2, "lambda 0.0001", CurveStyle::Vermilion, Stroke::Dashed),
    ];
    for (experiment, name, ink, stroke) in kinds {
        let course = shelf.experiment(experiment).and_then(|group| binned(group, "train_loss"));
        sketch.curve(name, ink, stroke, course, false);
    }
    sketch.finish("figure-09", "Figure 9: training loss with and without L2 regularisation")
}

/// Figures 1 to 10, in their order.
pub(crate) fn of_the_study(shelf: ReportGroups<'_>) -> [Figure; 10] {
    [
        losses(shelf, Experiment::Sigmoid, "figure-01", 1, "sigmoid", Scale::Linear),
        learning_rates(shelf),
        losses(shelf, Experiment::Tanh, "figure-03", 3, "tanh", Scale::Log),
        losses(shelf, Experiment::Relu, "figure-04", 4, "ReLU", Scale::Log),
        inactive(shelf),
        noise_train(shelf),
        noise_test(shelf),
        losses(shelf, Experiment::Augmentation, "figure-08", 8, "augmented data", Scale::Log),
        l2(shelf),
        losses(shelf, Experiment::HogNetwork, "figure-10", 10, "HOG features", Scale::Log),
    ]
}

/// Inactive neurons under the rectifiers that the study proposes and does not try.
pub(crate) fn rectifiers(shelf: ReportGroups<'_>) -> Figure {
    let mut sketch = Sketch::new("Inactive neurons of rectifiers", "share of all hidden neurons", Scale::Linear);
    let kinds = [
        (Activation::Relu, "ReLU", CurveStyle::Vermilion),
        (Activation::LeakyRelu, "leaky ReLU", CurveStyle::Blue),
        (Activation::Prelu, "PReLU", CurveStyle::Green),
    ];
    for (activation, name, ink) in kinds {
        let course = with_spec(shelf, &activated(activation)).and_then(|group| binned(group, "inactive"));
        sketch.curve(name, ink, Stroke::Solid, course, false);
    }
    sketch.finish("figure-11", "Figure 11 (beyond the study): inactive neurons with leaky ReLU and PReLU")
}

/// Test accuracy over the deviation of forward and backward noise, and over the learning rate.
pub(crate) fn accuracy_over(
    shelf: ReportGroups<'_>,
    file: &'static str,
    caption: &str,
    x: &str,
    keys: &[(&str, &str)],
) -> Figure {
    let title = caption.split_once(": ").map_or(caption, |(_, title)| title);
    let mut sketch = Sketch::new(&capital(title), "test accuracy", Scale::Linear);
    sketch.chart.x = (x.to_owned(), Scale::Log);
    for (index, (key, name)) in keys.iter().enumerate() {
        let points: Vec<(f64, f64)> = sweep(shelf.groups, &Spec::default(), key)
            .into_iter()
            .filter_map(|(value, group)| Some((short(value).parse().ok()?, group.summary(Metric::TestAccuracy)?.mean)))
            .collect();
        let course = (points.len() > 1).then_some(Course { points, band: Vec::new() });
        sketch.curve(name, CurveStyle::ROUND[index % CurveStyle::ROUND.len()], Stroke::Dots, course, false);
    }
    sketch.finish(file, caption)
}

/// The words with a capital first letter.
fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}
