//! The confusion table and the scores that follow from it (Sahoo 2019, equations 1 to 3).
//!
//! The true class goes down, the predicted class across, as in the study's Table 1. Does not depend on what was
//! classified, nor by which model.

use thiserror::Error;

/// What is wrong with counts or answers.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum MetricsError {
    /// A row of the table has another length than there are rows.
    #[error("row {row} of a confusion table has {found} columns where the {expected} rows ask for {expected}")]
    NotSquare {
        /// The row, from 0.
        row: usize,
        /// Its columns.
        found: usize,
        /// Rows of the table.
        expected: usize,
    },
    /// True and predicted classes are not of one length.
    #[error("{truth} true classes stand against {predicted} predicted ones; the two must be as many")]
    Lengths {
        /// True classes.
        truth: usize,
        /// Predicted classes.
        predicted: usize,
    },
    /// A class outside of the table.
    #[error("class {found} of answer {index} is not below the {classes} classes of the table")]
    Class {
        /// The answer, from 0.
        index: usize,
        /// Its class.
        found: u8,
        /// Classes of the table.
        classes: usize,
    },
    /// Two tables over different classes.
    #[error("a confusion table of {left} classes cannot be compared with one of {right}")]
    Sizes {
        /// Classes of the first.
        left: usize,
        /// Classes of the second.
        right: usize,
    },
}

/// How many samples of each true class were predicted as each class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confusion {
    /// (true class, predicted class), row by row.
    counts: Vec<u32>,
    classes: usize,
}

/// A true class and the class that it was wrongly predicted as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConfusedPair {
    /// The true class.
    pub truth: usize,
    /// The predicted class, never the true one.
    pub predicted: usize,
    /// Samples.
    pub count: u32,
}

impl Confusion {
    /// An empty table over `classes` classes.
    #[must_use]
    pub fn new(classes: usize) -> Self {
        Self { counts: vec![0; classes * classes], classes }
    }

    /// The table written as rows, true class down, predicted class across.
    ///
    /// # Errors
    /// [`MetricsError::NotSquare`] names the first row whose length is not the number of rows.
    pub fn from_rows(rows: &[Vec<u32>]) -> Result<Self, MetricsError> {
        let classes = rows.len();
        if let Some((row, columns)) = rows.iter().enumerate().find(|(_, columns)| columns.len() != classes) {
            return Err(MetricsError::NotSquare { row, found: columns.len(), expected: classes });
        }
        Ok(Self { counts: rows.concat(), classes })
    }

    /// Counts the answers: `truth[i]` was predicted as `predicted[i]`.
    ///
    /// # Errors
    /// [`MetricsError::Lengths`] where the two differ in length, [`MetricsError::Class`] where a class is not below
    /// `classes`.
    pub fn from_answers(classes: usize, truth: &[u8], predicted: &[u8]) -> Result<Self, MetricsError> {
        if truth.len() != predicted.len() {
            return Err(MetricsError::Lengths { truth: truth.len(), predicted: predicted.len() });
        }
        let mut table = Self::new(classes);
        for (index, (&truth, &predicted)) in truth.iter().zip(predicted).enumerate() {
            if let Some(&found) = [truth, predicted].iter().find(|&&class| usize::from(class) >= classes) {
                return Err(MetricsError::Class { index, found, classes });
            }
            table.counts[usize::from(truth) * classes + usize::from(predicted)] += 1;
        }
        Ok(table)
    }

    /// Number of classes.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Samples of class `truth` that were predicted as `predicted`.
    ///
    /// # Panics
    /// Where one of the two is not below [`Self::classes`].
    #[must_use]
    pub fn count(&self, truth: usize, predicted: usize) -> u32 {
        assert!(truth < self.classes && predicted < self.classes, "a class outside of the table");
        self.counts[truth * self.classes + predicted]
    }

    /// The table as rows, true class down: what a log holds.
    #[must_use]
    pub fn rows(&self) -> Vec<Vec<u32>> {
        (0..self.classes).map(|truth| self.row(truth).to_vec()).collect()
    }

