//! The k nearest samples seen so far, and how they vote.
//!
//! Must not know where distances come from.

/// A training sample and its squared distance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Neighbour {
    pub(super) distance: f64,
    pub(super) index: u32,
}

/// At most k neighbours, nearest first; of equal distances the lower index first.
#[derive(Clone, Debug)]
pub(super) struct Best {
    found: Vec<Neighbour>,
    k: usize,
}

impl Best {
    pub(super) fn new(k: usize) -> Self {
        Self { found: Vec::with_capacity(k.min(64)), k }
    }

    /// The squared distance that a further neighbour must not exceed: that of the k-th, infinity before there is one.
    pub(super) fn limit(&self) -> f64 {
        if self.found.len() < self.k { f64::INFINITY } else { self.found[self.k - 1].distance }
    }

    /// Keeps the neighbour if it is one of the k nearest so far.
    pub(super) fn offer(&mut self, new: Neighbour) {
        let place = self.found.partition_point(|old| (old.distance, old.index) < (new.distance, new.index));
        if place < self.k {
            if self.found.len() == self.k {
                self.found.pop();
            }
            self.found.insert(place, new);
        }
    }

    /// The neighbours, nearest first.
    pub(super) fn neighbours(&self) -> &[Neighbour] {
        &self.found
    }

    /// The label that most neighbours have; the smallest of several, as scikit-learn's uniform weights give.
    pub(super) fn vote(&self, labels: &[u8]) -> u8 {
        let mut votes = [0u32; 256];
        for neighbour in &self.found {
            votes[usize::from(labels[neighbour.index as usize])] += 1;
        }
        let most = votes.iter().copied().max().unwrap_or_default();
        votes.iter().position(|&count| count == most).unwrap_or_default() as u8
    }
}
