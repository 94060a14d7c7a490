//! What the columns of a file are, by their names and by the numbers in its first rows.

use super::names;
use crate::Options;
use crate::rows::Rows;

/// Growing columns that are named to a user.
const MAX_NAMED: usize = 5;

/// What the columns are.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Plan {
    /// The column that counts steps; rows are counted without one.
    pub(super) step: Option<String>,
    /// The column of epochs, where another counts steps.
    pub(super) epoch: Option<String>,
    /// The column that tells the time.
    pub(super) time: Option<String>,
    /// The column of the run's length.
    pub(super) planned: Option<String>,
    /// Columns that are no metrics.
    pub(super) dropped: Vec<String>,
    /// Where no column counts steps, those that only grow.
    pub(super) growing: Vec<String>,
}

/// A column's numbers in the first rows.
struct Column {
    name: String,
    is_date: bool,
    /// Row and finite number, for rows of the first kind that has the column.
    values: Vec<(usize, f64)>,
}

impl Column {
    fn rises(&self) -> usize {
        self.values.windows(2).filter(|pair| pair[1].1 > pair[0].1).count()
    }

    /// How often it falls between two rows, unless that is excused.
    fn falls(&self, is_excused: impl Fn(usize, usize) -> bool) -> usize {
        let falls = self.values.windows(2).filter(|pair| pair[1].1 < pair[0].1);
        falls.filter(|pair| !is_excused(pair[0].0, pair[1].0)).count()
    }

    /// Whether it counts in whole numbers, from two rows on.
    fn counts(&self) -> bool {
        self.values.len() > 1
            && self.rises() + 1 == self.values.len()
            && self.values.iter().all(|(_, value)| value.fract() == 0.0)
    }

    fn at(&self, row: usize) -> Option<f64> {
        let place = self.values.partition_point(|(at, _)| *at <= row).checked_sub(1)?;
        Some(self.values[place].1)
    }
}

impl Plan {
    /// The plan for a file with these first rows.
    pub(super) fn of(rows: &Rows, options: &Options) -> Self {
        let columns = columns(rows);
        let mut plan = Self { step: step(&columns, options), ..Self::default() };
        let named = |name: &Option<String>| columns.iter().find(|column| Some(&column.name) == name.as_ref());
        let counter = named(&plan.step);
        let is_step = |column: &&Column| Some(&column.name) == plan.step.as_ref();
        let epoch = columns.iter().find(|column| names::is_epoch(&column.name) && !is_step(column));
        plan.epoch = epoch.map(|column| column.name.clone());
        let clocks = clocks(&columns, counter);
        plan.time = clocks.first().map(|column| column.name.clone());
        let in_epochs = plan.step.as_deref().is_some_and(names::is_epoch);
        let most = counter.and_then(|counter| counter.values.last()).map_or(0.0, |last| last.1);
        let planned = columns.iter().find(|column| {
            names::is_planned(&column.name, in_epochs)
                && column.rises() == 0
                && column.falls(|_, _| false) == 0
                && column.values.last().is_some_and(|last| last.1 >= most)
                && counter.is_some()
                && !is_step(column)
        });
        plan.planned = planned.map(|column| column.name.clone());
        let is_chosen =
            |name: &String| [&plan.step, &plan.epoch, &plan.time, &plan.planned].contains(&&Some(name.clone()));
        let is_dropped = |column: &&Column| {
            let is_clock = names::time_rank(&column.name).is_some() && column.name.starts_with('_');
            (is_clock || column.is_date || (plan.step.is_some() && names::is_plain_counter(&column.name)))
                && !is_chosen(&column.name)
        };
        let dropped: Vec<String> = columns.iter().filter(is_dropped).map(|column| column.name.clone()).collect();
        let growing: Vec<String> = if plan.step.is_none() { growing(&columns) } else { Vec::new() };
        plan.dropped = dropped;
        plan.growing = growing;
        plan
    }
}

