//! What the study published: Sahoo, "MNIST Classification using Multilayer Neural Networks", September 2019, tables 1
//! to 12 and the figures that its text names, as plain data.
//!
//! The figures hold for MNIST and for the study's own settings: [`Experiment::of`] recognises those from a complete
//! [`Spec`], and [`DATASET`] names the only data set that they may be set beside. Does not depend on what perceptop measured.

use crate::protocol::{Activation, Augmentation, Family, Features, HogSettings, Spec};
use crate::state::same_result;

/// The data set's name in a log that may be compared with the study.
pub const DATASET: &str = "MNIST";

/// Classes of the study's data.
pub const CLASSES: usize = 10;

/// A table of counts: true class down, predicted class across.
pub type Counts = [[u32; CLASSES]; CLASSES];

/// One value for each class.
pub type PerClass = [f64; CLASSES];

/// The models whose figures the study tabulates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Experiment {
    /// The baseline, section 3.
    Sigmoid,
    /// Section 4.1.
    Tanh,
    /// Section 4.2.
    Relu,
    /// The baseline on clean and noisy images, section 5.2.
    Augmentation,
    /// The baseline with a weight penalty, lambda = 0.0001, section 5.3.
    L2,
    /// The network on histograms of oriented gradients, section 6.1.
    HogNetwork,
    /// Three nearest neighbours on the same features, section 6.2.
    Knn,
    /// Linear support vector machine on the same features, section 6.2.
    Svm,
}

/// A figure that the study tabulates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Metric {
    /// Cross-entropy while training.
    TrainLoss,
    /// Cross-entropy on the test set.
    TestLoss,
    /// Share of right answers on the test set, 0 to 1.
    TestAccuracy,
    /// Equation 1, of this class.
    Precision(usize),
    /// Equation 2, of this class.
    Recall(usize),
    /// Equation 3, of this class.
    F1(usize),
}

/// A published figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Published {
    /// The mean over the study's runs.
    pub mean: f64,
    /// The standard deviation over them, where the study gives it.
    pub deviation: Option<f64>,
    /// How many runs it is the mean of.
    pub n: u32,
    /// The number of the table that says so.
    pub table: u32,
}

impl Experiment {
    /// All of them, in the order of the study.
    pub const ALL: [Self; 8] =
        [Self::Sigmoid, Self::Tanh, Self::Relu, Self::Augmentation, Self::L2, Self::HogNetwork, Self::Knn, Self::Svm];

    /// The experiment's name in `configs/`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sigmoid => "sigmoid",
            Self::Tanh => "tanh",
            Self::Relu => "relu",
            Self::Augmentation => "augmentation",
            Self::L2 => "l2",
            Self::HogNetwork => "hog-network",
            Self::Knn => "knn",
            Self::Svm => "svm",
        }
    }

    /// The study's settings. What its text leaves open is read as README says.
    #[must_use]
    pub fn spec(self) -> Spec {
        let mut spec = Spec::default();
        match self {
            Self::Sigmoid => {}
            Self::Tanh => spec.activation = Activation::Tanh,
            Self::Relu => spec.activation = Activation::Relu,
            Self::Augmentation => spec.regulariser.augment = Augmentation::STUDY,
            Self::L2 => spec.regulariser.l2 = 1e-4,
            Self::HogNetwork => {
                spec.hidden = vec![300, 150, 70];
                spec.activation = Activation::Relu;
            }
            Self::Knn => spec.family = Family::Knn,
            Self::Svm => spec.family = Family::Svm,
        }
        if matches!(self, Self::HogNetwork | Self::Knn | Self::Svm) {
            spec.features = Features::Hog(HogSettings::default());
        }
        spec
    }

    /// The experiment of the study that a run with these settings repeats, or `None` when any setting that the result
    /// depends on differs. How often something is logged, measured or saved does not matter.
    #[must_use]
    pub fn of(spec: &Spec) -> Option<Self> {
        Self::ALL.into_iter().find(|experiment| same_result(&experiment.spec(), spec))
    }

    /// The published confusion table: tables 1, 5 and 6.
    #[must_use]
    pub fn confusion(self) -> Option<&'static Counts> {
        match self {
            Self::Sigmoid => Some(&CONFUSION_SIGMOID),
            Self::Tanh => Some(&CONFUSION_TANH),
            Self::Relu => Some(&CONFUSION_RELU),
            _ => None,
        }
    }

    /// The published figure; `None` where the study has none.
    #[must_use]
    pub fn published(self, metric: Metric) -> Option<Published> {
        let row = match self {
            Self::Sigmoid => 0,
            Self::Tanh => 1,
            Self::Relu => 2,
            _ => return self.summary(metric),
        };
        let (table, class, values) = match metric {
            Metric::Precision(class) => (8, class, &PRECISION),
            Metric::Recall(class) => (9, class, &RECALL),
            Metric::F1(class) => (10, class, &F1),
            _ => return self.summary(metric),
        };
        values[row].get(class).map(|&mean| Published { mean, deviation: None, n: 5, table })
    }

    /// Tables 7, 11 and 12.
    fn summary(self, metric: Metric) -> Option<Published> {
        let (table, n, train_loss, test_loss, accuracy, deviation) = match self {
            Self::Sigmoid => (7, 5, Some(0.3089), Some(0.2740), 0.9212, Some(0.0014)),
            Self::Tanh => (7, 5, Some(0.0292), Some(0.0680), 0.9784, Some(0.0005)),
            Self::Relu => (7, 5, Some(0.0037), Some(0.0653), 0.9805, Some(0.0008)),
            Self::Augmentation => (11, 3, Some(0.0995), Some(0.1836), 0.9463, Some(0.0002)),
            Self::L2 => (11, 3, Some(0.2976), Some(0.2879), 0.9160, Some(0.0008)),
            Self::HogNetwork => (12, 3, Some(0.0410), Some(0.0733), 0.9761, Some(0.0006)),
            Self::Knn => (12, 1, None, None, 0.9631, None),
            Self::Svm => (12, 1, None, None, 0.9691, None),
        };
        let (mean, deviation) = match metric {
            Metric::TrainLoss => (train_loss?, None),
            Metric::TestLoss => (test_loss?, None),
            Metric::TestAccuracy => (accuracy, deviation),
            _ => return None,
        };
        Some(Published { mean, deviation, n, table })
    }
}

