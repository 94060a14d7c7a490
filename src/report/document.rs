//! The report's text: the study's sections in their order, every table and figure in its place.
//!
//! Does not depend on files; figures are named, and written by the caller.

use super::disagreements;
use super::experiments;
use super::groups::{Group, groups, of_sessions};
use super::markdown::{Page, Table};
use super::model_comparison;
use super::provenance;
use super::study_charts::{self, Figure};
use super::study_checks;
use super::sweeps::{GRIDS, short};
use super::tables::{self, ReportGroups};
use super::text::{duration, markdown};
use crate::protocol::DatasetInfo;
use crate::state::SessionState;
use crate::study::published::{self, Experiment, Metric};

/// The page and the figures that it shows.
pub(crate) struct Document {
    /// Markdown.
    pub(crate) page: String,
    /// Figures with a picture, in the order of the page.
    pub(crate) figures: Vec<Figure>,
}

/// The folder of the figures, beside the page.
pub(crate) const FIGURES: &str = "figures";

const THREE: [(Experiment, &str); 3] =
    [(Experiment::Sigmoid, "Baseline"), (Experiment::Tanh, "Tanh"), (Experiment::Relu, "ReLU")];

struct Writer<'a> {
    page: Page,
    figures: Vec<Figure>,
    missing: Vec<String>,
    groups: ReportGroups<'a>,
}

/// The suite that runs the study again.
const SUITE: &str = "paper";

/// Writes the report of these sessions; `walls` are the wall-clock seconds of each, where the file system tells. Where
/// one of them ran the study's suite on the study's data, the report follows the study; else the sessions' experiments.
pub(crate) fn document(sessions: &[SessionState], walls: &[Option<f64>]) -> Document {
    let is_of_study = |session: &SessionState| {
        session.header.as_ref().is_some_and(|header| header.suite == SUITE) && session.dataset() == published::DATASET
    };
    if sessions.iter().any(is_of_study) { study(sessions, walls) } else { experiments::document(sessions, walls) }
}

fn study(sessions: &[SessionState], walls: &[Option<f64>]) -> Document {
    let dataset = published::DATASET;
    let (main, others): (Vec<Group<'_>>, Vec<Group<'_>>) =
        groups(sessions).into_iter().partition(|group| group.dataset == dataset);
    let groups = ReportGroups { groups: &main, with_study: true };
    let mut writer = Writer { page: Page::default(), figures: Vec::new(), missing: Vec::new(), groups };
    writer.head(sessions, walls);
    writer.overview();
    writer.baseline();
    writer.activations();
    writer.regularisation();
    let headers = sessions.iter().filter_map(|session| session.header.as_ref());
    let data = headers.map(|header| &header.dataset).find(|data| data.name == dataset);
    writer.features(data);
    writer.grids();
    writer.beyond();
    writer.others(&others);
    writer.apart(sessions);
    provenance::every_run(&mut writer.page, sessions);
    writer.gaps();
    Document { page: writer.page.finish(), figures: writer.figures }
}