fn columns(rows: &Rows) -> Vec<Column> {
    let empty =
        |(name, is_date): (&String, &bool)| Column { name: name.clone(), is_date: *is_date, values: Vec::new() };
    let mut columns: Vec<Column> = rows.names.iter().zip(&rows.are_dates).map(empty).collect();
    let mut kinds = vec![None; columns.len()];
    for (at, row) in rows.rows().enumerate() {
        for (place, value) in row.values {
            let place = *place as usize;
            if value.is_finite() && *kinds[place].get_or_insert(row.kind) == row.kind {
                columns[place].values.push((at, *value));
            }
        }
    }
    columns.retain(|column| !column.values.is_empty());
    columns
}

/// The column that counts steps: the user's, where it is there; else by its name, unless it jumps back and forth and another that is one by
/// name does not; else one without a name that counts.
fn step(columns: &[Column], options: &Options) -> Option<String> {
    if let Some(chosen) = &options.x {
        let named = columns.iter().find(|column| column.name.trim() == chosen.trim());
        return named.map(|column| column.name.clone());
    }
    let mut named: Vec<(usize, &Column)> = columns
        .iter()
        .filter(|column| !names::is_planned(&column.name, false) || column.rises() > 0)
        .filter_map(|column| Some((names::step_rank(&column.name)?, column)))
        .collect();
    named.sort_by_key(|(rank, _)| *rank);
    let epoch = columns.iter().find(|column| names::is_epoch(&column.name));
    let epoch_grew = |from: usize, to: usize| epoch.is_some_and(|epoch| epoch.at(to) > epoch.at(from));
    let falls = |column: &Column| column.falls(epoch_grew);
    let Some((_, first)) = named.first() else {
        let is_unnamed = |column: &&Column| matches!(column.name.as_str(), "index" | "col1");
        return columns
            .iter()
            .take(1)
            .find(is_unnamed)
            .filter(|column| column.counts())
            .map(|column| column.name.clone());
    };
    let is_idle = |column: &Column| column.values.len() > 2 && column.rises() == 0;
    let is_steady = |column: &Column| {
        falls(column) == 0 && column.values.len() > 1 && (column.rises() + 1) * 2 > column.values.len()
    };
    let has_enough = |column: &Column| column.values.len() * 4 >= first.values.len();
    let other = named.iter().map(|(_, column)| *column).find(|column| is_steady(column) && has_enough(column));
    let best = if falls(first) > 0 || is_idle(first) { other.unwrap_or(first) } else { first };
    Some(best.name.clone())
}

/// The columns that tell the time, the best first: they never fall unless the counter does, and those with a doubtful name
/// rise.
fn clocks<'a>(columns: &'a [Column], counter: Option<&Column>) -> Vec<&'a Column> {
    let fell = |from: usize, to: usize| counter.is_some_and(|counter| counter.at(to) < counter.at(from));
    let mut clocks: Vec<(usize, &Column)> = Vec::new();
    for column in columns {
        let rank = names::time_rank(&column.name).or(column.is_date.then_some(usize::MAX));
        let is_sure = column.is_date || !names::is_doubtful_time(&column.name);
        let Some(rank) = rank.filter(|_| counter.is_none_or(|counter| counter.name != column.name)) else { continue };
        if column.falls(fell) == 0 && (is_sure || column.rises() > 0) {
            clocks.push((rank, column));
        }
    }
    let most = clocks.iter().map(|(_, column)| column.values.len()).max().unwrap_or(0);
    clocks.retain(|(_, column)| column.values.len() * 2 >= most);
    clocks.sort_by_key(|(rank, _)| *rank);
    clocks.into_iter().map(|(_, column)| column).collect()
}

/// The names of columns that only grow.
fn growing(columns: &[Column]) -> Vec<String> {
    let grows = |column: &&Column| column.rises() > 0 && column.falls(|_, _| false) == 0;
    columns.iter().filter(grows).take(MAX_NAMED).map(|column| column.name.clone()).collect()
}