    /// All samples.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts.iter().map(|&count| u64::from(count)).sum()
    }

    /// Samples predicted as what they are: the diagonal.
    #[must_use]
    pub fn correct(&self) -> u64 {
        (0..self.classes).map(|class| u64::from(self.count(class, class))).sum()
    }

    /// Share of right answers, 0 to 1; 0 for an empty table.
    #[must_use]
    pub fn accuracy(&self) -> f64 {
        ratio(self.correct(), self.total())
    }

    /// Precision of each class, true positives over all predicted as the class (equation 1); 0 for a class that was
    /// never predicted, as scikit-learn's `zero_division=0`.
    #[must_use]
    pub fn precision(&self) -> Vec<f64> {
        (0..self.classes).map(|class| ratio(u64::from(self.count(class, class)), self.predicted_as(class))).collect()
    }

    /// Recall of each class, true positives over all of the class (equation 2); 0 for a class without samples.
    #[must_use]
    pub fn recall(&self) -> Vec<f64> {
        (0..self.classes).map(|class| ratio(u64::from(self.count(class, class)), self.samples_of(class))).collect()
    }

    /// F1 of each class, the harmonic mean of precision and recall (equation 3), as 2 TP / (2 TP + FP + FN); 0 for a
    /// class that neither has samples nor was predicted.
    #[must_use]
    pub fn f1(&self) -> Vec<f64> {
        (0..self.classes)
            .map(|class| {
                let right = u64::from(self.count(class, class));
                ratio(2 * right, self.predicted_as(class) + self.samples_of(class))
            })
            .collect()
    }

    /// The wrong answers by pair of classes, most frequent first, at most `most` of them and none with a count of 0.
    /// Equal counts stand in the order of the true, then of the predicted class.
    #[must_use]
    pub fn most_confused(&self, most: usize) -> Vec<ConfusedPair> {
        let mut pairs: Vec<ConfusedPair> = (0..self.classes)
            .flat_map(|truth| (0..self.classes).map(move |predicted| (truth, predicted)))
            .filter(|(truth, predicted)| truth != predicted)
            .map(|(truth, predicted)| ConfusedPair { truth, predicted, count: self.count(truth, predicted) })
            .filter(|pair| pair.count > 0)
            .collect();
        pairs.sort_by_key(|pair| std::cmp::Reverse(pair.count));
        pairs.truncate(most);
        pairs
    }

    /// This table minus `other`, cell by cell, as rows.
    ///
    /// # Errors
    /// [`MetricsError::Sizes`] where the two are over different numbers of classes.
    pub fn difference(&self, other: &Self) -> Result<Vec<Vec<i64>>, MetricsError> {
        if self.classes != other.classes {
            return Err(MetricsError::Sizes { left: self.classes, right: other.classes });
        }
        let difference = |(&left, &right): (&u32, &u32)| i64::from(left) - i64::from(right);
        Ok((0..self.classes).map(|row| self.row(row).iter().zip(other.row(row)).map(difference).collect()).collect())
    }

    fn row(&self, truth: usize) -> &[u32] {
        &self.counts[truth * self.classes..][..self.classes]
    }

    fn samples_of(&self, truth: usize) -> u64 {
        self.row(truth).iter().map(|&count| u64::from(count)).sum()
    }

    fn predicted_as(&self, predicted: usize) -> u64 {
        (0..self.classes).map(|truth| u64::from(self.count(truth, predicted))).sum()
    }
}

