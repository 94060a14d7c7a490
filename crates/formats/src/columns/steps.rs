//! Steps that never jump back where the file's counter begins again with each epoch, as mmdet's `iter` does.

/// The step of each row, from the file's counter and its epochs.
#[derive(Clone, Debug, Default)]
pub(super) struct Steps {
    /// The step of the last row.
    last: f64,
    /// Steps of the epochs before this one, once the counter began again with an epoch.
    offset: f64,
    /// The counter in the last row of the first kind.
    counter: Option<f64>,
    epoch: Option<f64>,
    first_epoch: Option<f64>,
    /// The kind of rows that the counter is of.
    kind: Option<u16>,
    rows: f64,
}

impl Steps {
    /// The number of the row, where no column counts.
    pub(super) fn by_row(&mut self) -> f64 {
        self.rows += 1.0;
        self.rows - 1.0
    }

    /// The step of the next row. A row without a number takes the step before.
    pub(super) fn next(&mut self, counter: Option<f64>, epoch: Option<f64>, kind: u16) -> f64 {
        let Some(counter) = counter.filter(|counter| counter.is_finite()) else { return self.last };
        let is_first_kind = *self.kind.get_or_insert(kind) == kind;
        let epoch = epoch.filter(|epoch| epoch.is_finite()).or(self.epoch);
        let fell_from = self.counter.filter(|before| counter < *before);
        match (self.epoch, epoch) {
            (Some(was), Some(is)) if is > was => self.offset += fell_from.unwrap_or(0.0),
            // Validation counts its own batches.
            (Some(was), Some(is)) if is == was && !is_first_kind && fell_from.is_some() => return self.last,
            // Begun again at an epoch that was there before.
            (Some(was), Some(is)) if is < was => {
                let first = self.first_epoch.unwrap_or(was);
                let share = if was > first { ((is - first) / (was - first)).max(0.0) } else { 0.0 };
                self.offset *= share;
            }
            _ => {}
        }
        if is_first_kind {
            self.counter = Some(counter);
            self.epoch = epoch;
            self.first_epoch = self.first_epoch.or(epoch);
        }
        self.last = self.offset + counter;
        self.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_that_begins_again_with_an_epoch_is_joined() {
        let mut steps = Steps::default();
        let rows = [
            (10.0, 1.0, 1),
            (30.0, 1.0, 1),
            (8.0, 1.0, 2),
            (10.0, 2.0, 1),
            (30.0, 2.0, 1),
            (8.0, 2.0, 2),
            (10.0, 3.0, 1),
        ];
        let found: Vec<f64> =
            rows.iter().map(|(step, epoch, kind)| steps.next(Some(*step), Some(*epoch), *kind)).collect();
        assert_eq!(found, [10.0, 30.0, 30.0, 40.0, 60.0, 60.0, 70.0]);
        assert_eq!(steps.next(Some(10.0), Some(2.0), 1), 40.0, "begun again at the second epoch");
        assert_eq!(steps.next(None, Some(2.0), 1), 40.0);
    }

    #[test]
    fn a_counter_of_the_whole_run_is_left_alone() {
        let mut steps = Steps::default();
        let rows = [(10.0, 1.0), (20.0, 1.0), (30.0, 2.0), (20.0, 2.0), (f64::NAN, 2.0)];
        let found: Vec<f64> = rows.iter().map(|(step, epoch)| steps.next(Some(*step), Some(*epoch), 0)).collect();
        assert_eq!(found, [10.0, 20.0, 30.0, 20.0, 20.0]);
    }
}