impl Writer<'_> {
    fn head(&mut self, sessions: &[SessionState], walls: &[Option<f64>]) {
        let page = &mut self.page;
        page.heading(1, "MNIST classification using multilayer neural networks: the study, run again");
        page.paragraph(
            "Made by `perceptop report` from the logs of the sessions below. A figure is the mean over the runs of an \
             experiment, which differ in their seed only; ± is the sample standard deviation. Training loss is the mean \
             over the last epoch's batches while they are trained on.",
        );
        page.paragraph(
            "\"The study\" is S. Sahoo, *MNIST Classification using Multilayer Neural Networks*, 2019. Differences are \
             here minus study; in brackets they are in standard deviations σ of one run, pooled over both where the \
             study prints one, else of the runs here; or in standard errors SE of an accuracy over the test set where \
             nothing is drawn at random.",
        );
        page.table(&provenance::sessions(sessions, walls));
        page.points(provenance::digests(sessions));
    }

    fn overview(&mut self) {
        self.page.heading(2, "At a glance");
        let mut table =
            Table::new(["Experiment", "Runs", "Test accuracy", "In the study", "Difference", "Time of a run"]);
        for experiment in Experiment::ALL {
            let group = self.groups.experiment(experiment);
            let beside = self.groups.beside(experiment, Metric::TestAccuracy);
            let seconds: Vec<f64> =
                group.map_or(Vec::new(), |group| group.finished.iter().map(|run| run.seconds).collect());
            let study = experiment.published(Metric::TestAccuracy).filter(|_| self.groups.with_study);
            table.row([
                experiment.name().to_owned(),
                group.map_or(0, |group| group.finished.len()).to_string(),
                tables::mean(beside.map(|beside| beside.here)),
                study.map_or("-".to_owned(), |study| {
                    let deviation = study.deviation.map_or(String::new(), |deviation| format!(" ± {deviation:.4}"));
                    format!("{:.4}{deviation}", study.mean)
                }),
                tables::difference(beside),
                if seconds.is_empty() {
                    "-".to_owned()
                } else {
                    duration(seconds.iter().sum::<f64>() / seconds.len() as f64)
                },
            ]);
        }
        self.page.table(&table);
        if self.groups.with_study {
            self.page.heading(2, "What does not agree, and why");
            let list = disagreements::list(self.groups);
            let figures = disagreements::compared(self.groups);
            let claims = study_checks::decided(self.groups);
            if figures == 0 && claims == 0 {
                self.page.paragraph("Nothing could be compared: no run with the study's settings came to its end.");
            } else if list.is_empty() {
                self.page.paragraph(&format!(
                    "All {figures} figures that could be compared lie within 2 standard deviations of the printed ones, and \
                     all {claims} claims that could be decided hold.",
                ));
            }
            self.page.points(list);
            self.page.heading(2, "What the study says in words");
            self.page.table(&study_checks::table(self.groups));
        }
    }

    fn baseline(&mut self) {
        self.page.heading(2, "Section 3: the baseline");
        let [one, two, ..] = study_charts::of_the_study(self.groups);
        self.figure(one);
        self.figure(two);
        self.confusion(1, Experiment::Sigmoid, "the baseline with sigmoid");
        self.scores("Table 2: precision of the baseline", &THREE[..1], Metric::Precision);
        self.scores("Table 3: recall of the baseline", &THREE[..1], Metric::Recall);
        self.scores("Table 4: F1 of the baseline", &THREE[..1], Metric::F1);
    }

    fn activations(&mut self) {
        self.page.heading(2, "Section 4: activation functions");
        let [_, _, three, four, five, ..] = study_charts::of_the_study(self.groups);
        self.figure(three);
        self.confusion(5, Experiment::Tanh, "the network with tanh");
        self.figure(four);
        self.confusion(6, Experiment::Relu, "the network with ReLU");
        self.summary("Table 7: activation functions compared", &THREE);
        self.scores("Table 8: precision of the three models", &THREE, Metric::Precision);
        self.scores("Table 9: recall of the three models", &THREE, Metric::Recall);
        self.scores("Table 10: F1 of the three models", &THREE, Metric::F1);
        self.figure(five);
    }

    fn regularisation(&mut self) {
        self.page.heading(2, "Section 5: regularisation");
        let [_, _, _, _, _, six, seven, eight, nine, _] = study_charts::of_the_study(self.groups);
        for figure in [six, seven, eight, nine] {
            self.figure(figure);
        }
        let three = [
            (Experiment::Sigmoid, "Baseline"),
            (Experiment::Augmentation, "Data augmentation"),
            (Experiment::L2, "L2 regularisation"),
        ];
        self.summary("Table 11: the baseline and the regularised models", &three);
    }

    fn features(&mut self, data: Option<&DatasetInfo>) {
        self.page.heading(2, "Section 6: hand-made features");
        let [.., ten] = study_charts::of_the_study(self.groups);
        self.figure(ten);
        self.summary("Table 12: models on HOG features", &model_comparison::MODELS);
        self.page.heading(3, "Beyond the study: the three models on one yardstick");
        self.page.paragraph(
            "Times are of one core and without the features; a network's size is its weights and biases. The test is between \
             the answers of the first run of each.",
        );
        self.page.table(&model_comparison::table(self.groups, data));
        self.page.table(&model_comparison::tests(self.groups));
    }

    fn grids(&mut self) {
        self.page.heading(2, "Grid searches");
        for grid in GRIDS {
            self.page.heading(3, grid.title);
            self.page.table(&grid.table(self.groups));
            let winner = grid.verdict(self.groups).unwrap_or("No winner yet.".to_owned());
            let study = if self.groups.with_study { format!(" The study: {}.", grid.study) } else { String::new() };
            self.page.paragraph(&format!("{winner}{study}"));
            let missing = grid.missing(self.groups);
            if !missing.is_empty() {
                let values: Vec<String> = missing.into_iter().map(short).collect();
                self.missing.push(format!("{}: {}", grid.title, values.join(", ")));
            }
        }
        let noise = [("regulariser.forward_noise", "forward"), ("regulariser.backward_noise", "backward")];
        let caption = "Figure 12 (beyond the study): test accuracy by deviation of the noise, sigmoid";
        self.optional(study_charts::accuracy_over(
            self.groups,
            "figure-12",
            caption,
            "standard deviation of the noise",
            &noise,
        ));
        let caption = "Figure 13 (beyond the study): test accuracy by learning rate, sigmoid";
        let rate = [("learning_rate", "sigmoid")];
        self.optional(study_charts::accuracy_over(self.groups, "figure-13", caption, "learning rate", &rate));
    }

    fn beyond(&mut self) {
        self.page.heading(2, "Beyond the study: rectifiers against inactive neurons");
        self.page.paragraph(
            "The study proposes leaky ReLU and PReLU against inactive neurons (section 4.4) and does not try them. Inactive \
             is the study's measure, entries of dL/dz below 1e-5; dead are units without any active entry over a whole \
             evaluation batch.",
        );
        self.page.table(&study_checks::rectifiers(self.groups));
        let figure = study_charts::rectifiers(self.groups);
        self.figure(figure);
    }

    /// Runs on other data, without the study beside them.
    fn others(&mut self, others: &[Group<'_>]) {
        if others.is_empty() {
            return;
        }
        self.page.heading(2, "Runs on other data");
        self.page.paragraph("The study's figures are not set beside these.");
        let mut table = Table::new(["Experiment", "Data", "Runs", "Training loss", "Test loss", "Test accuracy"]);
        for group in others {
            let figures = [Metric::TrainLoss, Metric::TestLoss, Metric::TestAccuracy]
                .map(|metric| tables::mean(group.summary(metric)));
            let head = [markdown(group.name), markdown(group.dataset), group.finished.len().to_string()];
            table.row(head.into_iter().chain(figures));
        }
        self.page.table(&table);
    }

    /// Runs that stand for no setting of the study: changed while live or forked, and those whose settings are unknown.
    fn apart(&mut self, sessions: &[SessionState]) {
        let is_apart = |group: &crate::state::Group<'_>| group.alteration.is_some() || group.spec.is_none();
        let apart: Vec<_> = of_sessions(sessions).into_iter().filter(is_apart).collect();
        if !apart.is_empty() {
            self.page.heading(2, "Runs changed while live, forks and runs with unknown settings");
            self.page.table(&experiments::experiments(&apart));
        }
    }

    fn gaps(&mut self) {
        self.page.heading(2, "Missing");
        for experiment in Experiment::ALL {
            let there = self.groups.experiment(experiment).map_or(0, |group| group.finished.len());
            let asked = experiment.published(Metric::TestAccuracy).map_or(1, |published| published.n) as usize;
            if there < asked {
                self.missing.push(format!("{}: {there} of {asked} runs", experiment.name()));
            }
        }
        if self.missing.is_empty() {
            self.page.paragraph("Nothing: every table and figure rests on as many runs as the study's.");
        }
        let missing = std::mem::take(&mut self.missing);
        self.page.points(missing);
    }

    fn confusion(&mut self, number: u32, experiment: Experiment, what: &str) {
        let beside = if self.groups.with_study { "; below each count the study's, and the difference" } else { "" };
        self.page.heading(3, &format!("Table {number}: confusion of {what}"));
        match tables::confusion(self.groups, experiment) {
            Some(table) => {
                self.page
                    .paragraph(&format!("True class down, predicted class across; mean counts over the runs{beside}."));
                self.page.table(&table);
            }
            None => self.page.paragraph(&format!("Missing: no run of `{}` came to its end.", experiment.name())),
        }
    }

    fn scores(&mut self, title: &str, experiments: &[(Experiment, &str)], metric: fn(usize) -> Metric) {
        self.page.heading(3, title);
        self.page.table(&tables::scores(self.groups, experiments, metric));
    }

    fn summary(&mut self, title: &str, experiments: &[(Experiment, &str)]) {
        self.page.heading(3, title);
        self.page.table(&tables::summary(self.groups, experiments));
    }

    fn figure(&mut self, figure: Figure) {
        let number = figure.caption.split([':', '(']).next().unwrap_or_default().trim();
        if figure.chart.is_none() {
            self.missing.push(format!("{number}: all of it"));
        } else if !figure.missing.is_empty() {
            self.missing.push(format!("{number}: {}", figure.missing.join(", ")));
        }
        if figure.chart.is_some() {
            let (caption, file) = (figure.caption.clone(), format!("{FIGURES}/{}.svg", figure.file));
            self.page.picture(&caption, &file);
            let gaps = if figure.missing.is_empty() {
                String::new()
            } else {
                format!(" Missing: {}.", figure.missing.join(", "))
            };
            self.page.paragraph(&format!("*{caption}.*{gaps}"));
            self.figures.push(figure);
        } else {
            self.page.paragraph(&format!("*{}.* Missing: no run of it came to its end.", figure.caption));
        }
    }

    /// A figure that is left out where there is nothing to show.
    fn optional(&mut self, figure: Figure) {
        if figure.chart.is_some() {
            self.figure(Figure { missing: Vec::new(), ..figure });
        }
    }
}