/// 0 where the quotient is undefined.
fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::float_cmp, reason = "equal counts give equal bits")]

    use super::*;
    use proptest::prelude::*;

    /// Table 1 of the study, the sigmoid baseline.
    const TABLE_1: [[u32; 10]; 10] = [
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
    const TABLE_2: [f64; 10] = [0.9409, 0.9559, 0.9210, 0.9288, 0.9265, 0.8781, 0.9311, 0.9553, 0.8865, 0.8979];
    const TABLE_3: [f64; 10] = [0.9755, 0.9779, 0.9049, 0.8937, 0.9274, 0.8732, 0.9456, 0.9153, 0.8911, 0.9166];
    const TABLE_4: [f64; 10] = [0.9579, 0.9668, 0.9129, 0.9109, 0.9269, 0.8756, 0.9383, 0.9349, 0.8888, 0.9071];

    fn table_1() -> Confusion {
        Confusion::from_rows(&TABLE_1.map(|row| row.to_vec())).unwrap()
    }

    /// The study rounds some entries down and some to nearest; every one is within one unit of its last digit.
    fn assert_published(found: &[f64], published: &[f64]) {
        for (class, (found, published)) in found.iter().zip(published).enumerate() {
            assert!((found - published).abs() < 1e-4, "class {class}: {found} where the study has {published}");
        }
    }

    #[test]
    fn the_studys_tables_2_to_4_follow_from_its_table_1() {
        let table = table_1();
        assert_published(&table.precision(), &TABLE_2);
        assert_published(&table.recall(), &TABLE_3);
        assert_published(&table.f1(), &TABLE_4);
    }

    #[test]
    fn the_studys_table_1_counts_sixteen_images_too_few() {
        let table = table_1();
        assert_eq!((table.total(), table.correct()), (9984, 9217));
        assert!((table.accuracy() - 9217.0 / 9984.0).abs() < 1e-15);
    }

    #[test]
    fn the_most_confused_pairs_come_first_and_ties_in_class_order() {
        let pairs = table_1().most_confused(4);
        let found: Vec<_> = pairs.iter().map(|pair| (pair.truth, pair.predicted, pair.count)).collect();
        assert_eq!(found, [(4, 9, 42), (3, 5, 40), (5, 3, 33), (7, 9, 33)]);
        assert!(Confusion::from_rows(&[vec![3, 0], vec![0, 4]]).unwrap().most_confused(9).is_empty());
    }

    #[test]
    fn undefined_scores_are_zero() {
        let empty = Confusion::new(2);
        assert_eq!(empty.accuracy(), 0.0);
        assert_eq!(empty.f1(), [0.0, 0.0]);
        let never_predicted = Confusion::from_rows(&[vec![0, 5], vec![0, 5]]).unwrap();
        assert_eq!(never_predicted.precision(), [0.0, 0.5]);
        assert_eq!(never_predicted.recall(), [0.0, 1.0]);
        assert_eq!(Confusion::new(0).accuracy(), 0.0);
    }

    #[test]
    fn wrong_input_is_named() {
        let ragged = Confusion::from_rows(&[vec![1, 2], vec![1]]).unwrap_err();
        assert_eq!(ragged.to_string(), "row 1 of a confusion table has 1 columns where the 2 rows ask for 2");
        assert_eq!(
            Confusion::from_answers(2, &[0, 1], &[0, 2]),
            Err(MetricsError::Class { index: 1, found: 2, classes: 2 })
        );
        assert_eq!(Confusion::from_answers(2, &[0], &[]), Err(MetricsError::Lengths { truth: 1, predicted: 0 }));
        assert_eq!(Confusion::new(2).difference(&Confusion::new(3)), Err(MetricsError::Sizes { left: 2, right: 3 }));
    }

    proptest! {
        #[test]
        fn counting_answers_agrees_with_comparing_them(
            answers in prop::collection::vec((0u8..5, 0u8..5), 0..60),
        ) {
            let (truth, predicted): (Vec<u8>, Vec<u8>) = answers.iter().copied().unzip();
            let table = Confusion::from_answers(5, &truth, &predicted).unwrap();
            let right = answers.iter().filter(|(truth, predicted)| truth == predicted).count();
            prop_assert_eq!(table.correct(), right as u64);
            prop_assert_eq!(table.total(), answers.len() as u64);
            prop_assert_eq!(Confusion::from_rows(&table.rows()).unwrap(), table.clone());
            let wrong: u32 = table.most_confused(usize::MAX).iter().map(|pair| pair.count).sum();
            prop_assert_eq!(wrong as usize, answers.len() - right);
            for ((precision, recall), f1) in table.precision().iter().zip(table.recall()).zip(table.f1()) {
                let harmonic = if precision + recall > 0.0 { 2.0 * precision * recall / (precision + recall) } else { 0.0 };
                prop_assert!((f1 - harmonic).abs() < 1e-12);
            }
        }

        #[test]
        fn a_difference_undoes_itself(
            left in prop::collection::vec(prop::collection::vec(any::<u32>(), 3), 3),
            right in prop::collection::vec(prop::collection::vec(any::<u32>(), 3), 3),
        ) {
            let (left, right) = (Confusion::from_rows(&left).unwrap(), Confusion::from_rows(&right).unwrap());
            let there = left.difference(&right).unwrap();
            let back = right.difference(&left).unwrap();
            for (truth, (there, back)) in there.iter().zip(&back).enumerate() {
                for (predicted, (there, back)) in there.iter().zip(back).enumerate() {
                    prop_assert_eq!(*there, -back);
                    prop_assert_eq!(
                        i64::from(right.count(truth, predicted)) + there,
                        i64::from(left.count(truth, predicted))
                    );
                }
            }
        }
    }
}