/// The published figure of the experiment with this name in `configs/`, for callers that have made sure of the data set
/// and of the settings ([`Experiment::of`]).
#[must_use]
pub fn published(experiment_name: &str, metric: Metric) -> Option<Published> {
    let experiment = Experiment::ALL.into_iter().find(|experiment| experiment.name() == experiment_name)?;
    experiment.published(metric)
}

/// Learning rates of figure 2, smallest first.
pub const LEARNING_RATES: [f32; 6] = [1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0];

/// Deviation of the noise in figures 6 and 7.
pub const NOISE: f32 = 0.01;

/// Section 5.1: with forward noise of deviation 1 the accuracy "decreases to" about this.
pub const ACCURACY_AT_FORWARD_NOISE_1: f64 = 0.86;

/// Section 5.1: the loss "explodes" with backward noise above this deviation.
pub const BACKWARD_NOISE_LIMIT: f32 = 0.05;

/// Section 5.3: the winner of the grid from 1e-5 to 1.
pub const BEST_L2: f32 = 1e-4;

/// Section 3: the learning rate chosen on a grid from 1e-6 to 10.
pub const LEARNING_RATE: f32 = 0.05;

/// Section 4.4: the share of inactive neurons with ReLU is "approximately half in the beginning".
pub const INACTIVE_RELU_FIRST: f64 = 0.5;

/// Section 4.4: and "higher than" this at the end, with sigmoid and tanh "significantly lower".
pub const INACTIVE_RELU_LAST: f64 = 0.9;

/// Table 1.
static CONFUSION_SIGMOID: Counts = [
    [956, 0, 5, 1, 1, 7, 6, 2, 2, 0],
    [0, 1108, 2, 2, 1, 3, 4, 1, 12, 0],
    [13, 8, 933, 6, 9, 3, 17, 9, 30, 3],
    [2, 1, 25, 900, 0, 40, 1, 12, 20, 6],
    [3, 2, 6, 1, 907, 0, 12, 1, 4, 42],
    [10, 3, 4, 33, 6, 778, 13, 5, 31, 8],
    [12, 3, 6, 0, 9, 16, 905, 0, 6, 0],
    [4, 14, 24, 3, 6, 1, 0, 940, 2, 33],
    [4, 10, 7, 15, 10, 30, 14, 3, 867, 13],
    [12, 10, 1, 8, 30, 8, 0, 11, 4, 923],
];

/// Table 5.
static CONFUSION_TANH: Counts = [
    [971, 0, 2, 1, 0, 1, 1, 1, 1, 0],
    [0, 1121, 2, 3, 0, 1, 2, 1, 2, 0],
    [2, 0, 1016, 4, 1, 0, 2, 3, 2, 0],
    [0, 0, 3, 992, 0, 0, 0, 3, 3, 6],
    [0, 0, 4, 1, 965, 1, 2, 1, 1, 6],
    [3, 1, 0, 16, 2, 856, 5, 1, 4, 2],
    [6, 3, 4, 1, 3, 5, 934, 0, 1, 0],
    [2, 2, 11, 4, 0, 0, 0, 992, 2, 14],
    [3, 0, 5, 11, 4, 5, 2, 3, 939, 2],
    [4, 2, 2, 11, 11, 2, 0, 3, 0, 973],
];

/// Table 6.
static CONFUSION_RELU: Counts = [
    [968, 0, 2, 1, 0, 1, 2, 1, 3, 1],
    [0, 1124, 3, 1, 0, 0, 0, 1, 5, 0],
    [2, 2, 1004, 6, 3, 0, 3, 4, 4, 0],
    [1, 0, 4, 995, 0, 2, 0, 3, 3, 1],
    [0, 0, 4, 0, 964, 0, 1, 3, 1, 8],
    [2, 0, 0, 11, 1, 867, 3, 0, 3, 3],
    [3, 3, 3, 1, 8, 4, 933, 0, 3, 0],
    [1, 5, 4, 3, 1, 0, 0, 1008, 2, 3],
    [2, 1, 5, 6, 3, 5, 2, 2, 940, 5],
    [2, 2, 0, 8, 7, 1, 0, 4, 3, 980],
];

