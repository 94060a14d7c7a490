//! The k nearest samples seen so far, and how they vote.
//!
//! Does not depend on where distances come from.

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

#[cfg(test)]
mod tests {
    #![expect(clippy::float_cmp, reason = "equal counts give equal bits")]

    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_best_are_the_first_of_all_sorted(
            // Few distances, so that many are tied.
            distances in prop::collection::vec((0u8..6).prop_map(f64::from), 1..40),
            order in any::<prop::sample::Index>(),
            k in 1usize..12,
        ) {
            let mut best = Best::new(k);
            let start = order.index(distances.len());
            for index in (start..distances.len()).chain(0..start) {
                best.offer(Neighbour { distance: distances[index], index: index as u32 });
            }
            let mut sorted: Vec<(f64, u32)> = distances.iter().copied().zip(0..).collect();
            sorted.sort_by(|a, b| a.partial_cmp(b).unwrap());
            sorted.truncate(k);
            let found: Vec<_> = best.neighbours().iter().map(|found| (found.distance, found.index)).collect();
            prop_assert_eq!(&found, &sorted);
            let limit = if distances.len() < k { f64::INFINITY } else { sorted[k - 1].0 };
            prop_assert_eq!(best.limit(), limit);
        }
    }

    #[test]
    fn a_tied_vote_goes_to_the_smallest_class() {
        let mut best = Best::new(5);
        for index in 0..5 {
            best.offer(Neighbour { distance: f64::from(index), index });
        }
        assert_eq!(best.vote(&[9, 4, 9, 4, 7]), 4);
        assert_eq!(best.vote(&[3, 2, 1, 0, 255]), 0);
        assert_eq!(best.vote(&[3, 255, 255, 0, 255]), 255);
    }
}