/// Table 8 (its first row is table 2): sigmoid, tanh, ReLU.
static PRECISION: [PerClass; 3] = [
    [0.9409, 0.9559, 0.9210, 0.9288, 0.9265, 0.8781, 0.9311, 0.9553, 0.8865, 0.8979],
    [0.9798, 0.9929, 0.9685, 0.9502, 0.9787, 0.9828, 0.9852, 0.9841, 0.9832, 0.9701],
    [0.9867, 0.9886, 0.9757, 0.9641, 0.9767, 0.9852, 0.9883, 0.9824, 0.9721, 0.9790],
];

/// Table 9 (its first row is table 3).
static RECALL: [PerClass; 3] = [
    [0.9755, 0.9779, 0.9049, 0.8937, 0.9274, 0.8732, 0.9456, 0.9153, 0.8911, 0.9166],
    [0.9928, 0.9903, 0.9864, 0.9851, 0.9837, 0.9618, 0.9760, 0.9659, 0.9641, 0.9653],
    [0.9888, 0.9912, 0.9767, 0.9861, 0.9827, 0.9742, 0.9739, 0.9815, 0.9681, 0.9732],
];

/// Table 10 (its first row is table 4).
static F1: [PerClass; 3] = [
    [0.9579, 0.9668, 0.9129, 0.9109, 0.9269, 0.8756, 0.9383, 0.9349, 0.8888, 0.9071],
    [0.9863, 0.9916, 0.9774, 0.9673, 0.9812, 0.9722, 0.9806, 0.9749, 0.9736, 0.9677],
    [0.9878, 0.9899, 0.9762, 0.9750, 0.9797, 0.9797, 0.9811, 0.9820, 0.9701, 0.9761],
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Rounded to the four digits that the study prints.
    fn four_digits(value: f64) -> f64 {
        (value * 1e4).round() / 1e4
    }

    fn sum(counts: &Counts, cells: impl Fn(usize) -> (usize, usize)) -> f64 {
        (0..CLASSES).map(cells).map(|(row, column)| f64::from(counts[row][column])).sum()
    }

    #[test]
    fn every_experiment_is_recognised_by_its_own_settings() {
        for experiment in Experiment::ALL {
            assert_eq!(Experiment::of(&experiment.spec()), Some(experiment));
        }
    }

    #[test]
    fn logging_does_not_matter_and_training_does() {
        let mut spec = Experiment::Relu.spec();
        spec.log_every = 100;
        assert_eq!(Experiment::of(&spec), Some(Experiment::Relu));
        spec.epochs = 2;
        assert_eq!(Experiment::of(&spec), None);
        let svm = Spec { epochs: 3, ..Experiment::Svm.spec() };
        assert_eq!(Experiment::of(&svm), Some(Experiment::Svm), "an SVM has no epochs");
        assert_eq!(Experiment::of(&Spec { c: 0.1, ..svm }), None);
    }

    #[test]
    fn names_lead_to_figures() {
        let relu = published("relu", Metric::TestAccuracy).unwrap();
        assert_eq!((relu.mean, relu.deviation, relu.n, relu.table), (0.9805, Some(0.0008), 5, 7));
        assert_eq!(published("relu", Metric::F1(5)).unwrap().mean, 0.9797);
        assert_eq!(published("relu", Metric::F1(10)), None);
        assert_eq!(published("knn", Metric::TestLoss), None);
        assert_eq!(published("leaky_relu", Metric::TestAccuracy), None);
    }

    /// Guards the transcription: the study's tables 1, 5, 6 and 8, 9 say the same.
    #[test]
    fn the_confusion_tables_yield_the_published_scores() {
        let mut far = Vec::new();
        for (row, experiment) in [Experiment::Sigmoid, Experiment::Tanh, Experiment::Relu].into_iter().enumerate() {
            let counts = experiment.confusion().unwrap();
            for class in 0..CLASSES {
                let hits = f64::from(counts[class][class]);
                let precision = hits / sum(counts, |other| (other, class));
                let recall = hits / sum(counts, |other| (class, other));
                for (name, found, printed) in
                    [("precision", precision, PRECISION[row][class]), ("recall", recall, RECALL[row][class])]
                {
                    if (four_digits(found) - printed).abs() > 1.5e-4 {
                        far.push(format!("{} {name} of {class}: {found:.4}, printed {printed}", experiment.name()));
                    }
                }
            }
        }
        assert_eq!(far, Vec::<String>::new());
    }

    #[test]
    fn f1_is_the_harmonic_mean() {
        for row in 0..3 {
            for class in 0..CLASSES {
                let (precision, recall) = (PRECISION[row][class], RECALL[row][class]);
                let mean = 2.0 * precision * recall / (precision + recall);
                assert!((mean - F1[row][class]).abs() < 1.5e-4, "row {row}, class {class}: {mean:.4}");
            }
        }
    }
}
